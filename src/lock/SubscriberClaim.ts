import type { Subscriber } from 'rxjs';
import { Claim } from './Claim.js';
import type { Gate } from './Gate.js';
import type { WriteLease } from './Lease.js';
import type { RequestOptions } from './RequestOptions.js';

/** The claim of `gate.acquire()`: emits itself as the lease, completes when that is released. */
export class SubscriberClaim extends Claim {
  readonly #subscriber: Subscriber<WriteLease>;

  constructor(gate: Gate, options: RequestOptions, subscriber: Subscriber<WriteLease>) {
    super(gate, options);
    this.#subscriber = subscriber;
  }

  override granted(): void {
    this.#subscriber.next(this);
  }

  override failed(error: unknown): void {
    this.#subscriber.error(error);
  }

  override release(): void {
    // The consumer first, the lock second: the order in which `finalize` would run.
    try {
      if (this.phase === 'held') this.#subscriber.complete();
    } finally {
      this.drop();
    }
  }
}
