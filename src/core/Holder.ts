import { NONE, type PerStrength, READ, type Strength, UPGRADABLE, WRITE } from './LockMode.js';

/** The party that owns several leases; who owns just one needs no record of it. */
export class Holder {
  /** The strength of its strongest lease; `NONE` once it has none. */
  strength: Strength = NONE;
  readonly #leases: PerStrength = [0, 0, 0, 0];

  /** Counts leases in or out. */
  count(strength: Strength, by: number): void {
    this.#leases[strength] += by;
    this.strength = ([WRITE, UPGRADABLE, READ] as const).find((s) => this.#leases[s] > 0) ?? NONE;
  }
}
