import { POLICY_NAMES } from '../../test/model/trace.js';
import type { PolicyName } from '../../test/model/rules.js';

/** Something that spin must show, or must find wrong. */
export interface Check {
  readonly title: string;
  readonly definitions: readonly string[];
  /** What is promised of those who wait; without it, what is promised of each state. */
  readonly claim?: string;
  /** What must be found wrong, as spin puts it; without it, nothing may be. */
  readonly finds?: string;
}

const NAMES: Record<PolicyName, string> = {
  fifo: 'FIFO',
  phaseFair: 'PHASE_FAIR',
  writersFirst: 'WRITERS_FIRST',
  readersFirst: 'READERS_FIRST',
};

export const policyIs = (policy: PolicyName): string => `POLICY=${NAMES[policy]}`;
const boundIs = (policy: PolicyName): string => `BOUND=${NAMES[policy]}`;
const clientsAre = (clients: number): string => `CLIENTS=${clients}`;

const STARVES = 'acceptance cycle';

/** What must hold, of so many clients; of one client less where ways for ever are looked for. */
export function promises(clients: number): Check[] {
  const safe = POLICY_NAMES.map((policy) => ({
    title: `${policy}: nobody holds, waits or passes who must not`,
    definitions: [policyIs(policy), clientsAre(clients)],
  }));
  const served = (policy: PolicyName, who: string, claim: string): Check => ({
    title: `${policy}: ${who} will wait is let in`,
    definitions: [policyIs(policy), clientsAre(clients - 1)],
    claim,
  });
  return [
    ...safe,
    served('fifo', 'whoever', 'served'),
    served('phaseFair', 'whoever', 'served'),
    served('writersFirst', 'a writer who', 'writersServed'),
    served('writersFirst', 'an upgrade that', 'upgradesServed'),
    served('readersFirst', 'a reader who', 'readersServed'),
    served('readersFirst', 'an upgrade that', 'upgradesServed'),
  ];
}

const fault = (title: string, name: string, finds: string, claim?: string): Check => ({
  title,
  definitions: [`FAULT_${name}`],
  finds,
  ...(claim !== undefined && { claim }),
});

/** That of another policy, which has to be broken. */
const bound = (policy: PolicyName, of: PolicyName, finds: string, clients = 3): Check => ({
  title: `${policy} keeps the bound of ${of}`,
  definitions: [policyIs(policy), boundIs(of), clientsAre(clients)],
  finds,
});

const starves = (policy: PolicyName, who: string, claim: string): Check => ({
  title: `${policy}: ${who} who will wait is let in`,
  definitions: [policyIs(policy)],
  claim,
  finds: STARVES,
});

/** What must be found wrong, each of it something that a lock could do. */
export const faults: readonly Check[] = [
  fault('a writer enters beside readers', 'WRITER_BESIDE_READERS', '(writers==0)||(holders==1)'),
  fault('two upgradables hold together', 'TWO_UPGRADABLES', 'upgradables<=1'),
  fault('readers barge past a waiting writer', 'READERS_BARGE', '(i>=place)'),
  fault('nobody is let in when a waiter gives up', 'NO_WAKE_AFTER_CANCEL', '!(admitted)'),
  fault(
    'nobody is let in when an upgrade is given up',
    'NO_WAKE_AFTER_CANCELLED_UPGRADE',
    '!(admitted)',
  ),
  fault('nobody is let in after a downgrade', 'NO_WAKE_AFTER_DOWNGRADE', '!(admitted)'),
  fault('a downgrade lets go first', 'DOWNGRADE_LETS_GO', 'upgradables<=1'),
  fault('an upgrade lets go and asks anew', 'UPGRADE_LETS_GO', '!(overwritten[place])'),
  fault('an upgrade waits for the queue', 'UPGRADE_IN_LINE', 'invalid end state'),
  fault('two readers wait to write', 'READERS_UPGRADE', 'upgraders<=1'),
  fault(
    'readers enter while an upgrade waits',
    'UPGRADE_LETS_READERS_IN',
    STARVES,
    'upgradesServed',
  ),
  bound('phaseFair', 'fifo', '(i>=place)'),
  bound('fifo', 'phaseFair', 'passed[queue[i]]<=1', 4),
  bound('fifo', 'writersFirst', '(asks[queue[place]]==3)||'),
  bound('fifo', 'readersFirst', '!((asks[queue[place]]==3))||'),
  starves('writersFirst', 'a reader', 'readersServed'),
  starves('readersFirst', 'a writer', 'writersServed'),
];
