import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { WriteLease } from '../lock/Lease.js';
import type { LockLike } from '../lock/LockLike.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { type LockProject, withLock } from './withLock.js';

/**
 * Subscribes the source once the lock is granted for writing, and lets go when it ends.
 *
 * ```text
 * lock held for reading   --!
 * lock held for reading   ----!
 * source                      -a-b-|
 * withWriteLock(lock)     -----a-b-|
 * ```
 *
 * @remarks
 * Every subscription is a request of its own. The lock is held until the source has completed,
 * errored or been unsubscribed and its own teardown has run, with all that it has subscribed. Only
 * then is the next holder's source subscribed.
 *
 * Fairness: a writer is alone; who waits, and for whom, is decided by the policy of the lock.
 *
 * Cancellation: unsubscribing a waiting request withdraws it, lets in whoever it held back, and
 * the source is never subscribed. Unsubscribing later lets go.
 *
 * Errors: those of {@link Gate.acquire}. An error of the source passes through, and lets go.
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
 * @throws TypeError where `lock` is not a lock, TypeError or RangeError for options that make no
 * sense
 * @see {@link withReadLock}
 */
export function withWriteLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Asks to write for every value of the source, and subscribes what `project` makes of the value
 * once that is granted; merges the results as they come.
 *
 * ```text
 * source                            -1--2------|
 * withWriteLock(lock, x => a-b|)    -a-ba-b----|
 * ```
 *
 * @remarks
 * Each inner Observable is gated on its own: they run one after the other, in the order of the
 * values, and others that ask for the lock get their turn between them. The result completes when
 * the source and all inner Observables have.
 *
 * Cancellation and errors: as above, for each inner Observable; the first error ends the result
 * and withdraws or releases all the others. What `project` throws is such an error. Releasing the
 * lease early lets the lock go, and what is left of the inner Observable runs without it.
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
 * @param project - makes the inner Observable of a value, under the lease
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError where `lock` is not a lock, TypeError or RangeError for options that make no
 * sense
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
  return withLock(lock, 'writer', projectOrOptions, options);
}
