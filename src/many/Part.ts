import { Claim } from '../lock/Claim.js';
import type { LockGate } from '../lock/LockGate.js';

/** A claim on one lock of several; those on keys of one lock are mates. */
export class Part extends Claim {
  declare gate: LockGate;
  readonly #mates: readonly Part[];
  readonly #place: number;

  /** @param mates - those that have been made before it; more may follow */
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
