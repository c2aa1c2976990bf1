import { KEPT_OUT_FROM, type Strength, WRITE } from './LockMode.js';
import { precedes } from './precedence.js';
import { Queue } from './Queue.js';
import type { Request } from './Request.js';

/** Who waits for one scope, in the order in which they go. */
export class Waiters {
  /** How many requests had been made when the last write ended that they waited for. */
  turn = 0;
  // A queue for each mode, so that its first waiter stands for all behind it: whatever keeps that
  // one out keeps them out.
  readonly #queues = [new Queue(), new Queue(), new Queue()];

  add(request: Request): void {
    this.#queues[request.strength - 1]?.insert(request);
  }

  /** Whether there is such a one, judged by the first of each mode. */
  some(test: (waiter: Request) => boolean): boolean {
    return this.#queues.some(({ first }) => first && test(first));
  }

  /** The foremost that may enter, of those that a mode which has been given up kept out. */
  next(freed: Strength, mayEnter: (waiter: Request) => boolean): Request | undefined {
    let next: Request | undefined;
    for (let strength = KEPT_OUT_FROM[freed]; strength <= WRITE; strength++) {
      const first = this.#queues[strength - 1]?.first;
      if (first && !(next && precedes(next, first)) && mayEnter(first)) next = first;
    }
    return next;
  }

  /** Everybody, mode by mode. */
  all(): Request[] {
    return this.#queues.flatMap((queue) => [...queue]);
  }
}
