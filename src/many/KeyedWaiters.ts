import type { Request, Scope } from '../core/Request.js';
import { byPrecedence, type KeepsOut, Waiters } from '../core/Waiters.js';

/** Who waits for which key: a waiter for all keys (`undefined`) conflicts with those for any. */
export class KeyedWaiters {
  // Invariant: a scope is in here for as long as somebody waits for it.
  readonly #byScope = new Map<Scope, Waiters>();
  readonly #keepsOut: KeepsOut;

  constructor(keepsOut: KeepsOut) {
    this.#keepsOut = keepsOut;
  }

  add(request: Request): void {
    const { scope } = request;
    const waiters = this.#byScope.get(scope) ?? new Waiters(this.#keepsOut);
    this.#byScope.set(scope, waiters);
    waiters.add(request);
  }

  remove(request: Request): void {
    const { scope } = request;
    request.leave();
    if (this.#byScope.get(scope)?.empty) this.#byScope.delete(scope);
  }

  keepOut(request: Request): boolean {
    return this.#reach(request.scope).some((waiters) => waiters.keepOut(request));
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
    return this.#reach(undefined)
      .flatMap((waiters) => waiters.all())
      .sort(byPrecedence);
  }

  /** Those whom a scope overlaps: a key itself and all keys, all keys any. */
  #reach(scope: Scope): Waiters[] {
    if (scope === undefined) return [...this.#byScope.values()];
    return [scope, undefined].flatMap((reached) => this.#byScope.get(reached) ?? []);
  }
}
