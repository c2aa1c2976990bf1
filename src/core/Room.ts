import { KEPT_OUT_FROM, type PerStrength, type Strength, WRITE } from './LockMode.js';
import { precedes } from './precedence.js';
import { Queue } from './Queue.js';
import type { Request } from './Request.js';
import type { Scope } from './Scope.js';

/** Where those hold and wait who ask for one scope. */
export class Room {
  readonly scope: Scope;
  /** How many live leases there are of each mode; of `NONE`, of any. */
  readonly held: PerStrength = [0, 0, 0, 0];
  /** How many requests had been made when the last write ended that is waited for here. */
  turn = 0;
  // A queue for each mode, so that its first waiter stands for all behind it: whatever keeps that
  // one out keeps them out. It is made when it is needed, as most keys are never waited for.
  readonly #queues: (Queue | undefined)[] = [undefined, undefined, undefined, undefined];

  constructor(scope?: Scope) {
    this.scope = scope;
  }

  /** Whether anybody but its own holder holds here in a mode that conflicts with a request's. */
  isHeldAgainst({ strength, scope, holder }: Request): boolean {
    const own = scope === this.scope ? holder : undefined;
    for (let held = KEPT_OUT_FROM[strength]; held <= WRITE; held++)
      if ((this.held[held] as number) > (own?.[held] ?? 0)) return true;
    return false;
  }

  add(waiter: Request): void {
    (this.#queues[waiter.strength] ??= new Queue()).insert(waiter);
  }

  /** Whether there is such a waiter in a mode that conflicts, judged by the first of each. */
  some(strength: Strength, test: (waiter: Request) => boolean): boolean {
    for (let kept = KEPT_OUT_FROM[strength]; kept <= WRITE; kept++) {
      const first = this.#queues[kept]?.first;
      if (first && test(first)) return true;
    }
    return false;
  }

  /** The foremost waiter that may enter, of those that a mode which has been given up kept out. */
  next(freed: Strength, mayEnter: (waiter: Request) => boolean): Request | undefined {
    let next: Request | undefined;
    for (let strength = KEPT_OUT_FROM[freed]; strength <= WRITE; strength++) {
      const first = this.#queues[strength]?.first;
      if (first && !(next && precedes(next, first)) && mayEnter(first)) next = first;
    }
    return next;
  }

  /** Everybody who waits here. */
  waiters(): Request[] {
    return this.#queues.flatMap((queue) => [...(queue ?? [])]);
  }
}
