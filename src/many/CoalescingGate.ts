import type { SchedulerAction, Subscription } from 'rxjs';
import type { LockMode, Mode } from '../core/LockMode.js';
import type { LockError } from '../core/errors.js';
import { expected } from '../lock/checks.js';
import { isGate, type LeaseRequest, LockGate } from '../lock/LockGate.js';
import type { Gate } from '../lock/LockLike.js';
import { isCoalescing } from './isCoalescing.js';

/**
 * A gate in front of another one. Its requests are those of the other gate, unless the derived
 * class lets them take the place of one another, or drops them.
 */
export class CoalescingGate<M extends LockMode = LockMode> extends LockGate<M> {
  readonly inner: LockGate<M>;
  /** The key of the requests that coalesce with those of this gate. */
  readonly group: unknown;

  constructor(inner: LockGate<M>, group: unknown) {
    super(inner.lock, inner.modeIndex, inner.key, inner.parent);
    this.inner = inner;
    this.group = group;
  }

  override get unnested(): LockGate {
    return this.inner.unnested;
  }

  override through<N extends LockMode>(lease: LeaseRequest, mode: Mode): LockGate<N> {
    return this.inner.through(lease, mode);
  }

  /** Actions do not coalesce. */
  override schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delay?: number,
    state?: T,
  ): Subscription {
    return this.inner.schedule(work, delay, state);
  }
}

/** The gate, or the function from keys to gates, that is made of the argument of `name`. */
export function wrapGates(
  name: string,
  gate: unknown,
  wrap: (inner: LockGate, group: unknown) => Gate,
): Gate | ((key: unknown) => Gate) {
  const wrapped = (what: string, inner: unknown, group?: unknown) => {
    if (!isGate(inner)) throw expected(what, 'a gate', inner);
    if (isCoalescing(inner)) throw new TypeError(`${what} is already a gate of latest or drop`);
    return wrap(inner, group);
  };
  if (typeof gate !== 'function') return wrapped(`the argument of ${name}`, gate);
  const gateOf = gate as (key: unknown) => unknown;
  const result = `the result of the function given to ${name}`;
  return (key) => wrapped(result, gateOf(key), key);
}

/** Calls back whenever the wait or the hold of a request has ended, before others are told. */
export function onEnd(request: LeaseRequest, changed: () => void): void {
  // This is the only call that every way to end a wait or a hold makes; a call of a hook in the
  // class itself would be made for each request of every lock.
  const endLimits = request.endLimits.bind(request);
  request.endLimits = () => {
    endLimits();
    changed();
  };
}

/** Completes the consumer of a request that is not made; a promise can only reject. */
export function completeEmpty({ observer }: LeaseRequest, error: () => LockError): void {
  if (observer.complete) observer.complete();
  else observer.error?.(error());
}
