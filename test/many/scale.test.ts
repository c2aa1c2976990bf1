import { of, type Subscription } from 'rxjs';
import { allOf, fifo, KeyedReadWriteLock, withGate, withReadLock } from 'rxjs-rwlock';

const PAIRS = 2_000;

it('G3: transfers that wait for the same two keys ask the policy a constant number of times for each', () => {
  let steps = 0;
  const counting: typeof fifo = (reader, writer, turn) => {
    steps++;
    return fifo(reader, writer, turn);
  };
  const accounts = new KeyedReadWriteLock<string>({ policy: counting });
  const lease = accounts.all.writer.tryAcquire();
  const transfer = of('moved').pipe(
    withGate(allOf(accounts.for('a').writer, accounts.for('b').writer)),
  );
  const balance = of('read').pipe(withReadLock(accounts.for('a')));
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
  expect(accounts.all.state.waiting).toEqual({ read: 0, upgradable: 0, write: 0 });
  expect(steps).toBeLessThanOrEqual(20 * PAIRS);
}, 60_000);

it('G2, B9: what is asked for all keys looks at none of those that are held', () => {
  const MANY = 1_000;
  const values = jest.spyOn(Map.prototype, 'values');
  const steps = countSteps(values);
  const locks = new KeyedReadWriteLock<number>();
  for (let key = 0; key < MANY; key++) locks.for(key).reader.tryAcquire();
  const waiters: Subscription[] = [];
  for (let i = 0; i < MANY; i++) waiters.push(locks.all.writer.acquire().subscribe());
  for (const waiter of waiters) waiter.unsubscribe();
  const leases = Array.from({ length: MANY }, () => locks.all.reader.tryAcquire());
  locks.for(0).writer.acquire().subscribe();
  for (const lease of leases) lease?.release();
  values.mockRestore();
  expect(locks.all.state.held.read).toBe(MANY);
  expect(locks.all.state.waiting.write).toBe(1);
  expect(steps()).toBeLessThanOrEqual(10 * MANY);
});

/** Counts what is taken from the maps whose values are gone through. */
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
