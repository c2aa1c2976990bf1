import { Claim } from './Claim.js';
import type { Gate } from './Gate.js';
import type { WriteLease } from './Lease.js';
import type { RequestOptions } from './RequestOptions.js';

/** The claim of `gate.lease()`: resolves to itself. */
export class PromiseClaim extends Claim {
  readonly #resolve: (lease: WriteLease) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    gate: Gate,
    options: RequestOptions,
    resolve: (lease: WriteLease) => void,
    reject: (error: unknown) => void,
  ) {
    super(gate, options);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override granted(): void {
    this.#resolve(this);
  }

  override failed(error: unknown): void {
    this.#reject(error);
  }
}
