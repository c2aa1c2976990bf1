import {
  EMPTY,
  mergeMap,
  type MonoTypeOperatorFunction,
  Observable,
  type ObservableInput,
  type ObservedValueOf,
  type OperatorFunction,
  type Subscriber,
} from 'rxjs';
import type { RequestPlan } from '../lock/LockGate.js';
import type { Lease, LockLike } from '../lock/LockLike.js';
import { ownOptions, type RequestOptions } from '../lock/RequestOptions.js';
import { LiveRead } from './LiveRead.js';
import { checkedGate, type LockProject } from './withLock.js';

/**
 * Reads under the lock when it is subscribed, and again after each write: subscribes the source
 * while it holds the lock for reading, and subscribes it again whenever a write has ended.
 *
 * ```text
 * lock held for writing          ^--!     ^-!
 * source                      a|
 * withLiveReadLock(lock)      a-----a-------a---
 * ```
 *
 * @remarks
 * The source must complete: each read holds the lock until then, and keeps every writer waiting.
 * The result completes when the lock is closed.
 *
 * There is one read at a time. A read that waits sees every write that has ended when it is
 * granted, so writes in a row cause one read. With the lock of a key, only the writes of that key,
 * and of all keys, cause a read. A write that ends while a read runs, as an upgrade through the
 * same lease can, causes one more read.
 *
 * A consumer that writes what it reads loops: each write causes the next read.
 *
 * Each subscription reads on its own. If several consumers show the same data, put RxJS's `share`
 * below the operator.
 *
 * Fairness: each read is a request of its own, at the end of the queue. Under `fifo` and
 * `phaseFair`, writes that follow one another do not starve it.
 *
 * Cancellation: unsubscribing cancels a waiting read, or ends a running one, and leaves nothing at
 * the lock.
 *
 * Errors: those of {@link Gate.acquire}. Each read has the conditions of the options; the first
 * read that fails ends the result, and so does an error of the source. The `signal` ends the result
 * at any time, also between two reads. When the lock is closed, or the lease that was passed as the
 * lock is released, a read in progress is still served, and then the result completes. When the
 * lock fails, the result errors.
 *
 * @example
 * ```ts
 * import { defer, of, tap } from 'rxjs';
 * import { ReadWriteLock, withLiveReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * let theme = 'light';
 * defer(() => of(theme))
 *   .pipe(withLiveReadLock(lock))
 *   .subscribe((shown) => console.log(shown)); // light, dark
 * of('dark')
 *   .pipe(tap((changed) => (theme = changed)), withWriteLock(lock))
 *   .subscribe();
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param options - conditions of each read
 * @returns an operator that keeps the type of the values
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock} to read once
 */
export function withLiveReadLock<T>(
  lock: LockLike,
  options?: RequestOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Reads for every value of the source, and again after each write: subscribes what `project`
 * returns for the value, under the lock, calls `project` again whenever a write has ended, and
 * merges the results.
 *
 * ```text
 * source                                -1--2---------
 * lock held for writing                       ^--!
 * withLiveReadLock(lock, x => read(x))  -a--b----(ab)-
 * ```
 *
 * @remarks
 * The live reads of earlier values go on. The result completes when the source has completed and
 * the lock is closed. To read for the newest value only, use the operator inside `switchMap`.
 *
 * Cancellation and errors: as above, for each value; the first error, also one thrown by `project`,
 * ends the result and all reads.
 *
 * @example
 * ```ts
 * import { of, tap } from 'rxjs';
 * import { KeyedReadWriteLock, withLiveReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const locks = new KeyedReadWriteLock<string>();
 * const prices = new Map([['tea', 3]]);
 * of('tea')
 *   .pipe(withLiveReadLock(locks.for('tea'), (name) => of(prices.get(name))))
 *   .subscribe((price) => console.log(price)); // 3, 4
 * of(4)
 *   .pipe(tap((price) => prices.set('tea', price)), withWriteLock(locks.for('tea')))
 *   .subscribe();
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param project - returns the inner Observable of each read, while the lock is held
 * @param options - conditions of each read
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock} to read once
 */
export function withLiveReadLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  project: LockProject<T, O>,
  options?: RequestOptions,
): OperatorFunction<T, ObservedValueOf<O>>;

export function withLiveReadLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  projectOrOptions?: LockProject<T, O> | RequestOptions,
  more?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  const gate = checkedGate('withLiveReadLock', lock, 'reader');
  if (typeof projectOrOptions !== 'function') {
    // `null` is refused.
    // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- it must not be passed by
    const plan = gate.planOf(ownOptions(projectOrOptions === undefined ? more : projectOrOptions));
    return (source) =>
      new Observable((consumer) => {
        new LiveRead(plan, consumer, () => source);
      });
  }
  const plan = gate.planOf(ownOptions(more));
  const project = projectOrOptions as Project<T, ObservedValueOf<O>>;
  return (source) =>
    new Observable((consumer) =>
      source.pipe(mergeMap(liveReadFor(plan, project, consumer))).subscribe(consumer),
    );
}

type Project<T, R> = LockProject<T, ObservableInput<R>>;

// A function of its own: what it returns is kept by every lease, and must not keep the source.
function liveReadFor<T, R>(
  plan: RequestPlan,
  project: Project<T, R>,
  consumer: Subscriber<R>,
): (value: T, index: number) => Observable<R> {
  return (value, index) =>
    new Observable((reader) => {
      // Live reads are unsubscribed one by one. The end of one may grant another, for a consumer
      // that has gone.
      const open = (lease: Lease) => (consumer.closed ? EMPTY : project(value, lease, index));
      new LiveRead(plan, reader, open);
    });
}
