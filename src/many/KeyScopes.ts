import { anyAgainst, type Counts, tally } from '../core/Counts.js';
import { NONE, type Strength } from '../core/LockMode.js';
import type { Request } from '../core/Request.js';
import type { Scope } from '../core/Scope.js';
import type { Scopes } from '../core/Scopes.js';
import type { Waiters } from '../core/Waiters.js';
import { KeyWaiters } from './KeyWaiters.js';

/** What is held of which key and who waits for it; all keys together are a scope as well. */
export class KeyScopes implements Scopes {
  // Not in the map: one that goes in and out of a map with many others leaves its traces there, which
  // each look goes through.
  readonly #heldOfAll: Counts = [0, 0, 0, 0];
  // Invariant: a key is in here for as long as somebody holds it, a scope for as long as somebody
  // waits for it.
  readonly #held = new Map<Scope, Counts>();
  readonly #waiters = new Map<Scope, KeyWaiters>();

  count(scope: Scope, strength: Strength, by: 1 | -1): void {
    if (scope === undefined) {
      tally(this.#heldOfAll, strength, by);
      return;
    }
    const counts = this.#held.get(scope) ?? [0, 0, 0, 0];
    tally(counts, strength, by);
    if (counts[NONE] === 0) this.#held.delete(scope);
    else this.#held.set(scope, counts);
  }

  isHeldAgainst({ scope, strength, holder }: Request): boolean {
    if (scope === undefined) return true;
    const held = this.#held.get(scope);
    return anyAgainst(this.#heldOfAll, strength) || (!!held && anyAgainst(held, strength, holder));
  }

  add(waiter: Request): void {
    const { scope } = waiter;
    const waiters = this.#waiters.get(scope) ?? new KeyWaiters();
    this.#waiters.set(scope, waiters);
    waiters.add(waiter);
  }

  remove(waiter: Request): void {
    const { scope } = waiter;
    waiter.leave();
    if (this.#waiters.get(scope)?.empty) this.#waiters.delete(scope);
  }

  turnOf(scope: Scope): number {
    return this.#waiters.get(scope)?.turn ?? 0;
  }

  /** A key overlaps itself and all keys, all keys any. */
  reach(scope: Scope): Iterable<Waiters> {
    if (scope === undefined) return this.#waiters.values();
    return [scope, undefined].flatMap((reached) => this.#waiters.get(reached) ?? []);
  }
}
