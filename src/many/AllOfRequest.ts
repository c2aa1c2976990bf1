import type { Request } from '../core/Request.js';
import { Claim } from '../lock/Claim.js';
import type { LockGate } from '../lock/LockGate.js';
import type { RequestOptions } from '../lock/RequestOptions.js';

/**
 * What a claim on several gates does: asks them one after the other, in one global order, and
 * gives all back where one of them fails.
 */
export class AllOfRequest {
  readonly name: string;
  readonly parts: Claim[] = [];
  readonly #gates: readonly LockGate[];
  readonly #options: RequestOptions;
  #asking = false;
  #again = false;
  #claim: Claim | undefined;
  #lost: { readonly error: unknown } | undefined;

  constructor(name: string, gates: readonly LockGate[], options: RequestOptions) {
    this.name = name;
    this.#gates = gates;
    this.#options = options;
  }

  ask(claim: Claim): void {
    claim.owner = this;
    claim.phase = 'waiting';
    this.#claim = claim;
    this.askNext();
  }

  /** Asks for what is missing; called by each part that has been granted. */
  askNext(): void {
    this.#again = true;
    // A part that is granted at once calls back in here: in a loop, not by recursion.
    if (this.#asking) return;
    const claim = this.#claim as Claim;
    this.#asking = true;
    while (this.#again && claim.phase === 'waiting') {
      this.#again = false;
      const gate = this.#gates[this.parts.length];
      if (gate) {
        gate.ask(this.#newPart(gate));
      } else {
        claim.phase = 'held';
        claim.endWait();
        claim.granted();
      }
    }
    this.#asking = false;
  }

  /** Takes all at once, without calling the claim back, or nothing. */
  tryAsk(claim: Claim): boolean {
    this.#claim = claim;
    try {
      if (!this.#gates.every((gate) => gate.tryAsk(this.#newPart(gate)))) this.#giveBack();
      else if (this.#lost) throw this.#lost.error;
      else claim.phase = 'held';
    } catch (error) {
      this.#giveBack();
      throw error;
    }
    claim.owner = this;
    return claim.phase === 'held';
  }

  /** A part has been refused, or lost with its lock: without it there is no whole. */
  fail(error: unknown): void {
    this.#lost = { error };
    const claim = this.#claim as Claim;
    // The consumer first: its source must have ended when the other locks are let go.
    try {
      claim.failed(error);
    } finally {
      this.drop(claim);
    }
  }

  drop(claim: Request): void {
    claim.phase = 'over';
    claim.endWait();
    this.#giveBack();
  }

  #newPart(gate: LockGate): Claim {
    const part = new Claim(gate, this.#options, {
      next: () => this.askNext(),
      error: (error) => this.fail(error),
    });
    this.parts.push(part);
    return part;
  }

  #giveBack(): void {
    for (const part of [...this.parts].reverse()) part.drop();
  }
}
