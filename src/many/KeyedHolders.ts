import { Holders } from '../core/Holders.js';
import { NONE, type Strength } from '../core/LockMode.js';
import type { Request } from '../core/Request.js';
import type { Scope } from '../core/Scope.js';

/** Who holds which key: a holder of all keys (`undefined`) conflicts with those of any. */
export class KeyedHolders {
  // Invariant: a scope is in here for as long as somebody holds it.
  readonly #byScope = new Map<Scope, Holders>();
  readonly #total = new Holders();

  count(strength: Strength, by: 1 | -1, { scope }: Request): void {
    const holders = this.#byScope.get(scope) ?? new Holders();
    holders.count(strength, by);
    this.#total.count(strength, by);
    if (holders.empty) this.#byScope.delete(scope);
    else this.#byScope.set(scope, holders);
  }

  keepOut(request: Request): boolean {
    const { scope } = request;
    if (scope === undefined) return this.#total.keepOut(request);
    const [here, everywhere] = [this.#byScope.get(scope), this.#byScope.get(undefined)];
    return (here?.keepOut(request) ?? false) || (everywhere?.keepOut(request, NONE) ?? false);
  }
}
