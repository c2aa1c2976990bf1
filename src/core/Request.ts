import type { Holder } from './Holder.js';
import { Link } from './Link.js';
import { type LockMode, modeOf, type Strength } from './LockMode.js';
import type { Waiter } from './Waiter.js';

/** What of a lock is asked for: a key, or `undefined` for all of it. */
export type Scope = unknown;

/** Where a request stands: it only ever moves to the right, and may skip `waiting`. */
export type RequestPhase = 'new' | 'waiting' | 'held' | 'over';

/**
 * One wish to hold a lock, from the asking to the letting go. Once granted it is the lease.
 *
 * The fields are the core's own to write; what derives from a request answers the two calls.
 */
export abstract class Request extends Link implements Waiter {
  /** The mode it asks for or holds. */
  strength: Strength;
  /** The lease it is asked through, until it has been asked. */
  through: Request | undefined;
  phase: RequestPhase = 'new';
  order = 0;
  /** On whose behalf it is asked or held, where that is not its own; only an upgrade waits with one. */
  holder: Holder | undefined = undefined;
  /** Who was asked, and is told when the request is dropped. */
  owner: { drop(request: Request): void } | undefined = undefined;
  /** What ends with the wait for the grant, or for its delivery: timers, listeners, actions. */
  wait: { unsubscribe(): void } | undefined = undefined;

  abstract readonly priority: number;
  /** Whether it is refused rather than queued. */
  abstract readonly ifAvailable: boolean;
  abstract readonly scope: Scope;

  constructor(strength: Strength, through: Request | undefined) {
    super();
    this.strength = strength;
    this.through = through;
  }

  /** Called once, when the request holds the lock. */
  abstract granted(): void;

  /** Called at most once: the request is refused, or the lock has failed under it. */
  abstract failed(error: unknown): void;

  get mode(): LockMode {
    return modeOf(this.strength);
  }

  endWait(): void {
    this.wait?.unsubscribe();
    this.wait = undefined;
  }

  /** Withdraws a waiting request, releases a held one; afterwards does nothing. */
  drop(): void {
    this.owner?.drop(this);
  }
}
