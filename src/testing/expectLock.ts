import { asyncScheduler, isObservable, Observable } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import type { LockState } from '../index.js';
import { formatDiagram, type Mark } from './diagram.js';
import { lettersOf } from './lettersOf.js';

/**
 * What {@link expectLock} returns.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { expectLock, type LockExpectation } from 'rxjs-rwlock/testing';
 * import { TestScheduler } from 'rxjs/testing';
 *
 * const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
 * scheduler.run((helpers) => {
 *   const expectation: LockExpectation = expectLock(new ReadWriteLock(), helpers);
 *   expectation.toBe('f');
 * });
 * ```
 */
export interface LockExpectation {
  /**
   * Says what the lock is expected to look like, frame by frame.
   *
   * @param marbles - a letter in each frame in which the lock has become another one
   * @param where - what letters mean, in the notation of {@link formatState}
   * @throws RangeError for a letter without a meaning, and for two states in one frame
   */
  toBe(marbles: string, where?: Readonly<Record<string, string>>): void;
}

/**
 * Expects a lock to be in these states over time, within `TestScheduler.run`.
 *
 * @remarks
 * A letter stands for the strongest mode that is held: `f` free, `r` read, `u` upgradable, `w`
 * write. For more, name letters yourself: `where` writes who holds, a slash, who waits, `-` for
 * nobody, and, where you want to see them, `@2` for the version and `|` for a closed lock. A state
 * that no letter stands for is shown as `?`.
 *
 * A lock is looked at when a frame has ended: states that it only passed through are left out, and
 * so is a state that has the same letter as the one before. To see each transition, use
 * `expectObservable(lock.pipe(map((state) => formatState(state))))` instead.
 *
 * Like `expectObservable`, this only takes note; the diagrams are compared when the scheduler is
 * flushed, by the function that your `TestScheduler` was made with, as two texts in one column.
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
 * @param helpers - what `run` hands out; of these, `expectObservable`
 * @returns an object whose `toBe` takes the diagram
 */
export function expectLock(
  lock: Observable<LockState>,
  { expectObservable }: Pick<RunHelpers, 'expectObservable'>,
): LockExpectation {
  if (!isObservable(lock)) throw new TypeError('it is the states of a lock that are expected');
  return {
    toBe(marbles, where = {}) {
      const letters = lettersOf(where);
      const expected = readMarbles(marbles, letters.known);
      // The one value is filled as time passes, and read when the scheduler compares.
      expectObservable(record(lock, letters.of)).toBe('a', {
        a: { lock: formatDiagram(expected) },
      });
    },
  };
}

/** What is compared: a diagram, and the first state in it that no letter stands for. */
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

/** Leaves one state of each frame, the last, and of those with one letter the first. */
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
    if (!known.has(symbol)) throw new RangeError(`no state is called "${symbol}" in ${text}`);
    if (marks[i - 1]?.frame === frame)
      throw new RangeError(`two states in frame ${frame} of ${text}; a lock shows the last`);
  }
  return settle(marks);
}
