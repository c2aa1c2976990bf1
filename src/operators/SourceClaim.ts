import type { Observable, Subscriber } from 'rxjs';
import { Claim } from '../lock/Claim.js';
import type { Gate } from '../lock/Gate.js';
import type { WriteLease } from '../lock/Lease.js';
import type { RequestOptions } from '../lock/RequestOptions.js';

/** The claim of an operator: granted, it subscribes the source; the end of that lets go. */
export class SourceClaim<T> extends Claim {
  readonly #subscriber: Subscriber<T>;
  readonly #source: (lease: WriteLease) => Observable<T>;
  /** Whether it has been granted or failed, and needs no withdrawing any more. */
  #answered = false;

  constructor(
    subscriber: Subscriber<T>,
    source: (lease: WriteLease) => Observable<T>,
    gate: Gate,
    options: RequestOptions,
  ) {
    super(gate, options);
    this.#subscriber = subscriber;
    this.#source = source;
  }

  /**
   * Asks the gate, which is not kept: it may lead to a lease that is long gone. Until the
   * answer, unsubscribing withdraws.
   */
  start(gate: Gate): void {
    gate.ask(this);
    if (!this.#answered) this.#subscriber.add(this);
  }

  // The release is added after the source has been subscribed: teardowns run in the order in
  // which they were added, and the next holder must not start while this source still cleans up.
  override granted(): void {
    const subscriber = this.#subscriber;
    this.#answered = true;
    subscriber.remove(this);
    try {
      if (!subscriber.closed) this.#source(this).subscribe(subscriber);
    } catch (error) {
      subscriber.error(error);
    } finally {
      subscriber.add(this);
    }
  }

  override failed(error: unknown): void {
    this.#answered = true;
    this.#subscriber.error(error);
  }
}
