import { NEVER, of, type Subscription } from 'rxjs';
import { allOf, fifo, KeyedReadWriteLock, withGate, withReadLock } from 'rxjs-rwlock';
import { IDLE, NONE } from '../support/states.js';

/** A lock with keys that counts the calls of its policy. */
function countingLock() {
  const calls = { count: 0 };
  const policy: typeof fifo = (reader, writer, turn) => {
    calls.count++;
    return fifo(reader, writer, turn);
  };
  return { calls, locks: new KeyedReadWriteLock<string>({ policy }) };
}

it('G3: transfers between the same two keys call the policy a constant number of times for each', () => {
  const PAIRS = 2_000;
  const { calls, locks } = countingLock();
  const lease = locks.all.writer.tryAcquire();
  const both = allOf(locks.for('a').writer, locks.for('b').writer);
  const transfer = of('moved').pipe(withGate(both));
  const balance = of('read').pipe(withReadLock(locks.for('a')));
  const done: string[] = [];
  const cancelled: Subscription[] = [];
  for (let i = 0; i < PAIRS; i++) {
    transfer.subscribe((text) => done.push(text));
    cancelled.push(transfer.subscribe((text) => done.push(text)));
    balance.subscribe((text) => done.push(text));
  }
  for (const subscription of cancelled) subscription.unsubscribe();
  lease?.release();
  expect(done).toEqual(Array.from({ length: PAIRS }, () => ['moved', 'read']).flat());
  expect(locks.all.state).toMatchObject(IDLE);
  expect(calls.count).toBeLessThanOrEqual(20 * PAIRS);
}, 60_000);

it('B9, G3: cancelling many requests that read the same keys calls the policy a constant number of times for each', () => {
  const COUNT = 1_000;
  const { calls, locks } = countingLock();
  const [a, b] = [locks.for('a'), locks.for('b')];
  for (const { reader } of [a, b]) reader.tryAcquire();
  NEVER.pipe(withGate(allOf(a.writer, b.writer))).subscribe();
  const waiting: Subscription[] = [];
  for (let i = 0; i < COUNT; i++)
    waiting.push(NEVER.pipe(withGate(allOf(a.reader, b.reader))).subscribe());
  calls.count = 0;
  for (const request of waiting.filter((_, i) => i % 2)) request.unsubscribe();
  for (const request of waiting.reverse()) request.unsubscribe();
  expect(locks.all.state.waiting).toEqual({ ...NONE, write: 1 });
  expect(calls.count).toBeLessThanOrEqual(10 * COUNT);
}, 60_000);

it('B9, G2: a request for all keys looks at none of those that are held', () => {
  const MANY = 1_000;
  const values = jest.spyOn(Map.prototype, 'values');
  const steps = countSteps(values);
  const locks = new KeyedReadWriteLock<number>();
  for (let key = 0; key < MANY; key++) locks.for(key).reader.tryAcquire();
  const waiting: Subscription[] = [];
  for (let i = 0; i < MANY; i++) waiting.push(locks.all.writer.acquire().subscribe());
  for (const request of waiting) request.unsubscribe();
  const leases = Array.from({ length: MANY }, () => locks.all.reader.tryAcquire());
  locks.for(0).writer.acquire().subscribe();
  for (const lease of leases) lease?.release();
  values.mockRestore();
  expect(locks.all.state).toMatchObject({
    held: { ...NONE, read: MANY },
    waiting: { ...NONE, write: 1 },
  });
  expect(steps()).toBeLessThanOrEqual(10 * MANY);
});

/** Counts what is taken from the maps whose values are iterated over. */
function countSteps(values: jest.SpyInstance): () => number {
  let steps = 0;
  values.mockImplementation(function* (this: Map<unknown, unknown>) {
    for (const [, value] of this) {
      steps++;
      yield value;
    }
  });
  return () => steps;
}

it('G3: one request may be for more keys than a call can have arguments', () => {
  const locks = new KeyedReadWriteLock<number>();
  const part = (from: number) =>
    allOf(...Array.from({ length: 60_000 }, (_, i) => locks.for(from + i).reader));
  const gate = allOf(part(0), part(60_000), part(120_000));
  const first = locks.for(0).writer.tryAcquire();
  let granted = 0;
  gate.acquire().subscribe(() => granted++);
  // The policy is asked which of these two goes first.
  locks.for(0).writer.acquire().subscribe();
  first?.release();
  expect(granted).toBe(1);
  const refused: string[] = [];
  const error = (reason: Error) => refused.push(reason.name);
  const all = locks.all.writer.acquire({ ifAvailable: true });
  all.subscribe({ error });
  expect(refused).toEqual(['LockUnavailableError']);
});
