import type { LockMode, LockState } from 'rxjs-rwlock';
import type { PolicyName } from '../model/rules.js';

/**
 * What clients may do. In the basic alphabet they request with an asynchronous source, cancel, and
 * end. In the full one there are sources of each kind, errors, leases that nest, upgrade and
 * downgrade, and the lock is closed and failed. In that of reads there are live and yielding reads, and
 * what is in their way.
 */
export type Alphabet = 'basic' | 'full' | 'reads';

/** The operators whose reads may read again; a yielding read yields once. */
export type ReadAgain = 'live' | 'yielding';
export const RESTARTS = 1;

/** What is explored. */
export interface Terms {
  readonly policy: PolicyName;
  readonly clients: number;
  readonly alphabet: Alphabet;
}

/**
 * What a source does: it goes on until told to end, completes while it is subscribed, unsubscribes the
 * next client while it is subscribed, or makes the request of the next client.
 */
export type SourceKind = 'async' | 'sync' | 'cancelling' | RequestingKind;

/** Where a source makes the request of the next client from: its grant, teardown or completion. */
export type RequestingKind = 'in grant' | 'in teardown' | 'in completion';

/** What such a source requests. A reader that requests a read in its teardown is granted there. */
export const REQUESTED_INSIDE: Record<RequestingKind, LockMode> = {
  'in grant': 'write',
  'in teardown': 'read',
  'in completion': 'upgradable',
};

/** One thing that happens from outside. Requests have names: `b+` is nested in the lease of `b`. */
export type Step =
  | {
      readonly do: 'request';
      readonly name: string;
      readonly mode: LockMode;
      readonly source: SourceKind;
      readonly again?: ReadAgain;
    }
  | { readonly do: 'nest'; readonly name: string; readonly mode: LockMode }
  | { readonly do: 'complete' | 'fail' | 'unsubscribe'; readonly name: string }
  | { readonly do: 'downgrade'; readonly name: string; readonly mode: 'read' | 'upgradable' }
  | { readonly do: 'close lock' | 'fail lock' };

/** Something that happened to a request. */
export interface LogEntry {
  readonly name: string;
  readonly what: string;
}

export const REQUESTS: Record<LockMode, string> = {
  read: 'requests read',
  upgradable: 'requests upgradable',
  write: 'requests write',
};
export const DOWNGRADES: Record<LockMode, string> = {
  read: 'downgrades to read',
  upgradable: 'downgrades to upgradable',
  write: 'downgrades to write',
};

/** The clients of a lock, whatever it is made of: what they do, and what can be seen of that. */
export interface Side {
  /** What has happened since it was emptied. */
  readonly log: LogEntry[];
  readonly state: LockState;
  do(step: Step): void;
}

export function sameLog(a: readonly LogEntry[], b: readonly LogEntry[]): boolean {
  return a.length === b.length && a.every(({ name, what }, i) => same(b[i], name, what));
}

const same = (entry: LogEntry | undefined, name: string, what: string): boolean =>
  entry?.name === name && entry.what === what;

export function describeStep(step: object): string {
  return Object.values(step).join(' ');
}

export const nameOf = (client: number): string => String.fromCharCode(97 + client);
export const clientOf = (name: string): number => name.charCodeAt(0) - 97;
/** The request of the next run of a read that yields, while the run before still holds the lock. */
export const nextRunOf = (name: string): string => `${name}'`;
/** The name of the client's request, whichever run it is. */
export const firstRunOf = (name: string): string => name.replaceAll("'", '');
export const nestedIn = (name: string): string => `${name}+`;
export const isNested = (name: string): boolean => name.endsWith('+');
