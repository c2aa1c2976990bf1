import type { Holder } from '../core/Holder.js';
import { Holders } from '../core/Holders.js';
import type { LockMode } from '../core/LockMode.js';
import type { Scope } from '../core/Request.js';

/** Who holds which key: a holder of all keys (`undefined`) conflicts with those of any. */
export class KeyedHolders {
  // Invariant: a scope is in here for as long as somebody holds it.
  readonly #byScope = new Map<Scope, Holders>();
  readonly #total = new Holders();

  move(before: LockMode | undefined, after: LockMode | undefined, scope: Scope): void {
    const holders = this.#byScope.get(scope) ?? new Holders();
    holders.move(before, after);
    this.#total.move(before, after);
    if (holders.empty) this.#byScope.delete(scope);
    else this.#byScope.set(scope, holders);
  }

  conflictWith(mode: LockMode, scope: Scope, own?: Holder): boolean {
    if (scope === undefined) return this.#total.conflictWith(mode, scope, own);
    const [here, everywhere] = [this.#byScope.get(scope), this.#byScope.get(undefined)];
    return (
      (here?.conflictWith(mode, scope, own) ?? false) ||
      (everywhere?.conflictWith(mode, undefined) ?? false)
    );
  }
}
