import { NONE } from './LockMode.js';
import { Queue } from './Queue.js';
import type { Request, Scope } from './Request.js';

/** Says whether a waiter keeps a request out. */
export type KeepsOut = (waiter: Request, request: Request) => boolean;

/** Keeps the requests that wait, in the order in which they go. */
export class Waiters {
  // A queue for each strength, so that its first waiter stands for all behind it: whatever keeps
  // that one out keeps them out. The queue of `NONE` is for upgrades, which go before all.
  readonly #queues = [new Queue(), new Queue(), new Queue(), new Queue()] as const;
  readonly #keepsOut: KeepsOut;

  constructor(keepsOut: KeepsOut) {
    this.#keepsOut = keepsOut;
  }

  add(request: Request): void {
    this.#queues[request.holder ? NONE : request.strength].insert(request);
  }

  remove(request: Request): void {
    request.leave();
  }

  get empty(): boolean {
    return !this.#queues.some(({ first }) => first);
  }

  /** Whether somebody waits who keeps the request out. */
  keepOut(request: Request): boolean {
    return this.#queues.some(({ first }) => first && this.#keepsOut(first, request));
  }

  /** The foremost waiter that may enter after a change. */
  next(mayEnter: (waiter: Request) => boolean, _changed?: Scope): Request | undefined {
    let next: Request | undefined;
    for (const { first } of this.#queues)
      if (first && !(next && precedes(next, first)) && mayEnter(first)) next = first;
    return next;
  }

  /** Everybody, in the order of the queue. */
  all(): Request[] {
    const [upgrades, ...others] = this.#queues;
    return [...upgrades, ...others.flatMap((queue) => [...queue]).sort(byPrecedence)];
  }
}

/** Higher priorities first, then the order of asking. */
export function precedes(a: Request, b: Request): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}

export function byPrecedence(a: Request, b: Request): number {
  return precedes(a, b) ? -1 : 1;
}
