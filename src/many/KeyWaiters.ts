import { conflict, type Strength, WRITE } from '../core/LockMode.js';
import { precedes } from '../core/precedence.js';
import { Queue } from '../core/Queue.js';
import type { Request } from '../core/Request.js';
import { Waiters } from '../core/Waiters.js';

/** Who waits for a key, alone or with others. */
export class KeyWaiters extends Waiters {
  // Those of requests for several keys that stand for nobody behind them and are looked at one by
  // one: what keeps one of them out may be in another scope. A writer keeps out whoever stands
  // behind it in the queue of its mode, whatever it waits for itself; but not an upgrade, which
  // stands with those that have a lease among their keys.
  readonly #compound = new Queue();

  get empty(): boolean {
    return !this.some(() => true);
  }

  override add(waiter: Request): void {
    const alone = !waiter.first.mate;
    if (alone || (waiter.strength === WRITE && waiter.rank < Infinity)) super.add(waiter);
    else this.#compound.push(waiter);
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
