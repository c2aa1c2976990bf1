import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { LockLike } from '../lock/LockLike.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { type LockProject, withLock } from './withLock.js';

/**
 * Subscribes the source once the lock is granted for reading, and lets go when it ends.
 *
 * ```text
 * lock held for writing   ---!
 * source                     -a-b-|
 * withReadLock(lock)      ----a-b-|
 * ```
 *
 * @remarks
 * Every subscription is a request of its own. The lock is held until the source has completed,
 * errored or been unsubscribed and its own teardown has run, with all that it has subscribed.
 *
 * Fairness: readers share; who waits, and for whom, is decided by the policy of the lock.
 *
 * Cancellation: unsubscribing a waiting request withdraws it, and the source is never subscribed.
 * Unsubscribing later lets go.
 *
 * Errors: those of {@link Gate.acquire}. An error of the source passes through, and lets go.
 *
 * @example
 * ```ts
 * import { defer, of } from 'rxjs';
 * import { ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const cache = new Map([['answer', 42]]);
 * defer(() => of(cache.get('answer')))
 *   .pipe(withReadLock(lock))
 *   .subscribe((answer) => console.log(answer)); // 42
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param options - conditions of the request
 * @returns an operator that keeps the type of the values
 * @throws TypeError where `lock` is not a lock, TypeError or RangeError for options that make no
 * sense
 * @see {@link withWriteLock}
 */
export function withReadLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Asks to read for every value of the source, and subscribes what `project` makes of the value
 * once that is granted; merges the results as they come.
 *
 * ```text
 * source                            -1--2------|
 * withReadLock(lock, x => a-b|)     -a-ba-b----|
 * ```
 *
 * @remarks
 * Each inner Observable is gated on its own: readers of one source overlap. The result completes
 * when the source and all inner Observables have.
 *
 * Cancellation and errors: as above, for each inner Observable; the first error ends the result
 * and withdraws or releases all the others. What `project` throws is such an error. Releasing the
 * lease early lets the lock go, and what is left of the inner Observable runs without it.
 *
 * @example
 * ```ts
 * import { from, of } from 'rxjs';
 * import { ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const prices = new Map([['tea', 3], ['milk', 1]]);
 * from(['tea', 'milk'])
 *   .pipe(withReadLock(lock, (name) => of(prices.get(name))))
 *   .subscribe((price) => console.log(price)); // 3, 1
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param project - makes the inner Observable of a value, under the lease
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError where `lock` is not a lock, TypeError or RangeError for options that make no
 * sense
 * @see {@link withWriteLock}
 */
export function withReadLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  project: LockProject<T, O>,
  options?: RequestOptions,
): OperatorFunction<T, ObservedValueOf<O>>;

export function withReadLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  projectOrOptions?: LockProject<T, O> | RequestOptions,
  options?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  return withLock(lock, 'reader', projectOrOptions, options);
}
