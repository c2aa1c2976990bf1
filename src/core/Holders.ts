import type { Holder } from './Holder.js';
import { COMPATIBLE, LOCK_MODES, type LockMode } from './LockMode.js';
import type { Scope } from './Request.js';

/** Counts who holds a lock: every holder once, under the strongest mode of its leases. */
export class Holders {
  readonly #strongest = { read: 0, upgradable: 0, write: 0 };
  #total = 0;

  /** Counts a holder under another mode; from or to `undefined` where it has no lease. */
  move(before: LockMode | undefined, after: LockMode | undefined, _scope?: Scope): void {
    if (before) this.#strongest[before]--;
    else this.#total++;
    if (after) this.#strongest[after]++;
    else this.#total--;
  }

  /** Whether anybody but `own` holds in a mode that can't be held together with this one. */
  conflictWith(mode: LockMode, _scope: Scope, own?: Holder): boolean {
    if (this.#total === 0) return false;
    for (const held of LOCK_MODES) {
      const others = this.#strongest[held] - (own?.mode === held ? 1 : 0);
      if (others > 0 && !COMPATIBLE[held][mode]) return true;
    }
    return false;
  }

  get empty(): boolean {
    return this.#total === 0;
  }
}
