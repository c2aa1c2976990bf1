import { CONFLICTS, NONE, type PerStrength, type Strength } from './LockMode.js';
import type { Scope } from './Request.js';

/** Counts who holds a lock: every holder once, under the strongest mode of its leases. */
export class Holders {
  readonly #count: PerStrength = [0, 0, 0, 0];

  /** Counts a holder under another strength; from or to `NONE` where it has no lease. */
  move(before: Strength, after: Strength, _scope?: Scope): void {
    this.#count[before]--;
    this.#count[after]++;
  }

  /** Whether anybody holds in a mode that conflicts with the one asked for, but `own`, the asker. */
  keepOut(asked: Strength, _scope?: Scope, own: Strength = NONE): boolean {
    for (const held of CONFLICTS[asked] as readonly Strength[])
      if (this.#count[held] > (held === own ? 1 : 0)) return true;
    return false;
  }

  /** Whether nobody holds: nobody has been counted out of `NONE` who was not counted in again. */
  get empty(): boolean {
    return this.#count[NONE] === 0;
  }
}
