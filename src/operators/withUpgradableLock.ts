import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { LockLike, UpgradableLease } from '../lock/LockLike.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { type LockProject, withLock } from './withLock.js';

/**
 * Acquires the lock for a read that may become a write, subscribes the source when it is granted,
 * and releases the lock when the source ends.
 *
 * ```text
 * lock held for reading      ^----------!
 * source                     -a-b-|
 * withUpgradableLock(lock)   -a-b-|
 * ```
 *
 * @remarks
 * It is shared with readers, but there is only one upgradable owner at a time. Without a function
 * the source gets no lease to upgrade: use the form with a function to write.
 *
 * Cancellation and errors: as with {@link withReadLock}.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withUpgradableLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * of('alone among its kind')
 *   .pipe(withUpgradableLock(lock))
 *   .subscribe(() => console.log(lock.upgradable.locked)); // true
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param options - conditions of the request
 * @returns an operator that keeps the type of the values
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock}
 */
export function withUpgradableLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Acquires the lock in the upgradable mode for every value of the source, subscribes the inner
 * Observable that `project` returns for the value, and merges the results.
 *
 * @remarks
 * Inside, `withWriteLock(lease)` is the upgrade: it waits only for the other readers, goes before
 * every waiting request, and no other owner writes between the read and its write. From the moment
 * it waits, no new reader is granted. A cancelled upgrade leaves its owner upgradable.
 *
 * Cancellation and errors: as with {@link withReadLock}, for each inner Observable.
 *
 * @example
 * ```ts
 * import { EMPTY, of, tap } from 'rxjs';
 * import { ReadWriteLock, withUpgradableLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const cache = new Map<string, number>();
 * of('answer', 'answer')
 *   .pipe(
 *     withUpgradableLock(lock, (key, lease) =>
 *       cache.has(key)
 *         ? EMPTY
 *         : of(42).pipe(
 *             tap((value) => cache.set(key, value)),
 *             withWriteLock(lease),
 *           ),
 *     ),
 *   )
 *   .subscribe((value) => console.log('loaded', value)); // loaded 42
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param project - returns the inner Observable for a value, while the lock is held
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withWriteLock}
 */
export function withUpgradableLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  project: LockProject<T, O, UpgradableLease>,
  options?: RequestOptions,
): OperatorFunction<T, ObservedValueOf<O>>;

export function withUpgradableLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  projectOrOptions?: LockProject<T, O, UpgradableLease> | RequestOptions,
  options?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  return withLock('withUpgradableLock', lock, 'upgradable', projectOrOptions, options);
}
