import {
  type Observable,
  type ObservableInput,
  type Observer,
  type Subscriber,
  Subscription,
  type TeardownLogic,
  type Unsubscribable,
} from 'rxjs';
import { OVER } from '../core/Request.js';
import { checkThis, LeaseRequest, type LockGate } from '../lock/LockGate.js';
import type { Lease } from '../lock/LockLike.js';
import { report } from '../lock/report.js';

/** Gives the source of one run, which holds the lock. */
export type Open<T> = (lease: Lease) => ObservableInput<T>;

/** The consumer's subscription ends this request. */
const LINKED = 1;
/** The source is being subscribed or torn down. The lock is released when that is done. */
const BUSY = 2;

/**
 * The request of an operator: once granted, it subscribes the source, whose end releases the lock.
 *
 * It is itself the source's subscriber: RxJS takes as one whatever has the methods of an observer
 * and of a subscription. If the source got the consumer's own subscriber, an inner subscription
 * that it adds later, as `switchMap` does, would be torn down after the release, when the source of
 * the next holder has started.
 */
export class SourceRequest<T> extends LeaseRequest implements Observer<T> {
  /** The consumer. It is told about the source, not about the lease. */
  declare readonly observer: Subscriber<unknown>;
  /** What the source has added: most add nothing, or one thing. */
  teardown: Unsubscribable | (() => void) | undefined = undefined;
  flags = 0;

  /**
   * Makes the request.
   *
   * @returns what the consumer's subscription has to end, unless that is linked or over already
   */
  start(gate: LockGate): this | undefined {
    if (this.closed) return undefined;
    gate.request(this);
    // Stryker disable next-line ConditionalExpression,LogicalOperator: linked twice, it is ended twice
    if (this.phase === OVER || this.flags & LINKED) return undefined;
    this.flags |= LINKED;
    return this;
  }

  /** Releases the lock; what is left of the source runs without it. */
  override release(): void {
    checkThis(this, 'release');
    this.leave();
  }

  next(value: T): void {
    this.observer.next(value);
  }

  error(error: unknown): void {
    this.observer.error(error);
  }

  complete(): void {
    this.observer.complete();
  }

  get closed(): boolean {
    return this.observer.closed;
  }

  add(teardown: TeardownLogic): void {
    // RxJS adds what a source has returned, which is this request if the source is one of RxJS.
    // Stryker disable next-line ConditionalExpression,LogicalOperator: it only saves time
    if (!teardown || teardown === this) return;
    if (this.closed) Subscription.EMPTY.add(teardown);
    else {
      this.link();
      const first = this.teardown;
      if (!first) this.teardown = teardown;
      else if (first instanceof Teardowns) first.add(teardown);
      else {
        const several = (this.teardown = new Teardowns());
        several.add(first);
        several.add(teardown);
      }
    }
  }

  remove(teardown: Subscription): void {
    if (this.teardown === teardown) this.teardown = undefined;
    else if (this.teardown instanceof Teardowns) this.teardown.remove(teardown);
  }

  override isBusy(): boolean {
    return (this.flags & BUSY) > 0;
  }

  override unsubscribe(): void {
    if (this.closed) this.tearDown();
    // The source unsubscribed itself: unsubscribe the consumer too.
    else this.observer.unsubscribe();
  }

  protected override begin(): void {
    this.flags |= BUSY;
    try {
      // The consumer may have gone before it was linked to this request.
      if (!this.closed) this.add(this.open().subscribe(this));
    } catch (error) {
      if (this.closed) report(error);
      else this.error(error);
    } finally {
      // Also if a teardown below has thrown.
      this.flags &= ~BUSY;
      if (this.closed) this.tearDown();
    }
  }

  /** The source, now that the lock is held. */
  protected open(): Observable<T> {
    return this.plan.source(undefined, this, 0) as Observable<T>;
  }

  // A source that emits endlessly and synchronously has to hear that its consumer has enough, also
  // if an operator below passes none of its values on. A source that adds nothing looks at
  // `closed`.
  private link(): void {
    // Stryker disable next-line ConditionalExpression: linked twice, it is ended twice
    if (this.flags & LINKED) return;
    this.flags |= LINKED;
    this.observer.add(this);
  }

  // Source first, release second: the next holder must not start while this source still cleans up.
  // What the source has subscribed is known when `subscribe` has returned.
  private tearDown(): void {
    const teardown = this.teardown;
    const isBusy = this.isBusy();
    this.teardown = undefined;
    this.flags |= BUSY;
    try {
      if (typeof teardown === 'function') teardown();
      else teardown?.unsubscribe();
    } finally {
      if (!isBusy) this.leave();
    }
  }
}

/**
 * More than one teardown of a source; not to be confused with a Subscription of the source's own.
 */
class Teardowns extends Subscription {}
