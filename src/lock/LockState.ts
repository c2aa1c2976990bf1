import type { LockMode } from '../core/LockMode.js';

/** What a lock looks like between two transitions: a frozen snapshot. */
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
