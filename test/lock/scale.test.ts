import { NEVER, of, type Subscription } from 'rxjs';
import { fifo, type Lease, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';

/** Reorders in place, the same way for the same seed. */
function shuffle<T>(items: T[], seed = 1): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

it('C6: a million queued synchronous writers all run, without growing the stack', () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire() as Lease;
  const source = of(1).pipe(withWriteLock(lock));
  let run = 0;
  for (let i = 0; i < 1_000_000; i++) source.subscribe(() => run++);
  lease.release();
  expect(run).toBe(1_000_000);
  expect(lock.state.version).toBe(1_000_001);
}, 60_000);

it('C6: a hundred thousand readers that enter together all run', () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire() as Lease;
  const source = of(1).pipe(withReadLock(lock));
  let run = 0;
  for (let i = 0; i < 100_000; i++) source.subscribe(() => run++);
  lease.release();
  expect(run).toBe(100_000);
});

it('C6: a state observer sees every transition of thirty thousand waiting requests', () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire() as Lease;
  const source = of(1).pipe(withReadLock(lock));
  for (let i = 0; i < 30_000; i++) source.subscribe();
  let states = 0;
  lock.subscribe(() => states++);
  lease.release();
  expect(states).toBe(1 + 1 + 2 * 30_000);
}, 60_000);

it('B1, B9: cancelling 100,000 waiters in random order asks the policy a constant number of times for each', () => {
  let steps = 0;
  const counting: typeof fifo = (reader, writer, turn) => {
    steps++;
    return fifo(reader, writer, turn);
  };
  const lock = new ReadWriteLock({ policy: counting });
  const lease = lock.writer.tryAcquire() as Lease;
  const waiters: Subscription[] = [];
  for (let i = 0; i < 100_000; i++)
    waiters.push(NEVER.pipe(i % 2 ? withReadLock(lock) : withWriteLock(lock)).subscribe());
  lease.release();
  steps = 0;
  for (const waiter of shuffle(waiters)) waiter.unsubscribe();
  expect(lock.state.waiting).toEqual({ read: 0, upgradable: 0, write: 0 });
  expect(lock.state.held).toEqual({ read: 0, upgradable: 0, write: 0 });
  expect(steps).toBeLessThanOrEqual(4 * 100_000);
}, 20_000);
