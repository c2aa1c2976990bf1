import type { Holder } from './Holder.js';
import type { LockMode } from './LockMode.js';
import type { Queue } from './Queue.js';
import type { Waiter } from './Waiter.js';

/** What of a lock is asked for: a key, or `undefined` for all of it. */
export type Scope = unknown;

/** Where a request stands: it only ever moves to the right, and may skip `waiting`. */
export type RequestPhase = 'new' | 'waiting' | 'held' | 'over';

/** What of a request's conditions the core itself minds. */
export interface RequestTerms {
  readonly priority?: number | undefined;
  readonly ifAvailable?: boolean | undefined;
}

/**
 * One wish to hold a lock, from the asking to the letting go. Once granted it is the lease.
 *
 * The fields are the core's own to write; what derives from a request answers the two calls.
 */
export abstract class Request implements Waiter {
  /** The mode it asks for or holds. */
  mode: LockMode;
  readonly scope: Scope;
  /** The lease it is asked through. */
  through: Request | undefined;
  phase: RequestPhase = 'new';
  order = 0;
  readonly priority: number;
  /** Whether it is refused rather than queued. */
  readonly ifAvailable: boolean;
  /** What ends with the wait for the grant, or for its delivery: timers, listeners, actions. */
  wait: { unsubscribe(): void } | undefined;
  /** Who was asked, and is told when the request is dropped. */
  owner: { drop(request: Request): void } | undefined;
  /** On whose behalf it is asked or held; while it waits, only an upgrade has one. */
  holder: Holder | undefined;

  queue: Queue | undefined;
  previous: Request | undefined;
  next: Request | undefined;

  constructor(
    mode: LockMode,
    through: Request | undefined,
    { priority = 0, ifAvailable = false }: RequestTerms = {},
    scope?: Scope,
  ) {
    this.mode = mode;
    this.through = through;
    this.scope = scope;
    this.priority = priority;
    this.ifAvailable = ifAvailable;
  }

  /** Called once, when the request holds the lock. */
  abstract granted(): void;

  /** Called at most once: the request is refused, or the lock has failed under it. */
  abstract failed(error: unknown): void;

  endWait(): void {
    this.wait?.unsubscribe();
    this.wait = undefined;
  }

  /** Withdraws a waiting request, releases a held one; afterwards does nothing. */
  drop(): void {
    this.owner?.drop(this);
  }
}
