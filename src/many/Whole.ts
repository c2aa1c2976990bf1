import type { Unsubscribable } from 'rxjs';
import type { Strength } from '../core/LockMode.js';
import { HELD, OVER, WAITING } from '../core/Request.js';
import type { Claim } from '../lock/Claim.js';
import { deliver } from '../lock/deliver.js';
import type { LockGate } from '../lock/LockGate.js';
import { attempt } from '../lock/report.js';
import { Part } from './Part.js';

/**
 * What a claim on several locks consists of: its parts, which are claims on each of them.
 *
 * One lock is asked after the other, all keys of one together, and all are given back where one of
 * them fails.
 */
export class Whole {
  readonly parts: Part[] = [];
  readonly #claim: Claim;
  readonly #gates: readonly LockGate[];
  /** How many of the parts have been called back. */
  #granted = 0;
  #asking = false;
  #lost: { readonly error: unknown } | undefined;

  constructor(claim: Claim, gates: readonly LockGate[]) {
    this.#claim = claim;
    this.#gates = gates;
  }

  ask(): void {
    this.#claim.phase = WAITING;
    this.#askNext();
  }

  /** Takes all at once, without calling the claim back, or nothing. */
  tryAsk(): boolean {
    const claim = this.#claim;
    try {
      claim.phase = HELD;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- an observer may have dropped it
      for (let next; claim.phase === HELD && (next = this.#next());)
        if (!next.gate.tryAsk(next)) this.drop();
      if (this.#lost) throw this.#lost.error;
    } catch (error) {
      this.drop();
      throw error;
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- see above
    return claim.phase === HELD;
  }

  drop(): void {
    this.#claim.phase = OVER;
    for (const part of [...this.parts].reverse()) part.unsubscribe();
    this.#endWait();
  }

  downgrade(strength: Strength): void {
    this.#claim.strength = strength;
    for (const part of this.parts)
      if (part.strength > strength && !part.released) part.downgrade(this.#claim.mode);
  }

  /** Asks lock after lock, as long as there is nothing to wait for; each part that is granted goes on. */
  #askNext(): void {
    // A part that is granted at once calls back in here: in a loop, not by recursion.
    if (this.#asking) return;
    this.#asking = true;
    const claim = this.#claim;
    while (claim.phase === WAITING && this.#granted === this.parts.length) {
      const next = this.#next();
      if (next) {
        next.gate.ask(next);
        if (next.phase === WAITING) next.wait = this.#waitWith(next);
      } else {
        claim.phase = HELD;
        this.#endWait();
        if (!claim.released) deliver(claim);
      }
    }
    this.#asking = false;
  }

  /** What lets the lock of a part end the wait of the whole, when it has settled, with the part. */
  #waitWith(part: Part): Unsubscribable {
    return {
      unsubscribe: () => {
        if (part.released) this.#claim.endWait();
      },
    };
  }

  /** Where no lock does: what is thrown here must not keep the parts. */
  #endWait(): void {
    attempt(() => this.#claim.endWait());
  }

  /** A part has been refused, or lost with its lock: without it there is no whole. */
  #fail(error: unknown): void {
    this.#lost = { error };
    // A lock that fails tells each of the parts.
    if (!this.#claim.released) this.#endWait();
    if (this.#claim.released) return;
    // The consumer first: its source must have ended when the other locks are let go.
    try {
      this.#claim.failed(error);
    } finally {
      this.drop();
    }
  }

  /** Makes the parts for the next lock, if there is one, and gives one that stands for all. */
  #next(): Part | undefined {
    // What limits the wait limits the whole of it, so the parts are not told.
    const { priority, ifAvailable, label } = this.#claim.options;
    const options = { priority, ifAvailable, label };
    const observer = {
      next: () => {
        this.#granted++;
        this.#askNext();
      },
      error: (error: unknown) => this.#fail(error),
    };
    const left = this.#gates.slice(this.parts.length);
    const parts: Part[] = [];
    for (const gate of left)
      if (gate.lock === left[0]?.lock) parts.push(new Part(gate, options, observer, parts));
    this.parts.push(...parts);
    return parts[0];
  }
}
