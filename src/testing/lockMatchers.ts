import type { LockMode, LockState, ReadWriteLock } from '../index.js';
import { MarbleMismatchError } from './MarbleMismatchError.js';
import { checkMarbles } from './runMarbles.js';
import { wrongArgument } from './wrongArgument.js';

/**
 * The methods that {@link lockMatchers} add to `expect(…)`, for the types of a test runner.
 *
 * @typeParam R - what a matcher returns to the test
 */
export interface LockMatchers<R = void> {
  /**
   * Expects the lock to be held.
   *
   * @param mode - the mode; by default any
   */
  toBeHeld(mode?: LockMode): R;
  /**
   * Expects that the lock is not held and that nothing waits for it. At the end of a test this
   * shows that no lease and no request was left behind.
   */
  toBeFree(): R;
  /**
   * Expects exactly these numbers of waiting requests.
   *
   * @param waiting - the number for each mode; 0 for a mode that is left out
   */
  toHaveWaiting(waiting: Readonly<Partial<Record<LockMode, number>>>): R;
  /**
   * Expects every marbles block of a Markdown text to pass.
   *
   * @param file - the name of the text in the message
   */
  toMatchMarbles(file?: string): R;
}

/**
 * Matchers for locks, to be registered by `expect.extend(lockMatchers)` in jest or vitest. In jest,
 * `import 'rxjs-rwlock/testing/jest'` does that.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { lockMatchers } from 'rxjs-rwlock/testing';
 *
 * // In a setup file: expect.extend(lockMatchers);
 * const lock = new ReadWriteLock();
 * lock.reader.tryAcquire();
 * console.log(lockMatchers.toBeHeld(lock, 'read').pass); // true
 * const { message } = lockMatchers.toBeFree(lock);
 * console.log(message()); // expected the lock to be free; held: 1 read; waiting: nothing
 * ```
 */
export const lockMatchers = {
  /** Whether the lock is held, in this mode. */
  toBeHeld(lock: Pick<ReadWriteLock, 'state'>, mode?: LockMode) {
    const state = stateOf(lock);
    if (mode !== undefined) checkMode(mode);
    const count = mode ? state.held[mode] : total(state.held);
    return expectation(count > 0, mode ? `be held in mode ${mode}` : 'be held', state);
  },

  /** Whether the lock is not held and nothing waits for it. */
  toBeFree(lock: Pick<ReadWriteLock, 'state'>) {
    const state = stateOf(lock);
    return expectation(total(state.held) + total(state.waiting) === 0, 'be free', state);
  },

  /** Whether exactly so many requests wait. */
  toHaveWaiting(
    lock: Pick<ReadWriteLock, 'state'>,
    expected: Readonly<Partial<Record<LockMode, number>>>,
  ) {
    const state = stateOf(lock);
    if (typeof (expected as unknown) !== 'object' || (expected as object | null) === null)
      throw wrongArgument(
        'the argument of toHaveWaiting',
        'numbers by mode: { read: 1 }',
        expected,
      );
    Object.keys(expected).forEach(checkMode);
    const wanted = { read: 0, upgradable: 0, write: 0, ...expected };
    const pass = MODES.every((mode) => state.waiting[mode] === wanted[mode]);
    return expectation(pass, `have waiting: ${list(wanted)}`, state);
  },

  /** Whether every marbles block of a Markdown text passes. */
  toMatchMarbles(markdown: string, file?: string) {
    try {
      checkMarbles(markdown, file);
      return result(true, 'expected a marbles block to fail, but every block passes');
    } catch (error) {
      if (!(error instanceof MarbleMismatchError)) throw error;
      return result(false, error.message);
    }
  },
};

type Counts = LockState['held'];

const MODES = ['read', 'upgradable', 'write'] as const;

function stateOf(lock: Partial<Pick<ReadWriteLock, 'state'>> | undefined): LockState {
  const state = lock?.state;
  if (!state?.held) throw wrongArgument('the value that a lock matcher checks', 'a lock', lock);
  return state;
}

function checkMode(mode: string): void {
  if (!MODES.includes(mode as LockMode))
    throw wrongArgument('a mode', `one of ${MODES.join(', ')}`, mode);
}

function expectation(pass: boolean, what: string, { held, waiting }: LockState) {
  const now = `held: ${list(held)}; waiting: ${list(waiting)}`;
  return result(pass, `expected the lock ${pass ? 'not ' : ''}to ${what}; ${now}`);
}

function result(
  pass: boolean,
  message: string,
): {
  readonly pass: boolean;
  /** Returns the message of a failure, also of a negated expectation. */
  readonly message: () => string;
} {
  return { pass, message: () => message };
}

function total(counts: Counts): number {
  return MODES.reduce((sum, mode) => sum + counts[mode], 0);
}

function list(counts: Counts): string {
  const some = MODES.filter((mode) => counts[mode] > 0).map((mode) => `${counts[mode]} ${mode}`);
  return some.join(', ') || 'nothing';
}
