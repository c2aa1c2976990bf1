import type { LockMode, LockState } from 'rxjs-rwlock';
import type { PolicyName } from '../../model/rules.js';
import type { LogEntry } from '../steps.js';

/** What is explored: clients in two processes, each with a lock in front of the same engine. */
export interface Terms {
  readonly policy: PolicyName;
  readonly clients: number;
  /** How many requests a lease of the engine serves. */
  readonly grants: number;
  /** Whether somebody observes the states of the locks: then these take other ways. */
  readonly observed: boolean;
}

/** How many processes there are. */
export const PROCESSES = 2;

/**
 * How a client requests: it waits; it is granted now or not at all; its process loses the lease as
 * soon as it is granted; it reads, and writes under a second lock of its process (`allOf`).
 */
export type Kind = 'waits' | 'tries' | 'loses' | 'both';

/** One thing that happens from outside. Requests have names: `b+` is nested in the lease of `b`. */
export type Step =
  | {
      readonly do: 'request';
      readonly name: string;
      readonly process: number;
      readonly mode: LockMode;
      readonly kind: Kind;
    }
  | { readonly do: 'nest'; readonly name: string; readonly mode: LockMode }
  | { readonly do: 'downgrade'; readonly name: string; readonly mode: 'read' | 'upgradable' }
  | { readonly do: 'unsubscribe'; readonly name: string }
  /** Its lease is lost, the engine can't be reached any more, or can be again. */
  | { readonly do: 'lose' | 'fail' | 'mend'; readonly process: number }
  | { readonly do: 'close lock' | 'fail lock'; readonly process: number };

/** The clients and their locks, whatever these are made of. */
export interface Side {
  /** What has happened since it was emptied. */
  readonly log: LogEntry[];
  /** The states of the locks, of the second locks, and of the engine. */
  readonly states: readonly LockState[];
  /** For each process, whether it has a lease of the engine, or waits for one. */
  readonly leases: readonly ('has' | 'waits' | 'none')[];
  do(step: Step): void;
}
