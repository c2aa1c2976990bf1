/**
 * How a lock is asked for and held.
 *
 * - `read` is shared: any number of readers hold together.
 * - `upgradable` is a read that may later become a write: it shares with readers, but only one
 *   exists at a time.
 * - `write` is exclusive.
 */
export type LockMode = 'read' | 'upgradable' | 'write';

/** Every mode, the weakest first. */
export const LOCK_MODES: readonly LockMode[] = ['read', 'upgradable', 'write'];

/** Which modes hold together: `COMPATIBLE[held][asked]`. */
export const COMPATIBLE: Readonly<Record<LockMode, Readonly<Record<LockMode, boolean>>>> = {
  read: { read: true, upgradable: true, write: false },
  upgradable: { read: true, upgradable: false, write: false },
  write: { read: false, upgradable: false, write: false },
};
