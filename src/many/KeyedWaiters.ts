import type { Request, Scope } from '../core/Request.js';
import { byPrecedence, Waiters } from '../core/Waiters.js';

/** Who waits for which key: a waiter for all keys (`undefined`) conflicts with those for any. */
export class KeyedWaiters {
  // Invariant: a scope is in here for as long as somebody waits for it.
  readonly #byScope = new Map<Scope, Waiters>();

  add(request: Request): void {
    const { scope } = request;
    const waiters = this.#byScope.get(scope) ?? new Waiters();
    this.#byScope.set(scope, waiters);
    waiters.add(request);
  }

  remove(request: Request): void {
    const { scope } = request;
    request.leave();
    if (this.#byScope.get(scope)?.heads().length === 0) this.#byScope.delete(scope);
  }

  /** The first of each mode, of each scope that is reached. */
  heads(scope: Scope): Request[] {
    return [...this.#reach(scope)].flatMap((waiters) => waiters.heads());
  }

  /** After a change of one key a waiter for that key or for all; after one of all, any waiter. */
  next(mayEnter: (waiter: Request) => boolean, changed: Scope): Request | undefined {
    for (const waiters of this.#reach(changed)) {
      const next = waiters.next(mayEnter);
      if (next) return next;
    }
    return undefined;
  }

  all(): Request[] {
    return [...this.#byScope.values()].flatMap((waiters) => waiters.all()).sort(byPrecedence);
  }

  /** Those whom a scope overlaps: a key itself and all keys, all keys any. */
  #reach(scope: Scope): Iterable<Waiters> {
    if (scope === undefined) return this.#byScope.values();
    return [scope, undefined].flatMap((reached) => this.#byScope.get(reached) ?? []);
  }
}
