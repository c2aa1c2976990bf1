import type { LockMode, LockState } from 'rxjs-rwlock';
import type { LogEntry } from '../model/ReferenceLock.js';
import type { PolicyName } from '../model/rules.js';

/**
 * What clients may do: ask with an asynchronous source, give up and end; or everything, with
 * sources of each kind, errors, leases that nest, upgrade and downgrade, and the lock's own end.
 */
export type Alphabet = 'basic' | 'full';

/** What is explored. */
export interface Terms {
  readonly policy: PolicyName;
  readonly clients: number;
  readonly alphabet: Alphabet;
}

/**
 * What a source does: go on until told, end as it is subscribed, unsubscribe the client after its
 * own as it is subscribed, or ask for the next client from inside: from inside its grant, from
 * inside its teardown, or while its consumer is told of the completion.
 */
export type SourceKind = 'async' | 'sync' | 'cancelling' | AskingKind;
export type AskingKind = 'asking' | 'parting' | 'telling';

/** What is asked for from inside. A reader that asks to read while it parts is granted there. */
export const ASKED_INSIDE: Record<AskingKind, LockMode> = {
  asking: 'write',
  parting: 'read',
  telling: 'upgradable',
};

/** One thing that happens from outside. Requests are named: `b` is the second, `b+` what it nests. */
export type Step =
  | {
      readonly do: 'ask';
      readonly name: string;
      readonly mode: LockMode;
      readonly source: SourceKind;
    }
  | { readonly do: 'nest'; readonly name: string; readonly mode: LockMode }
  | { readonly do: 'complete' | 'fail' | 'unsubscribe'; readonly name: string }
  | { readonly do: 'downgrade'; readonly name: string; readonly mode: 'read' | 'upgradable' }
  | { readonly do: 'close lock' | 'fail lock' };

/** Clients of a lock of whatever make: what they do to it, and what can be seen of that. */
export interface Side {
  /** What has happened since it was emptied. */
  readonly log: LogEntry[];
  readonly state: LockState;
  do(step: Step): void;
}

export function describeStep(step: Step): string {
  return Object.values(step).join(' ');
}

export const nameOf = (client: number): string => String.fromCharCode(97 + client);
export const clientOf = (name: string): number => name.charCodeAt(0) - 97;
export const nestedIn = (name: string): string => `${name}+`;
export const isNested = (name: string): boolean => name.endsWith('+');
