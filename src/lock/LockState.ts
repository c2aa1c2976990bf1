import type { LockMode } from '../core/LockMode.js';

/**
 * Tells what is held and what waits at a lock; a frozen snapshot.
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
