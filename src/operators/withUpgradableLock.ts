import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { UpgradableLease } from '../lock/Lease.js';
import type { LockLike } from '../lock/LockLike.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { type LockProject, withLock } from './withLock.js';

/**
 * Subscribes the source once the lock is granted for a read that may become a write, and lets go
 * when it ends.
 *
 * ```text
 * lock held for reading      -----------!
 * source                     -a-b-|
 * withUpgradableLock(lock)   -a-b-|
 * ```
 *
 * @remarks
 * It shares with readers, but only one upgradable holds at a time. Without a function there is no
 * lease to write through, and the lock is held as by {@link withReadLock}.
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
 * @throws TypeError where `lock` is not a lock, TypeError or RangeError for options that make no
 * sense
 * @see {@link withReadLock}
 */
export function withUpgradableLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Asks for the upgradable mode for every value of the source, and subscribes what `project` makes
 * of the value once that is granted; merges the results as they come.
 *
 * @remarks
 * Inside, `withWriteLock(lease)` is the upgrade: it waits for the other readers only, goes before
 * every waiter, and nobody writes between the read and its write. From the moment in which it
 * waits no new reader enters. A cancelled upgrade leaves the holder upgradable.
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
 * @param project - makes the inner Observable of a value, under the lease
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError where `lock` is not a lock, TypeError or RangeError for options that make no
 * sense
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
  return withLock(lock, 'upgradable', projectOrOptions, options);
}
