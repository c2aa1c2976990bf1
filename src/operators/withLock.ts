import {
  EMPTY,
  from,
  mergeMap,
  Observable,
  type ObservableInput,
  type ObservedValueOf,
  type OperatorFunction,
  type Subscriber,
} from 'rxjs';
import { WAITING } from '../core/Request.js';
import { expected } from '../lock/checks.js';
import { isGate, type LeaseRequest, type LockGate, type RequestPlan } from '../lock/LockGate.js';
import type { Lease, LockLike, WriteLease } from '../lock/LockLike.js';
import { ownOptions, type RequestOptions } from '../lock/RequestOptions.js';
import { SourceRequest } from './SourceRequest.js';

/**
 * Returns the inner Observable for one value of the source.
 *
 * It is called when the lock has been granted for that value, with the lease.
 *
 * @see {@link withReadLock}, {@link withUpgradableLock}, {@link withWriteLock}
 */
export type LockProject<T, O extends ObservableInput<unknown>, L extends Lease = Lease> = (
  value: T,
  lease: L,
  index: number,
) => O;

type Project<T, O extends ObservableInput<unknown>> = LockProject<T, O, WriteLease>;

/** The operator `name`, for one side of a lock. */
export function withLock<T, O extends ObservableInput<unknown>>(
  name: string,
  lock: LockLike,
  side: keyof LockLike,
  projectOrOptions?: Project<T, O> | RequestOptions,
  options?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  return holdGate(checkedGate(name, lock, side), projectOrOptions, options);
}

/** The gate of a lock that is the first argument of the operator `name`. */
export function checkedGate(name: string, lock: LockLike, side: keyof LockLike): LockGate {
  const gate: unknown = (lock as Partial<LockLike> | null | undefined)?.[side];
  if (!isGate(gate)) throw expected(`the first argument of ${name}`, 'a lock or a lease', lock);
  return gate;
}

/** Holds a gate while the source runs; with a function, for each of its values. */
export function holdGate<T, O extends ObservableInput<unknown>>(
  gate: LockGate,
  projectOrOptions?: Project<T, O> | RequestOptions,
  more?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  if (typeof projectOrOptions === 'function') {
    const plan = gate.planOf(ownOptions(more), projectOrOptions as Project<unknown, O>);
    return (source) => holdForEach<T, O>(gate, plan, source);
  }
  // `null` is refused.
  // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- it must not be passed by
  const options = ownOptions(projectOrOptions === undefined ? more : projectOrOptions);
  return (source) => {
    const plan = gate.planOf(options, () => source);
    return new Observable((subscriber: Subscriber<unknown>) =>
      new SourceRequest<T>(plan, subscriber).start(gate),
    ) as Observable<T>;
  };
}

/** Holds a gate for each value of the source on its own, and merges the results. */
function holdForEach<T, O extends ObservableInput<unknown>>(
  gate: LockGate,
  plan: RequestPlan,
  source: Observable<T>,
): Observable<ObservedValueOf<O>> {
  return new Observable((subscriber) => {
    const waiting = new Set<ValueRequest<T, O>>();
    // Inner Observables are unsubscribed one by one. Those that wait have to go first: or the end
    // of one would grant the next, for a consumer that has gone.
    const cancel = (request: LeaseRequest) => request.phase === WAITING && request.leave();
    subscriber.add(() => waiting.forEach(cancel));
    return source
      .pipe(mergeMap(holdFor<T, O>(gate, plan, subscriber, waiting)))
      .subscribe(subscriber);
  });
}

// A function of its own: what it returns is kept by every lease, and must not keep the source.
function holdFor<T, O extends ObservableInput<unknown>>(
  gate: LockGate,
  plan: RequestPlan,
  outer: Subscriber<unknown>,
  waiting: Set<ValueRequest<T, O>>,
): (value: T, index: number) => Observable<ObservedValueOf<O>> {
  return (value, index) =>
    new Observable((consumer) => {
      const request = new ValueRequest<T, O>(plan, consumer, value, index, outer, waiting);
      const teardown = request.start(gate);
      if (request.phase === WAITING) waiting.add(request);
      return teardown;
    });
}

/** The request for one value of the source. */
class ValueRequest<T, O extends ObservableInput<unknown>> extends SourceRequest<
  ObservedValueOf<O>
> {
  #value: T | undefined;
  readonly #index: number;
  /** The consumer of what is made of all values. */
  readonly #outer: Subscriber<unknown>;
  readonly #waiting: Set<ValueRequest<T, O>>;

  constructor(
    plan: RequestPlan,
    consumer: Subscriber<ObservedValueOf<O>>,
    value: T,
    index: number,
    outer: Subscriber<unknown>,
    waiting: Set<ValueRequest<T, O>>,
  ) {
    super(plan, consumer as Subscriber<unknown>);
    this.#value = value;
    this.#index = index;
    this.#outer = outer;
    this.#waiting = waiting;
  }

  override leave(): void {
    this.#waiting.delete(this);
    super.leave();
  }

  protected override open(): Observable<ObservedValueOf<O>> {
    const value = this.#value as T;
    // A lease that is kept by other code must not keep the value.
    this.#value = undefined;
    // While others are cancelled, user code may free the lock.
    if (this.#outer.closed) return EMPTY;
    return from((this.plan.source as Project<T, O>)(value, this, this.#index));
  }
}
