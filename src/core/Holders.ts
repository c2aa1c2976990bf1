import { KEPT_OUT_FROM, NONE, type PerStrength, type Strength } from './LockMode.js';
import type { Request } from './Request.js';

/** Counts who holds a lock: every holder once, under the strongest mode of its leases. */
export class Holders {
  readonly #count: PerStrength = [0, 0, 0, 0];

  /** Counts in or out a holder of some strength; `NONE` is nothing to be counted. */
  count(strength: Strength, by: 1 | -1, _of?: Request): void {
    this.#count[strength] += by;
  }

  /** Whether anybody but the asker, which may hold as `own`, holds in a mode that conflicts. */
  keepOut({ strength, holder }: Request, own = holder ? holder.strength : NONE): boolean {
    const count = this.#count;
    for (let held = KEPT_OUT_FROM[strength]; held < count.length; held++)
      if ((count[held] as number) > (held === own ? 1 : 0)) return true;
    return false;
  }

  /** Whether nobody holds. */
  get empty(): boolean {
    return !this.#count.some((count) => count > 0);
  }
}
