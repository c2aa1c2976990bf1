import { type Counts, LOCK_MODES, type LockMode, type Mode } from './LockMode.js';
import type { WaitingRequest } from './LockPolicy.js';
import type { Link, Prioritized } from './Queue.js';

/**
 * How far a request has come. It only moves to a higher phase, and may skip some; but a remote lock
 * may take a grant back to wait that has not been delivered yet.
 */
export type Phase = 0 | 1 | 2 | 3 | 4 | 5;

export const NEW = 0;
/** Accepted as a part of a request for several locks, before its turn has come. */
export const ACCEPTED = 1;
export const WAITING = 2;
/** Granted, but not delivered yet. */
export const GRANTED = 3;
export const HELD = 4;
export const OVER = 5;

/** What a request says of itself. */
interface Conditions {
  readonly priority?: number | undefined;
  readonly ifAvailable?: boolean | undefined;
  readonly label?: string | undefined;
}

/** A key of a lock, or several of them, as the table of that lock understands them. */
export interface Key {
  /** What is added to the name of the lock. */
  toString(): string;
  /** The same keys, for requests that have one mode on all of them. */
  inOneMode(): Key;
}

/** An owner of more than one lease, and what it holds. A single lease needs no owner. */
export class Owner {
  /** The number of its first request. */
  readonly id: number;
  readonly held: Counts = [0, 0, 0, 0];
  /** What it holds of each key, if it has requested several together. */
  keys: Map<unknown, Counts> | undefined = undefined;

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * A request for a lock, from its making to its end. Once granted, it is the lease.
 *
 * Only the core writes the fields; derived classes implement the two calls.
 */
export abstract class Request implements WaitingRequest, Prioritized {
  ahead: Link | undefined = undefined;
  behind: Link | undefined = undefined;
  /** The mode that is requested, or held. */
  modeIndex: Mode;
  phase: Phase = NEW;
  order = 0;
  /** The owner, if it has or had several leases: set on every request made through a lease. */
  owner: Owner | undefined = undefined;

  abstract readonly options: Conditions;
  /** What of the lock is requested, if it has keys. */
  abstract readonly key: Key | undefined;
  /** The name of the lock, with the key, for messages. */
  abstract readonly lockName: string;

  constructor(modeIndex: Mode) {
    this.modeIndex = modeIndex;
  }

  /** Returns the parent lease and forgets it, so that a nested lease does not keep it alive. */
  abstract takeParent(): Request | undefined;

  /** Ends what limits the wait: timers and listeners. Never throws. */
  abstract endLimits(): void;

  /** Called once, when the request holds the lock. */
  abstract granted(): void;

  /** Called at most once: the request is refused, or its lock has failed. */
  abstract failed(error: unknown): void;

  /** Whether user code is running that has to end first: then the request leaves by itself. */
  isBusy(): boolean {
    return false;
  }

  get mode(): LockMode {
    return LOCK_MODES[this.modeIndex];
  }

  get priority(): number {
    return this.options.priority ?? 0;
  }

  /** An upgrade goes before every priority. */
  get effectivePriority(): number {
    return this.owner ? Infinity : this.priority;
  }

  /** As a place in a queue, it stands for itself. */
  get request(): this {
    return this;
  }
}

/** The order without a policy: a higher effective priority first, then the earlier request. */
export function precedes(a: Request, b: Request): boolean {
  const difference = a.effectivePriority - b.effectivePriority;
  // Infinity minus itself is NaN: of two upgrades, too, the earlier one goes first.
  return (difference || b.order - a.order) > 0;
}
