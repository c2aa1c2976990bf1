import type { LockMode } from '../core/LockMode.js';

/**
 * Tells what is held and what waits at a lock; a frozen snapshot.
 *
 * @example
 * ```ts
 * import { type LockState, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const isIdle = ({ held, waiting }: LockState) =>
 *   [...Object.values(held), ...Object.values(waiting)].every((count) => count === 0);
 * const lock = new ReadWriteLock();
 * const before = lock.state;
 * lock.writer.tryAcquire()?.release();
 * console.log(isIdle(lock.state), lock.state.version - before.version); // true 1
 * ```
 *
 * @see {@link ReadWriteLock.state}
 */
export interface LockState {
  /** How many leases are live, by mode. Several keys of one lock count once. */
  readonly held: Readonly<Record<LockMode, number>>;
  /** How many requests are waiting, by mode. */
  readonly waiting: Readonly<Record<LockMode, number>>;
  /** How many write holds have ended: if it has grown, the data may have changed. */
  readonly version: number;
  /** Whether the lock refuses new requests. */
  readonly closed: boolean;
}
