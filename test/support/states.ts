import { type Lease, ReadWriteLock, type ReadWriteLockOptions } from 'rxjs-rwlock';

/** The counts of a lock without leases, or without waiting requests. */
export const NONE = { read: 0, upgradable: 0, write: 0 };

/** What the state of a lock looks like that is neither held nor waited for. */
export const IDLE = { held: NONE, waiting: NONE };

/** A lock that is held for writing, and the lease. */
export function busyLock(options?: ReadWriteLockOptions): { lock: ReadWriteLock; lease: Lease } {
  const lock = new ReadWriteLock(options);
  return { lock, lease: lock.writer.tryAcquire() as Lease };
}
