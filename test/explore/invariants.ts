import type { LockState } from 'rxjs-rwlock';
import { COMPATIBLE, isEarlier, type PolicyName } from '../model/rules.js';
import { breachOf } from './bounds.js';
import type { Alphabet } from './steps.js';
import type { Party, Witness } from './Witness.js';

/** What was seen from outside, and what the lock says of itself. */
export interface Sight {
  readonly policy: PolicyName;
  readonly alphabet?: Alphabet;
  readonly seen: Witness;
  readonly state: LockState;
}

/** What must hold, and a function that tells what is wrong if it doesn't. */
export type Invariants = readonly (readonly [
  name: string,
  wrong: (sight: Sight) => string | false | undefined,
])[];

/** What must hold after every step, whatever the reference says. */
export const ALWAYS: Invariants = [
  ['exclusion', ({ seen }) => seen.together],
  ['no request waits that A3 grants', grantable],
  [
    'version counts writes',
    ({ seen, state }) =>
      seen.writes !== state.version && `${seen.writes} writes have ended, not ${state.version}`,
  ],
  [
    'counts are those of the clients',
    ({ seen, state: { held, waiting } }) =>
      (sum(held) !== seen.count('holds') || sum(waiting) !== seen.count('waits')) &&
      'the state counts others than the clients that hold and wait',
  ],
  [
    'a read phase admits every reader that waits when it begins',
    ({ policy, seen }) => policy === 'phaseFair' && leftOut(seen),
  ],
];

/** What must hold when every lease has ended. */
export const IN_THE_END: Invariants = [
  // As long as no new request is made, every policy is fair to those that wait.
  ['every waiting request is granted', ({ seen }) => seen.find('waits')?.name],
  [
    'counts return to zero',
    ({ state: { held, waiting } }) => sum(held) + sum(waiting) > 0 && 'a request is still counted',
  ],
  // The log has the time when a grant was delivered, not when it was made: a request that a callback
  // makes comes between the two.
  ['bound', ({ policy, seen }) => !seen.requestedInside && breachOf(policy, seen.parties)],
];

/**
 * Those of the invariants that can be told of reads that read again: their operator does not tell when
 * they begin to wait again.
 */
const OF_READS = new Set([
  'exclusion',
  'version counts writes',
  'every waiting request is granted',
  'counts return to zero',
]);

/** What of these invariants does not hold. */
export function broken(invariants: Invariants, sight: Sight): string | undefined {
  for (const [name, wrong] of invariants) {
    const isTold = sight.alphabet !== 'reads' || OF_READS.has(name);
    const what = isTold && wrong(sight);
    if (what) return `${name}: ${what}`;
  }
  return undefined;
}

function grantable({ policy, seen }: Sight): string | undefined {
  const { parties, lastWrite } = seen;
  const blocks = (party: Party, waiting: Party): boolean => {
    if (COMPATIBLE[party.mode][waiting.mode]) return false;
    if (party.phase === 'holds') return party.client !== waiting.client;
    const isInLine = party.phase === 'waits' && !waiting.nested && party !== waiting;
    return isInLine && isEarlier(policy, party, waiting, lastWrite);
  };
  const waiting = parties.find(
    (one) => one.phase === 'waits' && !parties.some((party) => blocks(party, one)),
  );
  return waiting && `${waiting.name} waits, and nothing blocks it`;
}

/** A reader that still waits, although the phase that began meanwhile has admitted another one. */
function leftOut({ parties, lastWrite }: Witness): string | undefined {
  const early = parties.filter(({ requested, order }) => requested === 'read' && order < lastWrite);
  const admitted = early.some(({ granted = 0 }) => granted > lastWrite);
  const waits = early.find(({ phase }) => phase === 'waits');
  return admitted && waits ? `${waits.name} is left out` : undefined;
}

function sum(perMode: LockState['held']): number {
  return perMode.read + perMode.upgradable + perMode.write;
}
