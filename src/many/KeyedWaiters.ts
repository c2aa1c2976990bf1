import { conflict, type Strength, WRITE } from '../core/LockMode.js';
import { byPrecedence, precedes } from '../core/precedence.js';
import { Queue } from '../core/Queue.js';
import type { Request } from '../core/Request.js';
import type { Scope } from '../core/Scope.js';
import { Waiters } from '../core/Waiters.js';

/** Who waits for which key: a waiter for all keys (`undefined`) conflicts with those for any. */
export class KeyedWaiters {
  // Invariant: a scope is in here for as long as somebody waits for it.
  readonly #byScope = new Map<Scope, WaitersOfScope>();

  add(request: Request): void {
    const { scope } = request;
    const waiters = this.#byScope.get(scope) ?? new WaitersOfScope();
    this.#byScope.set(scope, waiters);
    waiters.add(request);
  }

  remove(request: Request): void {
    const { scope } = request;
    request.leave();
    if (this.#byScope.get(scope)?.empty) this.#byScope.delete(scope);
  }

  noteTurn(turn: number, scope: Scope): void {
    for (const waiters of this.reach(scope)) waiters.noteTurn(turn, scope);
  }

  turnOf(waiter: Request): number {
    return this.#byScope.get(waiter.scope)?.turnOf(waiter) ?? 0;
  }

  /** Those whom a scope overlaps: a key itself and all keys, all keys any. */
  reach(scope: Scope): Iterable<Waiters> {
    if (scope === undefined) return this.#byScope.values();
    return [scope, undefined].flatMap((reached) => this.#byScope.get(reached) ?? []);
  }

  all(): Request[] {
    return [...this.#byScope.values()].flatMap((waiters) => waiters.all()).sort(byPrecedence);
  }
}

class WaitersOfScope extends Waiters {
  // Those of requests for several keys that stand for nobody behind them and are looked at one by
  // one: what keeps one of them out may be in another scope. A writer keeps out whoever stands
  // behind it in the queue of its mode, whatever it waits for itself; but not an upgrade, which stands
  // with those that have a lease among their keys.
  readonly #compound = new Queue();

  override add(request: Request): void {
    const alone = !request.first.mate;
    if (alone || (request.strength === WRITE && request.rank < Infinity)) super.add(request);
    else this.#compound.push(request);
  }

  get empty(): boolean {
    return !this.some(() => true);
  }

  override some(test: (waiter: Request) => boolean): boolean {
    if (super.some(test)) return true;
    for (const waiter of this.#compound) if (test(waiter)) return true;
    return false;
  }

  override next(freed: Strength, mayEnter: (waiter: Request) => boolean): Request | undefined {
    let next = super.next(freed, mayEnter);
    for (const waiter of this.#compound)
      if (conflict(freed, waiter.strength) && !(next && precedes(next, waiter)) && mayEnter(waiter))
        next = waiter;
    return next;
  }

  override all(): Request[] {
    return [...super.all(), ...this.#compound];
  }
}
