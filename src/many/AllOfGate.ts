import type { LockMode, Strength } from '../core/LockMode.js';
import { HELD, OVER, WAITING } from '../core/Request.js';
import { Claim } from '../lock/Claim.js';
import { deliver } from '../lock/deliver.js';
import { Gate } from '../lock/Gate.js';
import type { LockGate } from '../lock/LockGate.js';

/**
 * The gate of several locks, whose gates are in the global order and overlap nowhere.
 *
 * It asks one lock after the other, all keys of one together, and gives all back where one of them
 * fails. Each claim gets a gate of its own, which keeps the claims that it has on the locks: its
 * parts.
 */
export class AllOfGate extends Gate {
  readonly gates: readonly LockGate[];
  override readonly strength: Strength;
  readonly #parts: Part[] = [];
  /** How many of the parts have been called back. */
  #granted = 0;
  #asking = false;
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
    for (const part of [...this.#parts].reverse()) part.unsubscribe();
  }

  override downgrade(lease: Claim, strength: Strength): void {
    lease.strength = strength;
    for (const part of this.#parts)
      if (part.strength > strength && !part.released) part.downgrade(lease.mode);
  }

  /* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment, @typescript-eslint/no-unnecessary-type-assertion -- the gates behind parts are those of locks */
  override behind<N extends LockMode>(_lease: Claim, strength: Strength): Gate<N> {
    const gates = this.#parts.map((part) => part.gate.behind(part, strength));
    return new AllOfGate(gates as Gate[] as LockGate[]) as Gate as Gate<N>;
  }

  /* eslint-enable */

  #madeFor(claim: Claim): AllOfGate {
    const own = new AllOfGate(this.gates);
    claim.gate = own;
    return own;
  }

  /** Asks lock after lock, as long as there is nothing to wait for; each part that is granted goes on. */
  #askNext(claim: Claim): void {
    // A part that is granted at once calls back in here: in a loop, not by recursion.
    if (this.#asking) return;
    this.#asking = true;
    while (claim.phase === WAITING && this.#granted === this.#parts.length) {
      const next = this.#next(claim);
      if (next) {
        next.gate.ask(next);
      } else {
        claim.phase = HELD;
        deliver(claim);
      }
    }
    this.#asking = false;
  }

  /** Takes all at once, without calling the claim back, or nothing. */
  #takeAll(claim: Claim): boolean {
    try {
      claim.phase = HELD;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- an observer may have dropped it
      for (let next; claim.phase === HELD && (next = this.#next(claim));)
        if (!next.gate.tryAsk(next)) claim.drop();
      if (this.#lost) throw this.#lost.error;
    } catch (error) {
      claim.drop();
      throw error;
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- see above
    return claim.phase === HELD;
  }

  /** A part has been refused, or lost with its lock: without it there is no whole. */
  #fail(claim: Claim, error: unknown): void {
    this.#lost = { error };
    // A lock that fails tells each of the parts.
    if (claim.phase === OVER) return;
    // The consumer first: its source must have ended when the other locks are let go.
    try {
      claim.failed(error);
    } finally {
      claim.drop();
    }
  }

  /** Makes the parts for the next lock, if there is one, and gives one that stands for all. */
  #next(claim: Claim): Part | undefined {
    // What limits the wait limits the whole of it, so the parts are not told.
    const { priority, ifAvailable, label } = claim.options;
    const options = { priority, ifAvailable, label };
    const observer = {
      next: () => {
        this.#granted++;
        this.#askNext(claim);
      },
      error: (error: unknown) => this.#fail(claim, error),
    };
    const left = this.gates.slice(this.#parts.length);
    const parts: Part[] = [];
    for (const gate of left)
      if (gate.lock === left[0]?.lock) parts.push(new Part(gate, options, observer, parts));
    this.#parts.push(...parts);
    return parts[0];
  }
}

/** A claim on one lock of several. */
class Part extends Claim {
  readonly #mates: readonly Part[];
  readonly #place: number;

  constructor(
    gate: LockGate,
    options: Claim['options'],
    observer: Claim['observer'],
    mates: readonly Part[],
  ) {
    super(gate, options, observer);
    this.#mates = mates;
    this.#place = mates.length;
  }

  override get mate(): Part | undefined {
    return this.#mates[this.#place + 1];
  }

  override get first(): Part {
    return this.#mates[0] as Part;
  }

  override get lead(): Part {
    return this.#mates.reduce((lead, part) => (part.strength > lead.strength ? part : lead));
  }

  override get rank(): number {
    return this.#mates.some(({ holder }) => holder) ? Infinity : this.priority;
  }
}
