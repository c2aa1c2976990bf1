import { catchError, NEVER, type Observable, type Subscription, switchMap } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type Gate, LockError } from '../index.js';

/**
 * Occupies a lock for a window of frames, within `TestScheduler.run`.
 *
 * @remarks
 * The window is a diagram of a subscription: from the frame of `^` it asks, as anybody else does,
 * and in the frame of `!` it lets go, or stops waiting; without a `!` it holds on. Nothing happens
 * before the scheduler is flushed, at the end of `run` at the latest, and in one frame things
 * happen in the order in which they were set up: what is to find the lock occupied comes after this
 * call. Where the lock is failed meanwhile, the occupation ends and says nothing of it.
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
 * @param gate - what is asked for: `lock.reader`, `lock.upgradable`, `lock.writer`
 * @param window - a diagram of one `^` and at most one `!`, with `10ms` for a longer time
 * @param helpers - what `run` hands out; of these, `cold`
 * @returns a subscription that ends the occupation early
 * @throws TypeError for what is no gate, RangeError for a window that never begins or that ends
 * before it does, and Error for one that is no window
 */
export function occupyLock(
  gate: Gate,
  window: string,
  { cold }: Pick<RunHelpers, 'cold'>,
): Subscription {
  if (typeof (gate as Gate | undefined)?.acquire !== 'function')
    throw new TypeError('a gate of a lock is what is occupied');
  const { subscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(window, true);
  if (subscribedFrame === Infinity) throw new RangeError(`the window "${window}" has no ^`);
  if (/!.*\^/.test(window)) throw new RangeError(`the window "${window}" ends before it begins`);
  return cold(window.replace('^', 'a').replace('!', 'z'))
    .pipe(switchMap((mark) => (mark === 'a' ? gate.acquire().pipe(unlessFailed) : NEVER)))
    .subscribe();
}

/** A lock that fails is what the test is about; one that refuses is a mistake in the test. */
function unlessFailed<T>(lease$: Observable<T>): Observable<T> {
  return lease$.pipe(
    catchError((error: unknown) => {
      if (error instanceof LockError) throw error;
      return NEVER;
    }),
  );
}
