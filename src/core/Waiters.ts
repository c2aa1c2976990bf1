import { COMPATIBLE, LOCK_MODES, type LockMode } from './LockMode.js';
import type { LockPolicy } from './LockPolicy.js';
import { Queue } from './Queue.js';
import type { Request, Scope } from './Request.js';

/** Keeps the requests that wait, and knows their order. */
export class Waiters {
  /** How many there are. */
  total = 0;

  // A queue for each mode, so that its first waiter stands for all behind it: whatever keeps that
  // one out keeps them out. Upgrades have one of their own, ahead of all.
  readonly #queues = { read: new Queue(), upgradable: new Queue(), write: new Queue() };
  readonly #upgrades = new Queue();
  readonly #policy: LockPolicy;
  readonly #sharedTurn: (() => number) | undefined;
  #turn = 0;

  /** `turn` tells the turn that is shared with others; without it these have one of their own. */
  constructor(policy: LockPolicy, turn?: () => number) {
    this.#policy = policy;
    this.#sharedTurn = turn;
  }

  /** Notes how many requests had been made when a write ended; for the policy. */
  writeEnded(asked: number): void {
    this.#turn = asked;
  }

  count(mode: LockMode): number {
    return this.#queues[mode].size + (mode === 'write' ? this.#upgrades.size : 0);
  }

  add(request: Request): void {
    this.total++;
    if (request.holder) this.#upgrades.push(request);
    else this.#queues[request.mode].insert(request);
  }

  remove(request: Request): void {
    this.total--;
    request.queue?.remove(request);
  }

  /** Whether somebody waits ahead of the request whose mode conflicts with its own. */
  holdBack(request: Request): boolean {
    if (this.total === 0) return false;
    if (this.#upgrades.first) return true;
    for (const mode of LOCK_MODES) {
      const first = this.#queues[mode].first;
      if (first && !COMPATIBLE[mode][request.mode] && this.#isBehind(request, first)) return true;
    }
    return false;
  }

  /** The foremost waiter that may enter after a change. */
  next(mayEnter: (waiter: Request) => boolean, _changed?: Scope): Request | undefined {
    const upgrade = this.#upgrades.first;
    if (upgrade) return mayEnter(upgrade) ? upgrade : undefined;
    let next: Request | undefined;
    for (const mode of LOCK_MODES) {
      const first = this.#queues[mode].first;
      if (first && !(next && precedes(next, first)) && mayEnter(first)) next = first;
    }
    return next;
  }

  /** Everybody, in the order of the queue. */
  all(): Request[] {
    const queued = LOCK_MODES.flatMap((mode) => [...this.#queues[mode]]);
    return [...this.#upgrades, ...queued.sort((a, b) => (precedes(a, b) ? -1 : 1))];
  }

  /** Those that hold a waiter back. */
  ahead(request: Request): Request[] {
    if (request.holder) return [];
    const queued = LOCK_MODES.filter((mode) => !COMPATIBLE[mode][request.mode])
      .flatMap((mode) => [...this.#queues[mode]])
      .filter((waiter) => this.#isBehind(request, waiter));
    return [...this.#upgrades, ...queued];
  }

  #isBehind(request: Request, waiter: Request): boolean {
    if (waiter === request) return false;
    if (waiter.mode === request.mode || waiter.priority !== request.priority)
      return precedes(waiter, request);
    const turn = this.#sharedTurn?.() ?? this.#turn;
    return request.mode === 'write'
      ? this.#policy(waiter, request, turn)
      : !this.#policy(request, waiter, turn);
  }
}

/** Higher priorities first, then the order of asking. */
export function precedes(a: Request, b: Request): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}
