import {
  asyncScheduler,
  Observable,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { type LockMode, modeOf, type Strength } from '../core/LockMode.js';
import type { Scope } from '../core/Scope.js';
import { Claim } from './Claim.js';
import type { LeaseOf, WriteLease } from './Lease.js';
import { GateAction } from './GateAction.js';
import { requestOptions, type RequestOptions } from './RequestOptions.js';

/** The observer of a claim whose answer is a return value. */
export const NOBODY = {};

/**
 * Asks for a lock in one mode: one of its sides. It is a scheduler, too.
 *
 * @remarks
 * Not made by hand: take it from `lock.reader`, `lock.upgradable`, `lock.writer`, from the same
 * properties of a {@link Lease}, or from {@link allOf}.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { type Gate, ReadWriteLock, withGate } from 'rxjs-rwlock';
 *
 * const save = (gate: Gate) => of('saved').pipe(withGate(gate));
 * save(new ReadWriteLock().writer).subscribe((text) => console.log(text)); // saved
 * ```
 *
 * @typeParam M - the mode
 * @see {@link withGate}
 */
export abstract class Gate<M extends LockMode = LockMode> implements SchedulerLike {
  /** The mode that is asked for here. */
  get mode(): M {
    return modeOf(this.strength) as M;
  }

  /** Whether anybody holds the lock in this gate's mode. */
  abstract readonly locked: boolean;

  /** @internal The name of what is asked for, in the messages of errors. */
  abstract readonly name: string;
  /** @internal The mode, as the core knows it. */
  abstract readonly strength: Strength;
  /** @internal The lease that is asked through, where there is one. */
  readonly through?: Claim | undefined;
  /** @internal The key that is asked for, where it is not the whole lock. */
  readonly scope?: Scope;

  /** @internal Sends a new claim in. */
  abstract ask(claim: Claim): void;

  /** @internal Grants a new claim at once, without calling it back, or says no. */
  abstract tryAsk(claim: Claim): boolean;

  /** @internal Withdraws a waiting claim, releases a held one; does nothing to any other. */
  abstract drop(claim: Claim): void;

  /** @internal Makes a lease a weaker one in place; the mode has been checked. */
  abstract downgrade(lease: Claim, strength: Strength): void;

  /** @internal The gate of the same lock that asks through a lease. */
  abstract behind<N extends LockMode>(lease: Claim, strength: Strength): Gate<N>;

  /**
   * Asks when subscribed, emits the lease once it is granted, and completes once that is released.
   *
   * ```text
   * asks     ^
   * result   ---L-----|   granted after 3 frames, lease.release() after 9
   * ```
   *
   * @remarks
   * Cancellation: unsubscribing withdraws a waiting request and releases a granted one. So do
   * operators that unsubscribe with the first value: `await firstValueFrom(gate.acquire())` and
   * `take(1)` give a lease that is released already. To await a lease, use {@link Gate.lease}.
   *
   * Errors: {@link LockClosedError} where the lock is closed, {@link LeaseReleasedError} and
   * {@link LockUpgradeError} where it is asked through a lease that can't give it,
   * {@link LockQueueFullError} where too many wait, those of the options, and the reason given to
   * `lock.error(reason)` where the lock fails.
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
   * @throws TypeError or RangeError for options that make no sense
   * @see {@link Gate.lease} for a promise of the lease
   */
  acquire(options?: RequestOptions): Observable<LeaseOf[M]> {
    const terms = requestOptions(options);
    return new Observable<WriteLease>((subscriber) => {
      const claim = new Claim(this, terms, subscriber);
      this.ask(claim);
      return claim;
    });
  }

  /**
   * Asks at once and promises the lease, for `await` and `using`.
   *
   * @remarks
   * Cancellation: a promise has none, but `signal` and `waitTimeout` end the wait. Whoever holds
   * the lease must release it, which `using` does at the end of the block. The promise is rejected
   * with the errors of {@link Gate.acquire}.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * async function read() {
   *   using _lease = await lock.reader.lease();
   *   console.log('nobody writes now');
   * }
   * ```
   *
   * @param options - conditions of the request
   * @returns a promise of the lease
   * @throws TypeError or RangeError for options that make no sense, at once
   * @see {@link Gate.acquire} for an Observable of the lease
   */
  lease(options?: RequestOptions): Promise<LeaseOf[M]> {
    const terms = requestOptions(options);
    return new Promise<WriteLease>((resolve, reject) => {
      this.ask(new Claim(this, terms, { next: resolve, error: reject }));
    });
  }

  /**
   * Takes the lock if that needs no waiting, and never overtakes a conflicting waiter.
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
   * @param options - the priority and label of the request; it never waits, whatever they say
   * @returns the lease, or `undefined` where the request would have to wait
   * @throws what {@link Gate.acquire} errors with where no waiting would help
   */
  tryAcquire(options?: Pick<RequestOptions, 'priority' | 'label'>): LeaseOf[M] | undefined {
    const claim = new Claim(this, requestOptions(options), NOBODY);
    return this.tryAsk(claim) ? claim : undefined;
  }

  /**
   * Runs work under the lock: waits for the delay, asks, and releases when the work returns. That
   * makes a gate a scheduler for `observeOn`, `subscribeOn`, `scheduled`, `range`, `timer` and the
   * like.
   *
   * ```text
   * lock held for writing     ---!
   * range(1, 3, lock.reader)  ---(123|)
   * ```
   *
   * @remarks
   * The lock is held for one action and no longer: between two values of `range`, or two ticks of
   * `interval`, others may enter. An action that schedules itself asks again, when it has let go.
   * Pitfall: in `source$.pipe(observeOn(lock.writer), withWriteLock(lock))` the operator holds the
   * lock while each value of its source asks for it again, as a stranger: it waits for itself.
   *
   * Actions on a read gate run side by side, as readers do: one that is scheduled from inside
   * another may run before those that were let in together with that one.
   *
   * Cancellation: unsubscribing the action withdraws it.
   *
   * Errors: what the work throws, and a refusal of the lock, ends this action and no other; it is
   * reported as RxJS reports errors that nobody handles.
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
   * @param work - what is run, with the action as `this`
   * @param delay - how long to wait before asking, in milliseconds of RxJS time
   * @param state - given to the work
   * @returns the action; unsubscribe it to cancel
   * @throws TypeError where `work` is no function
   */
  schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    if (typeof work !== 'function') throw new TypeError('work is no function');
    return new GateAction<T>(this, work).schedule(state, delay);
  }

  /**
   * Tells the time, as `asyncScheduler` does: in milliseconds, virtual under a `TestScheduler`.
   *
   * @returns the time in milliseconds
   */
  now(): number {
    return asyncScheduler.now();
  }
}
