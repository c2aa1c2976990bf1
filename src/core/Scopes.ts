import type { Strength } from './LockMode.js';
import type { Request } from './Request.js';
import type { Scope } from './Scope.js';
import { Waiters } from './Waiters.js';

/** Where a lock keeps what is held and who waits, by what is asked for. */
export interface Scopes {
  /** Counts a lease in or out. */
  count(scope: Scope, strength: Strength, by: 1 | -1): void;
  /**
   * Whether a conflicting mode is held of just what a request asks for. That is only asked where
   * one is held of anything, by others than its holder.
   */
  isHeldAgainst(request: Request): boolean;
  add(waiter: Request): void;
  remove(waiter: Request): void;
  /** The `turn` of those who wait for a scope. */
  turnOf(scope: Scope): number;
  /** Those who wait for what a scope overlaps: for `undefined`, everybody. */
  reach(scope: Scope): Iterable<Waiters>;
}

/** For a lock that is asked for as a whole. */
export function oneScope(): Scopes {
  const waiters = new Waiters();
  const all = [waiters];
  return {
    count: () => undefined,
    // What is held of anything is held of all.
    isHeldAgainst: () => true,
    add: (waiter) => waiters.add(waiter),
    remove: (waiter) => waiter.leave(),
    turnOf: () => waiters.turn,
    reach: () => all,
  };
}
