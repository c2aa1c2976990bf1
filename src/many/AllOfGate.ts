import type { LockMode, Strength } from '../core/LockMode.js';
import { HELD, OVER, WAITING } from '../core/Request.js';
import { Claim } from '../lock/Claim.js';
import { Gate } from '../lock/Gate.js';
import type { LockGate } from '../lock/LockGate.js';

/**
 * The gate of several locks, whose gates are in the global order and of one lock each.
 *
 * It asks them one after the other, and gives all back where one of them fails. Each claim gets a
 * gate of its own, which keeps the claims that it has on the locks: its parts.
 */
export class AllOfGate extends Gate {
  readonly gates: readonly LockGate[];
  override readonly strength: Strength;
  readonly #parts: Claim[] = [];
  #asking = false;
  #again = false;
  #lost: { readonly error: unknown } | undefined;

  constructor(gates: readonly LockGate[]) {
    super();
    this.gates = gates;
    this.strength = Math.max(...gates.map(({ strength }) => strength)) as Strength;
  }

  override get locked(): boolean {
    return this.gates.some((gate) => gate.locked);
  }

  override get name(): string {
    return this.gates.map((gate) => gate.name).join(' and ');
  }

  override ask(claim: Claim): void {
    const own = this.#madeFor(claim);
    claim.ask(() => {
      claim.phase = WAITING;
      own.#askNext(claim);
    });
  }

  override tryAsk(claim: Claim): boolean {
    return this.#madeFor(claim).#takeAll(claim);
  }

  override drop(claim: Claim): void {
    claim.phase = OVER;
    claim.endWait();
    for (const part of [...this.#parts].reverse()) part.unsubscribe();
  }

  override downgrade(lease: Claim, strength: Strength): void {
    lease.strength = strength;
    for (const part of this.#parts)
      if (part.strength > strength && !part.released) part.downgrade(lease.mode);
  }

  override behind<N extends LockMode>(_lease: Claim, strength: Strength): Gate<N> {
    const gates = this.#parts.map((part) => part.gate.behind(part, strength));
    return new AllOfGate(gates as Gate[] as LockGate[]) as Gate as Gate<N>;
  }

  #madeFor(claim: Claim): AllOfGate {
    const own = new AllOfGate(this.gates);
    claim.gate = own;
    return own;
  }

  /** Asks for what is missing; called by each part that has been granted. */
  #askNext(claim: Claim): void {
    this.#again = true;
    // A part that is granted at once calls back in here: in a loop, not by recursion.
    if (this.#asking) return;
    this.#asking = true;
    while (this.#again && claim.phase === WAITING) {
      this.#again = false;
      const gate = this.gates[this.#parts.length];
      if (gate) {
        gate.ask(this.#newPart(gate, claim));
      } else {
        claim.phase = HELD;
        claim.endWait();
        claim.granted();
      }
    }
    this.#asking = false;
  }

  /** Takes all at once, without calling the claim back, or nothing. */
  #takeAll(claim: Claim): boolean {
    try {
      claim.phase = HELD;
      if (!this.gates.every((gate) => gate.tryAsk(this.#newPart(gate, claim)))) this.drop(claim);
      else if (this.#lost) throw this.#lost.error;
    } catch (error) {
      this.drop(claim);
      throw error;
    }
    return claim.phase === HELD;
  }

  /** A part has been refused, or lost with its lock: without it there is no whole. */
  #fail(claim: Claim, error: unknown): void {
    this.#lost = { error };
    // The consumer first: its source must have ended when the other locks are let go.
    try {
      claim.failed(error);
    } finally {
      this.drop(claim);
    }
  }

  #newPart(gate: LockGate, claim: Claim): Claim {
    // What limits the wait limits the whole of it, so the parts are not told.
    const { priority, ifAvailable, label } = claim.options;
    const part = new Claim(
      gate,
      { priority, ifAvailable, label },
      {
        next: () => this.#askNext(claim),
        error: (error) => this.#fail(claim, error),
      },
    );
    this.#parts.push(part);
    return part;
  }
}
