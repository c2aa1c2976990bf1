import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { LockLike, WriteLease } from '../lock/LockLike.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { type LockProject, withLock } from './withLock.js';

/**
 * Acquires the lock for writing, subscribes the source when it is granted, and releases the lock
 * when the source ends. A writer holds it alone.
 *
 * ```text
 * lock held for reading   ^-!
 * lock held for reading   ^---!
 * source                      -a-b-|
 * withWriteLock(lock)     -----a-b-|
 * ```
 *
 * @remarks
 * Every subscription is a request of its own. The lock is held until the source has completed,
 * errored or been unsubscribed and its own teardown has run, with everything it has subscribed.
 * Only then is the next source subscribed.
 *
 * Position: everything above the operator runs while the lock is held. An operator below it can
 * end the hold, or cancel the wait, only by unsubscribing. Unsubscribing does not stop what a
 * server has begun: in `switchMap(() => save$.pipe(withWriteLock(lock)))` a new value releases the
 * lock while the old save may still run there.
 *
 * Fairness: the policy of the lock decides the order of readers and writers.
 *
 * Cancellation: unsubscribing cancels a waiting request, whose source is then never subscribed, and
 * grants the requests that it blocked. Later it releases the lock.
 *
 * Errors: those of {@link Gate.acquire}. An error of the source passes through and releases the
 * lock, which stays usable.
 *
 * @example
 * ```ts
 * import { of, tap } from 'rxjs';
 * import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const saved: string[] = [];
 * of('draft')
 *   .pipe(tap((text) => saved.push(text)), withWriteLock(lock))
 *   .subscribe(() => console.log(saved.length)); // 1
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param options - conditions of the request
 * @returns an operator that keeps the type of the values
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock}
 */
export function withWriteLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Acquires the lock for writing for every value of the source, subscribes the inner Observable that
 * `project` returns for the value, and merges the results.
 *
 * ```text
 * source                            -1--2------|
 * withWriteLock(lock, x => a-b|)    -a-ba-b----|
 * ```
 *
 * @remarks
 * Each value is a request of its own: the inner Observables run one after the other, in the order
 * of the values, and other requests get their turn between them. The result completes when the
 * source and all inner Observables have completed.
 *
 * Cancellation and errors: as above, for each inner Observable; the first error, also one thrown
 * by `project`, ends the result and cancels or releases all the others. If the lease is released
 * early, the rest of the inner Observable runs without the lock.
 *
 * @example
 * ```ts
 * import { from, of } from 'rxjs';
 * import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * let balance = 0;
 * from([10, 20])
 *   .pipe(withWriteLock(lock, (amount) => of((balance += amount))))
 *   .subscribe((sum) => console.log(sum)); // 10, 30
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param project - returns the inner Observable for a value, while the lock is held
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock}
 */
export function withWriteLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  project: LockProject<T, O, WriteLease>,
  options?: RequestOptions,
): OperatorFunction<T, ObservedValueOf<O>>;

export function withWriteLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  projectOrOptions?: LockProject<T, O, WriteLease> | RequestOptions,
  options?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  return withLock('withWriteLock', lock, 'writer', projectOrOptions, options);
}
