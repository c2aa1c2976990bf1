import { byPrecedence, precedes } from './precedence.js';
import { Queue } from './Queue.js';
import type { Request } from './Request.js';
import type { Scope } from './Scope.js';

/** Keeps the requests that wait, in the order in which they go. */
export class Waiters {
  /** How many requests had been made when the last write ended that they waited for. */
  #turn = 0;
  // A queue for each mode, so that its first waiter stands for all behind it: whatever keeps that
  // one out keeps them out.
  readonly #queues = [new Queue(), new Queue(), new Queue()];

  add(request: Request): void {
    this.#queues[request.strength - 1]?.insert(request);
  }

  remove(request: Request): void {
    request.leave();
  }

  /** Says that a write has ended, and how many requests had been made. */
  noteTurn(turn: number, _of: Scope): void {
    this.#turn = turn;
  }

  turnOf(_waiter: Request): number {
    return this.#turn;
  }

  /** Those whom a change, or a new request, may touch. */
  reach(_scope: Scope): Iterable<Waiters> {
    return [this];
  }

  /** The first of each mode. */
  get heads(): Request[] {
    const heads: Request[] = [];
    for (const { first } of this.#queues) if (first) heads.push(first);
    return heads;
  }

  /** The foremost that may enter. */
  next(mayEnter: (waiter: Request) => boolean): Request | undefined {
    let next: Request | undefined;
    for (const first of this.heads)
      if (!(next && precedes(next, first)) && mayEnter(first)) next = first;
    return next;
  }

  /** Everybody, in the order of the queue. */
  all(): Request[] {
    return this.#queues.flatMap((queue) => [...queue]).sort(byPrecedence);
  }
}
