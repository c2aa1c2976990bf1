import type { Counts } from './Counts.js';
import { Link } from './Link.js';
import { type LockMode, modeOf, type Strength } from './LockMode.js';
import type { Scope } from './Scope.js';
import type { Waiter } from './Waiter.js';

/** Where a request stands: it only ever moves to a higher phase, and may skip `WAITING`. */
export type Phase = 0 | 1 | 2 | 3;

export const NEW = 0;
export const WAITING = 1;
export const HELD = 2;
export const OVER = 3;

/**
 * One wish to hold a lock, from the asking to the letting go. Once granted it is the lease.
 *
 * The fields are the core's own to write; what derives from a request answers the two calls.
 */
export abstract class Request extends Link implements Waiter {
  /** The mode it asks for or holds. */
  strength: Strength;
  phase: Phase = NEW;
  order = 0;
  /**
   * On whose behalf it is asked or held: the leases of who owns several, counted; they share this
   * very object. Who owns just one needs none. A waiter has one where it is an upgrade, or a mate
   * of what is asked through a lease.
   */
  holder: Counts | undefined = undefined;
  /** What ends with the wait for the grant, or for its delivery: timers, listeners, actions. */
  wait: { unsubscribe(): void } | undefined = undefined;

  abstract readonly priority: number;
  /** Whether it is refused rather than queued. */
  abstract readonly ifAvailable: boolean;
  abstract readonly scope: Scope;

  constructor(strength: Strength) {
    super();
    this.strength = strength;
  }

  /** Gives the lease that it is asked through, once: that may be long gone before this one is. */
  abstract takeThrough(): Request | undefined;

  /** Called once, when the request holds the lock. */
  abstract granted(): void;

  /** Called at most once: the request is refused, or the lock has failed under it. */
  abstract failed(error: unknown): void;

  get mode(): LockMode {
    return modeOf(this.strength);
  }

  /** Of two waiters that conflict, the one of the higher rank goes first: an upgrade before all. */
  get rank(): number {
    return this.holder ? Infinity : this.priority;
  }

  /**
   * The next of its mates, as several keys of one lock are that `allOf` asks for: they are let in
   * together or not at all, and let go together.
   */
  get mate(): Request | undefined {
    return undefined;
  }

  /* eslint-disable @typescript-eslint/prefer-return-this-type -- each may be another */

  /** The first of them. */
  get first(): Request {
    return this;
  }

  /** The strongest of them: it is the one that a policy is asked about. */
  get lead(): Request {
    return this;
  }

  /* eslint-enable */

  endWait(): void {
    this.wait?.unsubscribe();
    this.wait = undefined;
  }
}
