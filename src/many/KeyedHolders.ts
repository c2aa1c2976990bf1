import { Holders } from '../core/Holders.js';
import type { Strength } from '../core/LockMode.js';
import type { Scope } from '../core/Request.js';

/** Who holds which key: a holder of all keys (`undefined`) conflicts with those of any. */
export class KeyedHolders {
  // Invariant: a scope is in here for as long as somebody holds it.
  readonly #byScope = new Map<Scope, Holders>();
  readonly #total = new Holders();

  move(before: Strength, after: Strength, scope: Scope): void {
    const holders = this.#byScope.get(scope) ?? new Holders();
    holders.move(before, after);
    this.#total.move(before, after);
    if (holders.empty) this.#byScope.delete(scope);
    else this.#byScope.set(scope, holders);
  }

  keepOut(asked: Strength, scope: Scope, own?: Strength): boolean {
    if (scope === undefined) return this.#total.keepOut(asked, scope, own);
    const [here, everywhere] = [this.#byScope.get(scope), this.#byScope.get(undefined)];
    return (here?.keepOut(asked, scope, own) ?? false) || (everywhere?.keepOut(asked) ?? false);
  }
}
