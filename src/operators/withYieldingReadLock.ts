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
import { check } from '../lock/checks.js';
import type { RequestPlan } from '../lock/LockGate.js';
import type { Lease, LockLike } from '../lock/LockLike.js';
import { ownOptions, type RequestOptions } from '../lock/RequestOptions.js';
import { checkedGate, type LockProject } from './withLock.js';
import { YieldingRead } from './YieldingRead.js';

/**
 * Conditions of a read that yields, as {@link withYieldingReadLock} takes them.
 */
export interface YieldingReadOptions extends RequestOptions {
  /**
   * How many times the read yields and runs again; after that it finishes its run as any other
   * read. An integer from 0, `3` by default, so that writers without pause don't starve it;
   * `Infinity` means no limit.
   */
  readonly restarts?: number | undefined;
}

/**
 * Acquires the lock for reading, and yields to writers: when a conflicting request begins to wait
 * while the source runs, the source is unsubscribed, and is subscribed again behind that request.
 *
 * ```text
 * source                      a-b-c-|
 * withYieldingReadLock(lock)  ------------(abc|)    runs from 0 to 3, and again from 6 to 12
 * withWriteLock(lock)         ----w-|               requested and granted in frame 3
 * ```
 *
 * @remarks
 * The consumer sees the values of a whole run, together, when that run is complete. So the source
 * must complete, and the values of a run that was cut off are dropped. Whatever else the source
 * does, it does in each run.
 *
 * Fairness: the read requests the lock again when the conflicting request has been granted or has
 * gone, so it stands behind that request under every policy and priority. After `restarts` it
 * finishes its run. A request that was waiting already when the run was granted does not cut it
 * off, and neither does one that doesn't wait, such as `tryAcquire()`.
 *
 * Through a lease it never yields, because the owner of the lease would hold the lock anyway.
 *
 * Cancellation: unsubscribing ends it at any time. An abort of the `signal` does so, too, also
 * while the source runs.
 *
 * Errors: those of {@link Gate.acquire}. The conditions hold for each request: `waitTimeout` begins
 * again when the read has yielded, `ifAvailable` ends it if it can't run again at once, and the
 * `maxWaiting` of the lock may refuse it. An error of the source passes through, without the values
 * before it. A lock that is closed still serves a read that has yielded.
 *
 * @example
 * ```ts
 * import { of, tap, timer } from 'rxjs';
 * import { ReadWriteLock, withWriteLock, withYieldingReadLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * let stock = 'old';
 * timer(20)
 *   .pipe(withYieldingReadLock(lock))
 *   .subscribe(() => console.log('reported:', stock)); // reported: new
 * of('new')
 *   .pipe(
 *     tap((text) => (stock = text)),
 *     withWriteLock(lock),
 *   )
 *   .subscribe(() => console.log('saved at once')); // saved at once
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param options - conditions of each request, and `restarts`
 * @returns an operator that keeps the type of the values
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock} for a read that writers wait for
 */
export function withYieldingReadLock<T>(
  lock: LockLike,
  options?: YieldingReadOptions,
): MonoTypeOperatorFunction<T>;

/**
 * Acquires the lock for reading for every value of the source, subscribes the inner Observable that
 * `project` returns for the value, and merges the results. When a conflicting request begins to
 * wait, each inner Observable that runs is unsubscribed, and `project` is called again behind it.
 *
 * @remarks
 * Each value is a read of its own, with `restarts` of its own.
 *
 * Cancellation and errors: as above, for each read; the first error, also one thrown by `project`,
 * ends the result and all the others. If the lease is released early, the rest of the run is
 * without the lock, and it yields no more.
 *
 * @example
 * ```ts
 * import { from, of } from 'rxjs';
 * import { ReadWriteLock, withYieldingReadLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const prices = new Map([['tea', 3], ['milk', 1]]);
 * from(['tea', 'milk'])
 *   .pipe(withYieldingReadLock(lock, (name) => of(prices.get(name))))
 *   .subscribe((price) => console.log(price)); // 3, 1
 * ```
 *
 * @param lock - the lock, or a lease on one
 * @param project - returns the inner Observable for a value, while the lock is held
 * @param options - conditions of each request, and `restarts`
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError if `lock` is not a lock, TypeError or RangeError for invalid options
 * @see {@link withReadLock} for reads that writers wait for
 */
export function withYieldingReadLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  project: LockProject<T, O>,
  options?: YieldingReadOptions,
): OperatorFunction<T, ObservedValueOf<O>>;

export function withYieldingReadLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  projectOrOptions?: LockProject<T, O> | YieldingReadOptions,
  more?: YieldingReadOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  const gate = checkedGate('withYieldingReadLock', lock, 'reader');
  const isProject = typeof projectOrOptions === 'function';
  const options = isProject || projectOrOptions === undefined ? more : projectOrOptions;
  const plan = gate.planOf(ownOptions(options));
  const restarts = restartsOf(options);
  if (!isProject)
    return (source) =>
      new Observable<T>((consumer) => {
        new YieldingRead(plan, consumer, () => source, restarts);
      });
  const project = projectOrOptions as LockProject<T, ObservableInput<ObservedValueOf<O>>>;
  return (source) =>
    new Observable<ObservedValueOf<O>>((consumer) => {
      const reads: Reads = new Set();
      // They are unsubscribed one by one. Those that do not run have to go first: or the end of one
      // could start the next, for a consumer that has gone.
      consumer.add(() => reads.forEach((read) => read.cancel()));
      return source
        .pipe(mergeMap(readFor(plan, project, restarts, consumer, reads)))
        .subscribe(consumer);
    });
}

type Reads = Set<Pick<YieldingRead<unknown>, 'cancel'>>;

// A function of its own: what it returns is kept by every lease, and must not keep the source.
function readFor<T, R>(
  plan: RequestPlan,
  project: LockProject<T, ObservableInput<R>>,
  restarts: number,
  outer: Subscriber<R>,
  reads: Reads,
): (value: T, index: number) => Observable<R> {
  return (value, index) =>
    new Observable((consumer) => {
      // While others are cancelled, user code may free the lock.
      const open = (lease: Lease) => (outer.closed ? EMPTY : project(value, lease, index));
      const read = new YieldingRead(plan, consumer, open, restarts);
      reads.add(read);
      consumer.add(() => reads.delete(read));
    });
}

function restartsOf({ restarts = 3 }: YieldingReadOptions = {}): number {
  check('restarts', restarts, 'number', 0);
  if (restarts !== Infinity && !Number.isInteger(restarts))
    throw new RangeError(`restarts must be an integer or Infinity, got ${restarts}`);
  return restarts;
}
