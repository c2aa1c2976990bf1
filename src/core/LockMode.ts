/**
 * How a lock is asked for and held.
 *
 * - `read` is shared: any number of readers hold together.
 * - `upgradable` is a read that may later become a write: it shares with readers, but only one
 *   exists at a time.
 * - `write` is exclusive.
 *
 * @example
 * ```ts
 * import { type LockMode, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const modes: LockMode[] = ['write', 'upgradable', 'read'];
 * const lease = lock.upgradable.tryAcquire();
 * for (const mode of modes) console.log(lock.state.held[mode]); // 0, 1, 0
 * lease?.release();
 * ```
 *
 * @see {@link ReadWriteLock}
 */
export type LockMode = 'read' | 'upgradable' | 'write';

/** Every mode, the weakest first. */
export const LOCK_MODES = ['read', 'upgradable', 'write'] as const;

/** How strong a mode is: its place among the modes, from 1. 0 is to hold nothing. */
export type Strength = 0 | 1 | 2 | 3;

export const NONE = 0;
export const READ = 1;
export const UPGRADABLE = 2;
export const WRITE = 3;

/** A number for each strength. */
export type PerStrength = [number, number, number, number];

/**
 * Which modes can't be held together: the weakest that keeps each one out. All that are stronger
 * keep it out as well.
 */
export const KEPT_OUT_FROM: Readonly<PerStrength> = [
  /* nothing    */ WRITE + 1,
  /* read       */ WRITE,
  /* upgradable */ UPGRADABLE,
  /* write      */ READ,
];

/** The mode of a strength that is not `NONE`. */
export function modeOf(strength: Strength): LockMode {
  return LOCK_MODES[strength - 1] as LockMode;
}

/** The strength of a mode; `NONE` for what is no mode. */
export function strengthOf(mode: unknown): Strength {
  return (LOCK_MODES.indexOf(mode as LockMode) + 1) as Strength;
}

/** Whether two modes can't be held together. */
export function conflict(a: Strength, b: Strength): boolean {
  return b >= KEPT_OUT_FROM[a];
}
