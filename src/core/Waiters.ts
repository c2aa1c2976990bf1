import { Queue } from './Queue.js';
import type { Request, Scope } from './Request.js';

/** Keeps the requests that wait, in the order in which they go. */
export class Waiters {
  // A queue for each mode, so that its first waiter stands for all behind it: whatever keeps that
  // one out keeps them out.
  readonly #queues = [new Queue(), new Queue(), new Queue()];

  add(request: Request): void {
    this.#queues[request.strength - 1]?.insert(request);
  }

  remove(request: Request): void {
    request.leave();
  }

  /** The first of each mode. */
  heads(_of?: Scope): Request[] {
    const heads: Request[] = [];
    for (const { first } of this.#queues) if (first) heads.push(first);
    return heads;
  }

  /** The foremost that may enter after a change. */
  next(mayEnter: (waiter: Request) => boolean, _changed?: Scope): Request | undefined {
    let next: Request | undefined;
    for (const { first } of this.#queues)
      if (first && !(next && precedes(next, first)) && mayEnter(first)) next = first;
    return next;
  }

  /** Everybody, in the order of the queue. */
  all(): Request[] {
    return this.#queues.flatMap((queue) => [...queue]).sort(byPrecedence);
  }
}

/** Higher ranks first, then the order of asking. */
export function precedes(a: Request, b: Request): boolean {
  return a.rank === b.rank ? a.order < b.order : a.rank > b.rank;
}

export function byPrecedence(a: Request, b: Request): number {
  return precedes(a, b) ? -1 : 1;
}
