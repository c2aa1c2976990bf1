import { catchError, NEVER, type Observable, type Subscription, switchMap } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type Gate, LockError } from '../index.js';
import { wrongArgument } from './wrongArgument.js';

/**
 * Holds a lock for a window of frames within `TestScheduler.run`, as another owner would.
 *
 * @remarks
 * The lock is requested at `^` and released at `!`; without a `!` it stays held. If it is not
 * granted before the `!`, the request is cancelled. If the lock fails, the window ends without an
 * error.
 *
 * Call it before the code that should find the lock held: within a frame, things happen in the
 * order in which they were set up. Nothing happens before the scheduler is flushed, at the latest
 * at the end of `run`.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { TestScheduler } from 'rxjs/testing';
 * import { ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 * import { occupyLock } from 'rxjs-rwlock/testing';
 *
 * const scheduler = new TestScheduler((actual, expected) => {
 *   console.log(JSON.stringify(actual) === JSON.stringify(expected)); // true
 * });
 * scheduler.run((helpers) => {
 *   const lock = new ReadWriteLock();
 *   occupyLock(lock.writer, '^---!', helpers);
 *   helpers.expectObservable(of('a').pipe(withReadLock(lock))).toBe('----(a|)');
 * });
 * ```
 *
 * @param gate - the gate to acquire: `lock.reader`, `lock.upgradable`, `lock.writer`
 * @param window - a diagram of one `^` and at most one `!`, with `10ms` for a longer time
 * @param helpers - the argument of the function given to `run`; only `cold` is used
 * @returns a subscription; unsubscribing it ends the window early
 * @throws TypeError if `gate` is not a gate, RangeError for a window without `^` or with a `!`
 * before it, and Error for another character
 */
export function occupyLock(
  gate: Gate,
  window: string,
  { cold }: Pick<RunHelpers, 'cold'>,
): Subscription {
  if (typeof (gate as Gate | undefined)?.acquire !== 'function')
    throw wrongArgument('the first argument of occupyLock', 'a gate, such as lock.writer', gate);
  const { subscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(window, true);
  if (subscribedFrame === Infinity) throw new RangeError(`the window "${window}" has no ^`);
  if (/!.*\^/.test(window)) throw new RangeError(`the window "${window}" ends before it begins`);
  return cold(window.replace('^', 'a').replace('!', 'z'))
    .pipe(switchMap((mark) => (mark === 'a' ? gate.acquire().pipe(unlessFailed) : NEVER)))
    .subscribe();
}

/** Ignores the failure of the lock, which the test is about, but not a refusal of the request. */
function unlessFailed<T>(lease$: Observable<T>): Observable<T> {
  return lease$.pipe(
    catchError((error: unknown) => {
      if (error instanceof LockError) throw error;
      return NEVER;
    }),
  );
}
