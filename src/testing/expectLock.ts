import { asyncScheduler, isObservable, Observable } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import type { LockState } from '../index.js';
import { formatDiagram, type Mark } from './diagram.js';
import { lettersOf } from './lettersOf.js';
import { wrongArgument } from './wrongArgument.js';

/**
 * Expects the states of a lock over time within `TestScheduler.run`, as a marble diagram.
 *
 * @remarks
 * A letter stands for the strongest mode that is held: `f` free, `r` read, `u` upgradable, `w`
 * write. To expect more, name states by letters of your own: `where` has them in the notation of
 * {@link formatState}, such as `rr/w`; the version (`@2`) is compared only if you write it. A state
 * without a letter is shown as `?`.
 *
 * The state is read at the end of each frame, so a state that lasts for less than a frame is left
 * out. A state with the letter of the one before it is left out, too. To expect each state, use
 * `expectObservable(lock.pipe(map((state) => formatState(state))))`.
 *
 * As with `expectObservable`, the diagrams are compared when the scheduler is flushed, by the
 * function that your `TestScheduler` was constructed with.
 *
 * @example
 * ```ts
 * import { TestScheduler } from 'rxjs/testing';
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { expectLock, occupyLock } from 'rxjs-rwlock/testing';
 *
 * const scheduler = new TestScheduler((actual, expected) => {
 *   console.log(JSON.stringify(actual) === JSON.stringify(expected)); // true, true
 * });
 * scheduler.run((helpers) => {
 *   const lock = new ReadWriteLock();
 *   occupyLock(lock.reader, '---^--!', helpers);
 *   occupyLock(lock.writer, '----^---!', helpers);
 *   expectLock(lock, helpers).toBe('f--r--w-f');
 *   expectLock(lock, helpers).toBe('f--rx-w-f', { x: 'r/w' });
 * });
 * ```
 *
 * @param lock - a lock, or any Observable of its states
 * @param helpers - the argument of the function given to `run`; only `expectObservable` is used
 * @returns an object with the method `toBe`, which takes the expected diagram
 * @throws TypeError if `lock` is not an Observable
 */
export function expectLock(
  lock: Observable<LockState>,
  { expectObservable }: Pick<RunHelpers, 'expectObservable'>,
): {
  /**
   * Expects these states of the lock.
   *
   * @param marbles - a letter in each frame in which the state changes
   * @param where - the meanings of letters, in the notation of {@link formatState}
   * @throws RangeError for a letter without a meaning, and for two states in one frame
   */
  toBe(marbles: string, where?: Readonly<Record<string, string>>): void;
} {
  if (!isObservable(lock))
    throw wrongArgument(
      'the first argument of expectLock',
      'a lock or an Observable of states',
      lock,
    );
  return {
    toBe(marbles, where = {}) {
      const letters = lettersOf(where);
      const expected = readMarbles(marbles, letters.known);
      // The recording is emitted at once, filled as time passes, and compared at the flush.
      expectObservable(record(lock, letters.of)).toBe('a', {
        a: { lock: formatDiagram(expected) },
      });
    },
  };
}

/** The value to compare: a diagram, and the first state in it that has no letter. */
interface Recording {
  lock: string;
  '?'?: string;
}

function record(
  lock: Observable<LockState>,
  letterOf: (state: LockState) => { symbol: string; label: string },
): Observable<Recording> {
  return new Observable((subscriber) => {
    const marks: Mark[] = [];
    const recording: Recording = { lock: '' };
    const add = (mark: Mark) => {
      marks.push(mark);
      recording.lock = formatDiagram(settle(marks));
    };
    subscriber.next(recording);
    const end = (symbol: string) => () => add({ frame: asyncScheduler.now(), symbol });
    return lock.subscribe({
      next(state) {
        const { symbol, label } = letterOf(state);
        add({ frame: asyncScheduler.now(), symbol });
        if (symbol === '?') recording['?'] ??= label;
      },
      error: end('#'),
      complete: end('|'),
    });
  });
}

/** Keeps the last state of each frame, and of neighbours with the same letter the first. */
function settle(marks: readonly Mark[]): Mark[] {
  const isEnd = ({ symbol }: Mark) => symbol === '|' || symbol === '#';
  const last = marks.filter((mark, i) => {
    const next = marks[i + 1];
    return next?.frame !== mark.frame || isEnd(next);
  });
  return last.filter(({ symbol }, i) => symbol !== last[i - 1]?.symbol);
}

function readMarbles(text: string, known: ReadonlySet<string>): Mark[] {
  const messages = TestScheduler.parseMarbles(text, undefined, undefined, false, true);
  const marks = messages.map(({ frame, notification }): Mark => {
    const symbols = {
      N: notification.kind === 'N' ? String(notification.value) : '',
      E: '#',
      C: '|',
    };
    return { frame, symbol: symbols[notification.kind] };
  });
  for (const [i, { frame, symbol }] of marks.entries()) {
    if (symbol === '|' || symbol === '#') continue;
    if (!known.has(symbol))
      throw new RangeError(`the letter "${symbol}" in ${text} has no meaning`);
    if (marks[i - 1]?.frame === frame)
      throw new RangeError(`two states in frame ${frame} of ${text}; only the last one is shown`);
  }
  return settle(marks);
}
