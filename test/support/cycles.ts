import { NEVER, Observable, observeOn, of, type Subscription } from 'rxjs';
import {
  allOf,
  drop,
  KeyedReadWriteLock,
  latest,
  type Lease,
  ReadWriteLock,
  traceLock,
  type UpgradableLease,
  withGate,
  withLiveReadLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';

/** Uses a lock once, leaves it as it was, and hands over what must not be retained. */
export type Cycle = (keep: (sample: object) => void) => void;

/** Subscribes, and keeps what RxJS makes of it. */
function held(source: Observable<unknown>, keep: (sample: object) => void): Subscription {
  const subscription = source.subscribe();
  keep(subscription);
  return subscription;
}

/** The locks that the cycles use. */
export const lock = new ReadWriteLock();
export const keyed = new KeyedReadWriteLock<number>();
const never = NEVER.pipe(withWriteLock(lock));
const save = latest(lock.writer);
const saveOf = latest((_key: object) => lock.writer);
const submitOf = drop((_key: object) => lock.writer);
const { signal } = new AbortController();
let counter = 0;

export const cycles: Record<string, Cycle> = {
  'a request that is cancelled': (keep) => {
    const lease = lock.writer.tryAcquire();
    held(never, keep).unsubscribe();
    lease?.release();
  },
  'a request that is granted at once': (keep) => {
    held(of(1).pipe(withReadLock(lock)), keep);
    held(never, keep).unsubscribe();
  },
  'a request that waits, holds and is released': (keep) => {
    const lease = lock.writer.tryAcquire();
    const request = held(never, keep);
    lease?.release();
    request.unsubscribe();
  },
  'an upgrade and a downgrade': (keep) => {
    const lease = lock.upgradable.tryAcquire() as UpgradableLease;
    const write = lease.writer.tryAcquire() as Lease;
    keep(write);
    write.release();
    lease.downgrade('read');
    keep(lease);
    lease.release();
  },
  'a new key': (keep) => {
    const key = counter++;
    held(NEVER.pipe(withWriteLock(keyed.for(key))), keep).unsubscribe();
    keep(keyed.for(key));
  },
  'several locks': (keep) => {
    held(NEVER.pipe(withGate(allOf(lock.reader, keyed.for(1).writer))), keep).unsubscribe();
  },
  'several keys': (keep) => {
    const lease = keyed.for(counter).writer.tryAcquire();
    const both = allOf(keyed.for(counter++).reader, keyed.for(counter++).writer);
    held(NEVER.pipe(withGate(both)), keep).unsubscribe();
    const waits = held(NEVER.pipe(withGate(both)), keep);
    lease?.release();
    waits.unsubscribe();
  },
  'requests that are replaced or dropped': (keep) => {
    const lease = lock.writer.tryAcquire();
    const key = { key: counter++ };
    keep(key);
    for (const gate of [save, saveOf(key), submitOf(key)]) {
      const requests = [1, 2, 3].map(() => held(NEVER.pipe(withGate(gate)), keep));
      requests.at(-1)?.unsubscribe();
      requests[0]?.unsubscribe();
    }
    lease?.release();
  },
  'states and a trace': (keep) => {
    const subscriptions = [held(lock, keep), held(traceLock(lock), keep)];
    lock.writer.tryAcquire()?.release();
    for (const subscription of subscriptions) subscription.unsubscribe();
  },
  'a live read': (keep) => {
    const source = of(1);
    const reads = [lock, keyed.for(counter++), keyed.all].map((lock) =>
      held(source.pipe(withLiveReadLock(lock)), keep),
    );
    lock.writer.tryAcquire()?.release();
    keyed.all.writer.tryAcquire()?.release();
    for (const read of reads) read.unsubscribe();
  },
  'an upgrade by operators': (keep) => {
    const upgrade = of({ value: 1 }).pipe(
      withUpgradableLock(lock, (value, lease) => {
        keep(value);
        keep(lease);
        return of(value).pipe(withWriteLock(lease));
      }),
    );
    keep(upgrade);
    held(upgrade, keep);
  },
  'a read that yields': (keep) => {
    const reader = lock.reader.tryAcquire();
    const yielding = NEVER.pipe(withYieldingReadLock(lock, { signal, waitTimeout: 60_000 }));
    const [parked, again] = [held(yielding, keep), held(yielding, keep)];
    const writer = held(never, keep);
    parked.unsubscribe();
    reader?.release();
    writer.unsubscribe();
    again.unsubscribe();
  },
  'a scheduled action': (keep) => {
    const value = { value: 1 };
    keep(value);
    held(of(value).pipe(observeOn(lock.writer)), keep);
  },
  'a wait that a signal and a timeout limit': (keep) => {
    const lease = lock.writer.tryAcquire();
    const limited = NEVER.pipe(withReadLock(lock, { signal, waitTimeout: 60_000 }));
    const [cancelled, granted] = [held(limited, keep), held(limited, keep)];
    cancelled.unsubscribe();
    lease?.release();
    granted.unsubscribe();
  },
  'a wait that a signal ends': (keep) => {
    const lease = lock.writer.tryAcquire();
    const abort = new AbortController();
    keep(abort.signal);
    held(lock.reader.acquire({ signal: abort.signal }).pipe(silent), keep);
    abort.abort();
    lease?.release();
  },
  'a request that is refused': (keep) => {
    const lease = lock.writer.tryAcquire();
    held(lock.reader.acquire({ ifAvailable: true }).pipe(silent), keep);
    lease?.release();
  },
};

function silent<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) =>
    source.subscribe({ next: (value) => subscriber.next(value), error: () => undefined }),
  );
}
