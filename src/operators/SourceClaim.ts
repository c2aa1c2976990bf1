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
  /** Makes the source; until it is gone the claim has not been answered. */
  #source: ((lease: WriteLease) => Observable<T>) | undefined;
  /** What the source has subscribed: torn down before the release, which is added later. */
  #teardown: Subscription | undefined = undefined;

  constructor(
    consumer: Subscriber<T>,
    source: (lease: WriteLease) => Observable<T>,
    gate: Gate,
    options: RequestOptions,
  ) {
    super(gate, options, consumer as Subscriber<unknown>);
    this.#source = source;
  }

  /** Asks; until the answer, unsubscribing the consumer withdraws. */
  start(): void {
    this.gate.ask(this);
    if (this.#source) this.observer.add(this);
  }

  // The release is added after the source has been subscribed: teardowns run in the order in
  // which they were added, and the next holder must not start while this source still cleans up.
  override granted(): void {
    const { observer } = this;
    const source = this.#source;
    this.#source = undefined;
    observer.remove(this);
    try {
      if (source && !observer.closed) this.add(source(this).subscribe(this));
    } catch (error) {
      observer.error(error);
    } finally {
      observer.add(this);
    }
  }

  override failed(error: unknown): void {
    this.#source = undefined;
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
    if (!this.#teardown) this.observer.add((this.#teardown = new Subscription()));
    this.#teardown.add(teardown);
  }

  remove(teardown: Subscription): void {
    this.#teardown?.remove(teardown);
  }

  /** Lets go once the consumer has gone; where it is the source that wants to go, both do. */
  override unsubscribe(): void {
    if (this.closed) this.release();
    else this.observer.unsubscribe();
  }
}
