import type { LockMode } from 'rxjs-rwlock';
import type { PolicyName } from '../model/ReferenceLock.js';

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

/** What a source does: end as it is subscribed, go on until told, or ask for another client first. */
export type SourceKind = 'sync' | 'async' | 'asking';

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

export function describeStep(step: Step): string {
  return Object.values(step).join(' ');
}

export const nameOf = (client: number): string => String.fromCharCode(97 + client);
export const clientOf = (name: string): number => name.charCodeAt(0) - 97;
export const nestedIn = (name: string): string => `${name}+`;
/** What a source of kind `asking` asks for, from inside its grant. */
export const ASKED_INSIDE = 'write';
