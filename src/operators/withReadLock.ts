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
 * Acquires the lock for reading, subscribes the source when it is granted, and releases the lock
 * when the source ends. Any number of readers can hold it together.
 *
 * ```text
 * lock held for writing   ^--!
 * source                     -a-b-|
 * withReadLock(lock)      ----a-b-|
 * ```
 *
 * @remarks
 * Every subscription is a request of its own. The lock is held until the source has completed,
 * errored or been unsubscribed and its own teardown has run, with everything it has subscribed.
 *
 * Position: everything above the operator runs while the lock is held. An operator below it can
 * end the hold, or cancel the wait, only by unsubscribing: `takeUntil` below cancels a waiting
 * request, `takeUntil` above is not even subscribed before the grant.
 *
 * Fairness: the policy of the lock decides the order of readers and writers.
 *
 * Cancellation: unsubscribing cancels a waiting request, whose source is then never subscribed, and
 * releases the lock later.
 *
 * Errors: those of {@link Gate.acquire}. An error of the source passes through and releases the
 * lock, which stays usable.
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
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withWriteLock}
 */
export function withReadLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Acquires the lock for reading for every value of the source, subscribes the inner Observable that
 * `project` returns for the value, and merges the results.
 *
 * ```text
 * source                            -1--2------|
 * withReadLock(lock, x => a-b|)     -a-ba-b----|
 * ```
 *
 * @remarks
 * Each value is a request of its own: readers of one source overlap. The result completes when the
 * source and all inner Observables have completed.
 *
 * Cancellation and errors: as above, for each inner Observable; the first error, also one thrown
 * by `project`, ends the result and cancels or releases all the others. If the lease is released
 * early, the rest of the inner Observable runs without the lock.
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
 * @param project - returns the inner Observable for a value, while the lock is held
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
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
  return withLock('withReadLock', lock, 'reader', projectOrOptions, options);
}
