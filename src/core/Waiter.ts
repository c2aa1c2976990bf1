import type { LockMode } from './LockMode.js';

/** What a {@link LockPolicy} may know of a request that waits. */
export interface Waiter {
  /** The mode it asks for. */
  readonly mode: LockMode;
  /** Its place in the order of asking: of two waiters the one with the lower number asked first. */
  readonly order: number;
  /** Of two waiters that conflict, the one with the higher number goes first. */
  readonly priority: number;
}
