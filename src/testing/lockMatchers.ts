import type { LockMode, LockState } from '../index.js';
import { MarbleMismatchError } from './checkScenario.js';
import { formatState } from './formatState.js';
import { checkMarbles } from './runMarbles.js';

/**
 * What a matcher answers.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { lockMatchers, type MatcherResult } from 'rxjs-rwlock/testing';
 *
 * const result: MatcherResult = lockMatchers.toBeHeld(new ReadWriteLock());
 * console.log(result.pass, result.message()); // false expected a lock that is held and it is -@0
 * ```
 */
export interface MatcherResult {
  /** Whether it is as expected. */
  readonly pass: boolean;
  /** Why it failed. */
  readonly message: () => string;
}

/**
 * Whatever has a state as a lock has.
 *
 * @example
 * ```ts
 * import { KeyedReadWriteLock } from 'rxjs-rwlock';
 * import { type HasLockState, lockMatchers } from 'rxjs-rwlock/testing';
 *
 * const accounts: HasLockState = new KeyedReadWriteLock<string>().all;
 * console.log(lockMatchers.toBeFree(accounts).pass); // true
 * ```
 */
export interface HasLockState {
  /** What the lock looks like now. */
  readonly state: LockState;
}

/**
 * What {@link lockMatchers} add to `expect(…)`.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import 'rxjs-rwlock/testing/jest';
 *
 * const lock = new ReadWriteLock();
 * const lease = lock.reader.tryAcquire();
 * lock.writer.acquire().subscribe((granted) => granted.release());
 * expect(lock).toBeHeld('read');
 * expect(lock).toHaveWaiting({ write: 1 });
 * lease?.release();
 * expect(lock).toBeFree();
 * ```
 *
 * @typeParam R - what a matcher returns to the test
 */
export interface LockMatchers<R = void> {
  /**
   * Expects somebody to hold the lock.
   *
   * @param mode - in which mode; any, where it is left out
   */
  toBeHeld(mode?: LockMode): R;
  /** Expects that nobody holds the lock and nobody waits for it: at the end of a test, no leak. */
  toBeFree(): R;
  /**
   * Expects so many requests to wait.
   *
   * @param waiting - how many for each mode; none, for a mode that is left out
   */
  toHaveWaiting(waiting: Readonly<Partial<Record<LockMode, number>>>): R;
  /**
   * Expects every marble block of a Markdown text to hold.
   *
   * @param file - what the text is called in the message
   */
  toMatchMarbles(file?: string): R;
}

/**
 * Matchers for `expect.extend` of jest and vitest. Where `expect` is a global,
 * `import 'rxjs-rwlock/testing/jest'` registers them.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { lockMatchers } from 'rxjs-rwlock/testing';
 *
 * // In a test: expect.extend(lockMatchers);
 * const lock = new ReadWriteLock();
 * const lease = lock.reader.tryAcquire();
 * console.log(lockMatchers.toBeHeld(lock, 'read').pass); // true
 * console.log(lockMatchers.toBeFree(lock).message()); // expected a lock that is free and it is r@0
 * lease?.release();
 * ```
 */
export const lockMatchers = {
  /** Whether somebody holds the lock, in this mode. */
  toBeHeld(lock: HasLockState, mode?: LockMode): MatcherResult {
    const { held } = stateOf(lock);
    if (mode !== undefined) checkMode(mode);
    const count = mode ? held[mode] : total(held);
    return result(count > 0, mode ? `that is held in mode ${mode}` : 'that is held', lock);
  },

  /** Whether nobody holds the lock or waits for it. */
  toBeFree(lock: HasLockState): MatcherResult {
    const { held, waiting } = stateOf(lock);
    return result(total(held) + total(waiting) === 0, 'that is free', lock);
  },

  /** Whether exactly so many wait. */
  toHaveWaiting(
    lock: HasLockState,
    expected: Readonly<Partial<Record<LockMode, number>>>,
  ): MatcherResult {
    const { waiting } = stateOf(lock);
    if (typeof (expected as unknown) !== 'object' || (expected as object | null) === null)
      throw new TypeError('how many wait is told for each mode: { read: 1 }');
    Object.keys(expected).forEach(checkMode);
    const wanted = { read: 0, upgradable: 0, write: 0, ...expected };
    const pass = MODES.every((mode) => waiting[mode] === wanted[mode]);
    const list = MODES.filter((mode) => wanted[mode] > 0).map((mode) => `${wanted[mode]} ${mode}`);
    return result(pass, `with ${list.join(', ') || 'nobody'} waiting`, lock);
  },

  /** Whether every marble block of a Markdown text holds. */
  toMatchMarbles(markdown: string, file?: string): MatcherResult {
    try {
      checkMarbles(markdown, file);
      return { pass: true, message: () => 'every block holds' };
    } catch (error) {
      if (!(error instanceof MarbleMismatchError)) throw error;
      const { message } = error;
      return { pass: false, message: () => message };
    }
  },
};

const MODES = ['read', 'upgradable', 'write'] as const;

function checkMode(mode: string): void {
  if (!MODES.includes(mode as LockMode)) throw new TypeError(`${mode} is not a mode of a lock`);
}

function result(pass: boolean, what: string, { state }: HasLockState): MatcherResult {
  const now = formatState(state);
  return {
    pass,
    message: () => `expected ${pass ? 'no lock' : 'a lock'} ${what} and it is ${now}`,
  };
}

function stateOf(lock: unknown): LockState {
  const state = (lock as Partial<HasLockState> | undefined)?.state;
  if (!state?.held) throw new TypeError(`${String(lock)} has no state of a lock`);
  return state;
}

function total(counts: Readonly<Record<LockMode, number>>): number {
  return MODES.reduce((sum, mode) => sum + counts[mode], 0);
}
