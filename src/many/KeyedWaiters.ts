import type { LockMode } from '../core/LockMode.js';
import type { LockPolicy } from '../core/LockPolicy.js';
import type { Request, Scope } from '../core/Request.js';
import { precedes, Waiters } from '../core/Waiters.js';

/** Who waits for which key: a waiter for all keys (`undefined`) conflicts with those for any. */
export class KeyedWaiters {
  total = 0;

  // Invariant: a scope is in here for as long as somebody waits for it.
  readonly #byScope = new Map<Scope, Waiters>();
  readonly #policy: LockPolicy;
  // One turn for all scopes: with a turn each, waiters for keys and for all of them could stand
  // behind each other in a circle.
  #turn = 0;

  constructor(policy: LockPolicy) {
    this.#policy = policy;
  }

  count(mode: LockMode): number {
    let count = 0;
    for (const waiters of this.#byScope.values()) count += waiters.count(mode);
    return count;
  }

  add(request: Request): void {
    const { scope } = request;
    let waiters = this.#byScope.get(scope);
    if (!waiters) {
      waiters = new Waiters(this.#policy, () => this.#turn);
      this.#byScope.set(scope, waiters);
    }
    waiters.add(request);
    this.total++;
  }

  remove(request: Request): void {
    const { scope } = request;
    const waiters = this.#byScope.get(scope);
    waiters?.remove(request);
    this.total--;
    if (waiters?.total === 0) this.#byScope.delete(scope);
  }

  writeEnded(asked: number): void {
    this.#turn = asked;
  }

  holdBack(request: Request): boolean {
    for (const scope of this.#reach(request.scope))
      if (this.#byScope.get(scope)?.holdBack(request)) return true;
    return false;
  }

  /** After a change of one key a waiter for that key or for all; after one of all, any waiter. */
  next(mayEnter: (waiter: Request) => boolean, changed: Scope): Request | undefined {
    for (const scope of this.#reach(changed)) {
      const next = this.#byScope.get(scope)?.next(mayEnter);
      if (next) return next;
    }
    return undefined;
  }

  ahead(request: Request): Request[] {
    return this.#reach(request.scope).flatMap(
      (scope) => this.#byScope.get(scope)?.ahead(request) ?? [],
    );
  }

  all(): Request[] {
    const all = [...this.#byScope.values()].flatMap((waiters) => waiters.all());
    return all.sort((a, b) => (precedes(a, b) ? -1 : 1));
  }

  /** The scopes that are waited for and that a scope overlaps: a key itself and all, or any. */
  #reach(scope: Scope): Scope[] {
    if (scope === undefined) return [...this.#byScope.keys()];
    return [scope, undefined].filter((reached) => this.#byScope.has(reached));
  }
}
