import type { Gate } from './Gate.js';

/**
 * Whatever can be locked: everything that has the three gates.
 *
 * A {@link ReadWriteLock} is one and so is each {@link Lease}, which is why every operator takes
 * either.
 */
export interface LockLike {
  /** Where one asks to read, together with other readers. */
  readonly reader: Gate<'read'>;
  /** Where one asks to read now and perhaps to write later. */
  readonly upgradable: Gate<'upgradable'>;
  /** Where one asks to write, alone. */
  readonly writer: Gate<'write'>;
}
