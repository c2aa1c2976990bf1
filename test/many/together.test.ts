import { NEVER, Observable, of, type Subscription } from 'rxjs';
import {
  allOf,
  fifo,
  KeyedReadWriteLock,
  type Lease,
  LockQueueFullError,
  withGate,
  withReadLock,
} from 'rxjs-rwlock';

const NOBODY = { read: 0, upgradable: 0, write: 0 };

const both = (locks: KeyedReadWriteLock<string>) =>
  allOf(locks.for('a').writer, locks.for('b').writer);

it('A8, C8: keys that find the queue full are refused together, and nothing else changes', () => {
  const locks = new KeyedReadWriteLock<string>({ maxWaiting: 1 });
  const lease = locks.for('b').writer.tryAcquire() as Lease;
  NEVER.pipe(withReadLock(locks.for('b'))).subscribe();
  const states: unknown[] = [];
  locks.all.subscribe((state) => states.push(state));
  const seen: unknown[] = [];
  both(locks)
    .acquire()
    .subscribe({
      error(error: unknown) {
        seen.push(error, locks.all.state.waiting, locks.for('a').writer.tryAcquire()?.mode);
        lease.release();
      },
    });
  expect(seen).toEqual([expect.any(LockQueueFullError), { ...NOBODY, read: 1 }, 'write']);
  // Before; `a` is taken, and `b` let go and taken by the reader.
  expect(states).toHaveLength(1 + 1 + 2);
});

it('A8: keys do not stand behind each other', () => {
  const locks = new KeyedReadWriteLock<string>({ maxWaiting: 1 });
  const leases = [locks.for('a').writer.tryAcquire(), locks.for('b').writer.tryAcquire()];
  const log: string[] = [];
  const subscribe = () =>
    of('granted')
      .pipe(withGate(both(locks)))
      .subscribe({ next: (text) => log.push(text), error: (error) => log.push(String(error)) });
  subscribe();
  expect(locks.all.state.waiting.write).toBe(2);
  subscribe();
  expect(log).toEqual(['LockQueueFullError: lock: no write while 2 wait already']);
  for (const lease of leases) lease?.release();
  expect(log.at(-1)).toBe('granted');
});

it.each(['waits', 'holds'])(
  'C8: of keys that are given up nobody sees one left, where it %s',
  (how) => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = how === 'waits' ? locks.all.reader.tryAcquire() : undefined;
    const keys = of(1)
      .pipe(withGate(both(locks), () => NEVER))
      .subscribe();
    const seen: unknown[] = [];
    for (const [key, other] of ['ab', 'ba'])
      new Observable(() => {
        seen.push(locks.all.state.waiting, locks.for(other ?? '').reader.tryAcquire()?.mode);
      })
        .pipe(withReadLock(locks.for(key ?? '')))
        .subscribe();
    expect(seen).toEqual([]);
    keys.unsubscribe();
    expect(seen).toEqual([NOBODY, 'read', NOBODY, 'read']);
    lease?.release();
  },
);

it('B9: many that read the same keys are cancelled without a look at all the others', () => {
  const COUNT = 2_000;
  let steps = 0;
  const counting: typeof fifo = (reader, writer, turn) => {
    steps++;
    return fifo(reader, writer, turn);
  };
  const locks = new KeyedReadWriteLock<string>({ policy: counting });
  const [a, b] = [locks.for('a'), locks.for('b')];
  for (const { reader } of [a, b]) reader.tryAcquire();
  NEVER.pipe(withGate(both(locks))).subscribe();
  const waiters: Subscription[] = [];
  for (let i = 0; i < COUNT; i++)
    waiters.push(NEVER.pipe(withGate(allOf(a.reader, b.reader))).subscribe());
  steps = 0;
  for (const waiter of waiters.filter((_, i) => i % 2)) waiter.unsubscribe();
  for (const waiter of waiters.reverse()) waiter.unsubscribe();
  expect(locks.all.state.waiting).toEqual({ ...NOBODY, write: 2 });
  expect(steps).toBeLessThanOrEqual(10 * COUNT);
}, 60_000);
