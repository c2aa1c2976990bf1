/// <reference lib="esnext.disposable" preserve="true" />
import type { Observable, SchedulerAction, SchedulerLike, Subscription } from 'rxjs';
import type { LockMode } from '../core/LockMode.js';
import type { RequestOptions } from './RequestOptions.js';

/**
 * Whatever an operator can lock: a {@link ReadWriteLock}, the lock of a key, or a {@link Lease}.
 * Take it as a parameter, so that callers that hold the lock can pass their lease.
 *
 * @see {@link withReadLock}, {@link withUpgradableLock}, {@link withWriteLock}
 */
export interface LockLike {
  /** Acquires the lock for reading. Any number of readers can hold it together. */
  readonly reader: Gate<'read'>;
  /**
   * Acquires the lock for reading, with the option to upgrade to a write later. It is shared with
   * readers, but there is only one upgradable owner at a time.
   */
  readonly upgradable: Gate<'upgradable'>;
  /** Acquires the lock for writing. A writer holds it alone. */
  readonly writer: Gate<'write'>;
}

/**
 * One side of a lock (`lock.reader`, `lock.upgradable` or `lock.writer`): acquires the lock in that
 * mode, and can be passed to {@link withGate} or {@link allOf}. It is also an RxJS scheduler.
 *
 * @remarks
 * Gates come from locks, from leases, and from {@link allOf}, {@link latest} and {@link drop};
 * they have no public constructor.
 *
 * @typeParam M - the mode
 * @see {@link withGate}
 */
export interface Gate<M extends LockMode = LockMode> extends SchedulerLike {
  /** The mode that is acquired. */
  readonly mode: M;

  /**
   * Whether the lock is held in this mode, by any owner. At {@link latest} and {@link drop} it also
   * counts requests made elsewhere. At {@link allOf} one of the locks is enough, held in the mode
   * requested of it; keys of one lock are all looked up in the strongest of their modes.
   */
  readonly locked: boolean;

  /**
   * Returns a cold Observable that requests the lock when it is subscribed, emits the lease when
   * it is granted, and completes when the lease is released.
   *
   * ```text
   * subscribed  ^
   * result      ---L-----|   granted after 3 frames, lease.release() after 9
   * ```
   *
   * @remarks
   * Cancellation: unsubscribing cancels a waiting request and releases a lease. Operators that
   * unsubscribe on the first value do so, too: `await firstValueFrom(gate.acquire())` and `take(1)`
   * give a lease that is already released. To await a lease, use {@link Gate.lease}.
   *
   * Errors: {@link LockClosedError} if the lock is closed, {@link LeaseReleasedError} and
   * {@link LockUpgradeError} if the request is made through a lease that can't grant it,
   * {@link LockQueueFullError} if too many requests wait, those of the options, and the reason
   * given to `lock.error(reason)` if the lock fails.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * lock.writer.acquire().subscribe((lease) => {
   *   console.log('alone');
   *   lease.release();
   * });
   * ```
   *
   * @param options - conditions of the request
   * @returns a cold Observable of one lease
   * @throws TypeError or RangeError for invalid options
   * @see {@link Gate.lease} for a promise of the lease
   */
  acquire(options?: RequestOptions): Observable<LeaseOf[M]>;

  /**
   * Requests the lock immediately; the promise resolves with the lease once it is granted. For
   * `using lease = await gate.lease()`.
   *
   * @remarks
   * Cancellation: a promise can't be cancelled, but `signal` and `waitTimeout` end the wait. The
   * lease must be released, which `using` does at the end of the block. The promise rejects with
   * the errors of {@link Gate.acquire}.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * async function read() {
   *   using _lease = await lock.reader.lease();
   *   console.log('no writer is active');
   * }
   * ```
   *
   * @param options - conditions of the request
   * @returns a promise of the lease
   * @throws TypeError or RangeError for invalid options, synchronously
   * @see {@link Gate.acquire} for an Observable of the lease
   */
  lease(options?: RequestOptions): Promise<LeaseOf[M]>;

  /**
   * Acquires the lock if that needs no wait, and returns the lease or `undefined`. It never passes
   * a waiting request that conflicts.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * const lease = lock.writer.tryAcquire();
   * if (lease) lease.release();
   * else console.log('busy');
   * ```
   *
   * @param options - the priority and label of the request
   * @returns the lease, or `undefined` if the request would have to wait
   * @throws the error of a request that could never be granted, as {@link Gate.acquire} emits it
   */
  tryAcquire(options?: Pick<RequestOptions, 'priority' | 'label'>): LeaseOf[M] | undefined;

  /**
   * Runs work while the lock is held: waits for the delay, requests the lock, and releases it when
   * the work returns. This makes a gate a scheduler for `observeOn`, `subscribeOn`, `scheduled`,
   * `range`, `timer` and others.
   *
   * ```text
   * lock held for writing     ^--!
   * range(1, 3, lock.reader)  ---(123|)
   * ```
   *
   * @remarks
   * The lock is held for a single action: between two values of `range`, or two ticks of
   * `interval`, others can acquire it. An action that reschedules itself requests the lock again.
   * Pitfall: in `source$.pipe(observeOn(lock.writer), withWriteLock(lock))` the operator holds the
   * lock while every value of its source requests it again, as a different owner: a deadlock.
   *
   * Actions on a read gate run side by side, as readers do: an action that is scheduled inside
   * another one may run before those that were granted together with that one.
   *
   * Cancellation: unsubscribing the action cancels it.
   *
   * Errors: an error thrown by the work, or a refusal of the lock, ends this action and no other.
   * It is reported the way RxJS reports unhandled errors.
   *
   * @example
   * ```ts
   * import { range } from 'rxjs';
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const { writer } = new ReadWriteLock();
   * range(1, 2, writer).subscribe((n) => console.log(n, writer.locked)); // 1 true, 2 true
   * ```
   *
   * @param work - the function to run, with the action as `this`
   * @param delay - the time to wait before the request, in milliseconds of RxJS time
   * @param state - passed to the work
   * @returns the action; unsubscribe it to cancel
   * @throws TypeError if `work` is not a function
   */
  schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delay?: number,
    state?: T,
  ): Subscription;

  /**
   * Returns the current time of `asyncScheduler`, which is virtual under a `TestScheduler`.
   *
   * @returns the time in milliseconds
   */
  now(): number;
}

/**
 * Holds the lock until it is released, and is a lock itself: pass it to code that would request the
 * lock again.
 *
 * A request made through its gates is made for the same owner, and never waits for that owner's own
 * leases:
 *
 * | your lease ↓ / you request → | read | upgradable | write |
 * |---|---|---|---|
 * | read | granted | `LockUpgradeError` | `LockUpgradeError` |
 * | upgradable | granted | granted | waits for the other readers only |
 * | write | granted | granted | granted |
 *
 * @remarks
 * The lock is released with the last lease of its owner. A request through a released lease errors
 * with {@link LeaseReleasedError}.
 */
export interface Lease extends LockLike, Disposable, AsyncDisposable {
  /** The mode that is held. */
  readonly mode: LockMode;
  /** Whether the lease has been released. */
  readonly released: boolean;
  /**
   * Releases the lease. A second call does nothing.
   *
   * If `gate.acquire()` emitted the lease, that Observable completes first. The lock itself is
   * released with the last lease of the owner: a nested lease may outlive this one.
   *
   * @throws TypeError if it is called without its lease; write `() => lease.release()`
   */
  release(): void;
}

/**
 * Holds the lock for a read that may become a write: a write requested through it is an upgrade. It
 * comes from {@link LockLike.upgradable}.
 *
 * @remarks
 * An upgrade waits only for the other readers, and goes before every waiting request.
 *
 * @see {@link withUpgradableLock}
 */
export interface UpgradableLease extends Lease {
  /**
   * Downgrades this lease in place, without releasing the lock. Waiting requests that are
   * compatible with the new mode are granted at once; no writer can get in between.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * lock.upgradable.tryAcquire()?.downgrade('read');
   * console.log(lock.upgradable.tryAcquire()?.mode); // upgradable
   * ```
   *
   * @param mode - the mode to hold from now on; the present mode changes nothing
   * @throws LeaseReleasedError if the lease has been released, TypeError if the mode is stronger
   */
  downgrade(mode: 'read'): void;
}

/**
 * Holds the lock alone, for writing, until it is released or downgraded. It comes from
 * {@link LockLike.writer}.
 */
export interface WriteLease extends Lease {
  /**
   * Downgrades this lease in place, without releasing the lock. Waiting requests that are
   * compatible with the new mode are granted at once; no writer can get in between.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * const lease = lock.writer.tryAcquire();
   * lease?.downgrade('read');
   * console.log(lease?.mode, lock.reader.tryAcquire()?.mode); // read read
   * ```
   *
   * @param mode - the mode to hold from now on; the present mode changes nothing
   * @throws LeaseReleasedError if the lease has been released, TypeError if the mode is stronger
   */
  downgrade(mode: 'read' | 'upgradable'): void;
  /** As above. Because of it an upgradable lease can't be passed as a write lease. */
  // eslint-disable-next-line @typescript-eslint/unified-signatures -- see above
  downgrade(mode: 'upgradable'): void;
}

/**
 * The type of lease for each mode.
 */
export interface LeaseOf {
  /** A read lease can't be downgraded. */
  readonly read: Lease;
  /** An upgradable lease can be downgraded to a read. */
  readonly upgradable: UpgradableLease;
  /** A write lease can be downgraded to either. */
  readonly write: WriteLease;
}
