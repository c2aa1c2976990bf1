import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NEVER, Observable, of, type Subscription } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  traceLock,
  type UpgradableLease,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const CYCLES = 100_000;
/** Every so many cycles, what is used in one is looked for afterwards. */
const SAMPLE = 1_000;

/** How many of the samples that cycles hand over are still there when they are done. */
async function retained(cycle: (keep: (sample: object) => void) => void): Promise<number> {
  const samples: WeakRef<object>[] = [];
  for (let i = 0; i < CYCLES; i++)
    cycle((sample) => {
      if (i % SAMPLE === 0) samples.push(new WeakRef(sample));
    });
  expect(samples.length).toBeGreaterThanOrEqual(CYCLES / SAMPLE);
  // A WeakRef keeps what it refers to for the rest of the turn in which it was made.
  await new Promise((resolve) => setTimeout(resolve));
  gc();
  return samples.filter((sample) => sample.deref()).length;
}

/** Subscribes, and keeps what RxJS makes of it. */
function held(source: Observable<unknown>, keep: (sample: object) => void): Subscription {
  const subscription = source.subscribe();
  keep(subscription);
  return subscription;
}

const lock = new ReadWriteLock();
const keyed = new KeyedReadWriteLock<number>();
const never = NEVER.pipe(withWriteLock(lock));

const cycles: Record<string, (keep: (sample: object) => void) => void> = {
  'ask and cancel': (keep) => {
    const lease = lock.writer.tryAcquire();
    held(never, keep).unsubscribe();
    lease?.release();
  },
  'ask and hold': (keep) => {
    held(of(1).pipe(withReadLock(lock)), keep);
    held(never, keep).unsubscribe();
  },
  'wait, hold and release': (keep) => {
    const lease = lock.writer.tryAcquire();
    const waiter = held(never, keep);
    lease?.release();
    waiter.unsubscribe();
  },
  'upgrade and downgrade': (keep) => {
    const lease = lock.upgradable.tryAcquire() as UpgradableLease;
    const write = lease.writer.tryAcquire() as Lease;
    keep(write);
    write.release();
    lease.downgrade('read');
    keep(lease);
    lease.release();
  },
  'a lease that fails to come': (keep) => {
    const lease = lock.writer.tryAcquire();
    held(lock.reader.acquire({ ifAvailable: true }).pipe(silent), keep);
    lease?.release();
  },
  'a new key': (keep) => {
    const key = counter++;
    held(NEVER.pipe(withWriteLock(keyed.for(key))), keep).unsubscribe();
    keep(keyed.for(key));
  },
  'several locks': (keep) => {
    held(NEVER.pipe(withGate(allOf(lock.reader, keyed.for(1).writer))), keep).unsubscribe();
  },
  'states and a trace': (keep) => {
    const subscriptions = [held(lock, keep), held(traceLock(lock), keep)];
    lock.writer.tryAcquire()?.release();
    for (const subscription of subscriptions) subscription.unsubscribe();
  },
};
let counter = 0;

function silent<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) =>
    source.subscribe({ next: (value) => subscriber.next(value), error: () => undefined }),
  );
}

// The last of a kind may be kept by a field, or by the engine, until the next one comes.
it.each(Object.entries(cycles))('nothing is retained of %s', async (_, cycle) => {
  expect(await retained(cycle)).toBeLessThanOrEqual(3);
  expect(lock.state).toMatchObject({
    held: { read: 0, upgradable: 0, write: 0 },
    waiting: { read: 0, upgradable: 0, write: 0 },
  });
});

it('A7: a signal that lives on keeps no listener', () => {
  const { signal } = new AbortController();
  const lease = lock.writer.tryAcquire();
  const waiters = Array.from({ length: 10 }, () =>
    never.pipe(withReadLock(lock, { signal })).subscribe(),
  );
  expect(getEventListeners(signal, 'abort')).toHaveLength(10);
  for (const waiter of waiters.splice(5)) waiter.unsubscribe();
  lease?.release();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  for (const waiter of waiters) waiter.unsubscribe();
});

it('a lease that is handed on through nested leases does not keep those that have been released', async () => {
  const lock = new ReadWriteLock();
  let lease = lock.reader.tryAcquire() as Lease;
  const last = await retained((keep) => {
    const next = lease.reader.tryAcquire() as Lease;
    lease.release();
    keep(lease);
    lease = next;
  });
  expect(last).toBeLessThanOrEqual(1);
  expect(lock.state.held.read).toBe(1);
});
