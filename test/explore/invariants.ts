import type { LockState } from 'rxjs-rwlock';
import { COMPATIBLE, isAhead, type PolicyName } from '../model/rules.js';
import { breachOf } from './bounds.js';
import type { Party, Witness } from './Witness.js';

/** What is looked at: what was seen from outside, and what the lock says of itself. */
export interface Sight {
  readonly policy: PolicyName;
  readonly seen: Witness;
  readonly state: LockState;
}

/** What must hold, and who says what is wrong if it does not. */
export type Invariants = readonly (readonly [
  name: string,
  wrong: (sight: Sight) => string | false | undefined,
])[];

/** What must hold after every step, whatever the reference says. */
export const ALWAYS: Invariants = [
  ['exclusion', ({ seen }) => seen.together],
  ['nobody waits whom A3 admits', admitted],
  [
    'version counts writes',
    ({ seen, state }) =>
      seen.writes !== state.version && `${seen.writes} writes have ended, not ${state.version}`,
  ],
  [
    'counts are those of the clients',
    ({ seen, state: { held, waiting } }) =>
      (sum(held) !== seen.count('holds') || sum(waiting) !== seen.count('waits')) &&
      'the state counts others than those who hold and wait',
  ],
  [
    'a reader phase admits every reader that waits as it begins',
    ({ policy, seen }) => policy === 'phaseFair' && leftOut(seen),
  ],
];

/** What must hold when everybody has let go. */
export const IN_THE_END: Invariants = [
  // While nobody new asks every policy is fair to those who wait.
  ['every waiter is served', ({ seen }) => seen.find('waits')?.name],
  [
    'counts return to zero',
    ({ state: { held, waiting } }) => sum(held) + sum(waiting) > 0 && 'somebody is counted still',
  ],
  // The log has when a grant was told, not when it was made: who asks meanwhile asks between.
  ['bound', ({ policy, seen }) => !seen.askedInside && breachOf(policy, seen.parties)],
];

/** What of these invariants does not hold. */
export function broken(invariants: Invariants, sight: Sight): string | undefined {
  for (const [name, wrong] of invariants) {
    const what = wrong(sight);
    if (what) return `${name}: ${what}`;
  }
  return undefined;
}

function admitted({ policy, seen }: Sight): string | undefined {
  const { parties, lastWrite } = seen;
  const keepsOut = (party: Party, waiter: Party): boolean =>
    party.phase === 'holds'
      ? party.client !== waiter.client && !COMPATIBLE[party.mode][waiter.mode]
      : party.phase === 'waits' && !waiter.nested && isAhead(policy, party, waiter, lastWrite);
  const waiter = parties.find(
    (one) => one.phase === 'waits' && !parties.some((party) => keepsOut(party, one)),
  );
  return waiter && `${waiter.name} waits, and nobody keeps it out`;
}

/** A reader that waits still, though the phase that began while it did has let in another. */
function leftOut({ parties, lastWrite }: Witness): string | undefined {
  const were = parties.filter(({ asked, order }) => asked === 'read' && order < lastWrite);
  const letIn = were.some(({ granted = 0 }) => granted > lastWrite);
  const waits = were.find(({ phase }) => phase === 'waits');
  return letIn && waits ? `${waits.name} is left out` : undefined;
}

function sum(perMode: LockState['held']): number {
  return perMode.read + perMode.upgradable + perMode.write;
}
