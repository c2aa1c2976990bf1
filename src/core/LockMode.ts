/**
 * Says how a lock is requested and held: `read`, `upgradable` or `write`.
 *
 * - `read` is shared: any number of readers hold the lock together.
 * - `upgradable` is a read that may later become a write: it shares with readers, but only one
 *   exists at a time.
 * - `write` is exclusive.
 *
 * @see {@link ReadWriteLock}
 */
export type LockMode = 'read' | 'upgradable' | 'write';

/** Every mode, the weakest first. */
export const LOCK_MODES = ['read', 'upgradable', 'write'] as const;

/** A mode inside the lock: its place in `LOCK_MODES`. */
export type Mode = 0 | 1 | 2;

export const READ = 0;
export const UPGRADABLE = 1;
export const WRITE = 2;

export const MODES: readonly Mode[] = [READ, UPGRADABLE, WRITE];

export type PerMode<T> = readonly [read: T, upgradable: T, write: T];

/** Whether two owners can hold these modes at the same time. */
const COMPATIBLE: PerMode<PerMode<boolean>> = [
  //               read   upgradable  write
  /* read       */ [true, true, false],
  /* upgradable */ [true, false, false],
  /* write      */ [false, false, false],
];

export function conflict(a: Mode, b: Mode): boolean {
  return !COMPATIBLE[a][b];
}

/** How many leases, or waiting requests, there are of each mode, and of `ANY` mode. */
export type Counts = [read: number, upgradable: number, write: number, any: number];

export const ANY = 3;

export function tally(counts: Counts, mode: Mode, by: 1 | -1): void {
  counts[mode] += by;
  counts[ANY] += by;
}

/** Whether a mode that conflicts is counted, beyond what an owner holds itself. */
export function anyConflict(counts: Counts, mode: Mode, own?: Counts): boolean {
  for (const other of MODES)
    if (conflict(other, mode) && counts[other] > (own?.[other] ?? 0)) return true;
  return false;
}
