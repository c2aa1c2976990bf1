import type { LockMode } from '../core/LockMode.js';

/**
 * What a lock looks like between two transitions: a frozen snapshot.
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
  /** How many live leases there are of each mode. */
  readonly held: Readonly<Record<LockMode, number>>;
  /** How many requests wait for each mode. */
  readonly waiting: Readonly<Record<LockMode, number>>;
  /** How many write holds have ended: where it has grown, data may have changed. */
  readonly version: number;
  /** Whether the lock takes no new requests. */
  readonly closed: boolean;
}
