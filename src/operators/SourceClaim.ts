import {
  type Observable,
  type Observer,
  type Subscriber,
  Subscription,
  type TeardownLogic,
} from 'rxjs';
import { Claim } from '../lock/Claim.js';
import type { Gate } from '../lock/Gate.js';
import type { WriteLease } from '../lock/Lease.js';
import type { RequestOptions } from '../lock/RequestOptions.js';

/**
 * The claim of an operator: granted, it subscribes the source, whose end lets go.
 *
 * It is the source's subscriber itself: RxJS takes as one whatever has the methods of an observer
 * and of a subscription. On the consumer's own subscriber, an inner subscription that `switchMap`,
 * say, adds later would stand behind the release, and would end when the next holder has started.
 */
export class SourceClaim<T> extends Claim implements Observer<T> {
  /** The consumer, who hears of the source and not of the lease. */
  declare readonly observer: Subscriber<unknown>;
  readonly #source: (lease: WriteLease) => Observable<T>;
  /** What the source has subscribed. */
  #teardown: Subscription | undefined = undefined;
  /** Whether it subscribes or tears down just now: it is that which lets go, when it is done. */
  #busy = false;

  constructor(
    consumer: Subscriber<T>,
    source: (lease: WriteLease) => Observable<T>,
    gate: Gate,
    options: RequestOptions,
  ) {
    super(gate, options, consumer as Subscriber<unknown>);
    this.#source = source;
  }

  /** Asks; unsubscribing the consumer withdraws, and later lets go. */
  start(): void {
    if (this.closed) return;
    // Before it asks: an endless synchronous source must hear that its consumer has enough.
    this.observer.add(this);
    this.gate.ask(this);
  }

  override granted(): void {
    this.#busy = true;
    try {
      if (!this.closed) this.add(this.#source(this).subscribe(this));
    } catch (error) {
      this.error(error);
    }
    this.#busy = false;
    if (this.closed) this.unsubscribe();
  }

  override failed(error: unknown): void {
    this.error(error);
  }

  /** Lets the lock go, and what is left of the source runs without it. */
  override release(): void {
    this.gate.drop(this);
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
    // RxJS adds what a source returned: nothing, as a rule, where it has ended already.
    if (!teardown || teardown === this) return;
    if (this.closed) Subscription.EMPTY.add(teardown);
    else (this.#teardown ??= new Subscription()).add(teardown);
  }

  remove(teardown: Subscription): void {
    this.#teardown?.remove(teardown);
  }

  // Source first, release second: the next holder must not start while this source still cleans up,
  // and what it has subscribed is known when `subscribe` has returned.
  override unsubscribe(): void {
    if (this.closed) this.#letGo();
    // It is the source that wants to go: both do.
    else this.observer.unsubscribe();
  }

  #letGo(): void {
    const busy = this.#busy;
    this.#busy = true;
    try {
      this.#teardown?.unsubscribe();
    } finally {
      this.#busy = busy;
      if (!busy) this.release();
    }
  }
}
