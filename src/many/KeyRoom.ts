import { conflict, NONE, type Strength, WRITE } from '../core/LockMode.js';
import { precedes } from '../core/precedence.js';
import { Queue } from '../core/Queue.js';
import type { Request } from '../core/Request.js';
import { Room } from '../core/Room.js';

/** Where those hold and wait who ask for a key, alone or with others. */
export class KeyRoom extends Room {
  // Those of requests for several keys that stand for nobody behind them and are looked at one by
  // one: what keeps one of them out may be in another room. A writer keeps out whoever stands
  // behind it in the queue of its mode, whatever it waits for itself; but not an upgrade, which
  // stands with those that have a lease among their keys.
  readonly #compound = new Queue();

  override add(waiter: Request): void {
    const alone = !waiter.first.mate;
    if (alone || (waiter.strength === WRITE && waiter.rank < Infinity)) super.add(waiter);
    else this.#compound.push(waiter);
  }

  get isEmpty(): boolean {
    return this.held[NONE] === 0 && !this.some(WRITE, () => true);
  }

  override some(strength: Strength, test: (waiter: Request) => boolean): boolean {
    if (super.some(strength, test)) return true;
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

  override waiters(): Request[] {
    return [...super.waiters(), ...this.#compound];
  }
}
