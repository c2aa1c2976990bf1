import { POLICIES, type PolicyName } from '../../test/model/rules.js';

/** A check that Spin makes. */
export interface Check {
  readonly title: string;
  readonly definitions: readonly string[];
  /** The name of a claim about endless runs; without it, each state is checked. */
  readonly claim?: string;
  /** The error that Spin must report; without it, Spin must report none. */
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

/** The checks that must pass, with `clients` clients, or with one less for endless runs. */
export function promises(clients: number): Check[] {
  const safe = POLICIES.map((policy) => ({
    title: `${policy}: exclusion, no request waits without cause, the bound of the policy`,
    definitions: [policyIs(policy), clientsAre(clients)],
  }));
  const served = (policy: PolicyName, request: string, claim: string): Check => ({
    title: `${policy}: every ${request} that is not cancelled is granted`,
    definitions: [policyIs(policy), clientsAre(clients - 1)],
    claim,
  });
  return [
    ...safe,
    served('fifo', 'request', 'served'),
    served('phaseFair', 'request', 'served'),
    served('writersFirst', 'write', 'writersServed'),
    served('writersFirst', 'upgrade', 'upgradesServed'),
    served('readersFirst', 'read', 'readersServed'),
    served('readersFirst', 'upgrade', 'upgradesServed'),
  ];
}

const fault = (title: string, name: string, finds: string, claim?: string): Check => ({
  title,
  definitions: [`FAULT_${name}`],
  finds,
  ...(claim !== undefined && { claim }),
});

/** Checks the bound of another policy, which the policy must break. */
const bound = (policy: PolicyName, of: PolicyName, finds: string, clients = 3): Check => ({
  title: `${policy} keeps the bound of ${of}`,
  definitions: [policyIs(policy), boundIs(of), clientsAre(clients)],
  finds,
});

const starves = (policy: PolicyName, request: string, claim: string): Check => ({
  title: `${policy}: every ${request} that is not cancelled is granted`,
  definitions: [policyIs(policy)],
  claim,
  finds: STARVES,
});

/** The checks that must fail. Each has a mistake that a lock could make. */
export const faults: readonly Check[] = [
  fault(
    'a write is granted while readers hold',
    'WRITER_BESIDE_READERS',
    '(writers==0)||(owners==1)',
  ),
  fault('two upgradable leases are held together', 'TWO_UPGRADABLES', 'upgradables<=1'),
  fault('readers barge past a waiting writer', 'READERS_BARGE', '(i>=place)'),
  fault('nothing is granted after a request is cancelled', 'NO_WAKE_AFTER_CANCEL', '!(admitted)'),
  fault(
    'nothing is granted after an upgrade is cancelled',
    'NO_WAKE_AFTER_CANCELLED_UPGRADE',
    '!(admitted)',
  ),
  fault('nothing is granted after a downgrade', 'NO_WAKE_AFTER_DOWNGRADE', '!(admitted)'),
  fault('a downgrade releases and requests again', 'DOWNGRADE_RELEASES', 'upgradables<=1'),
  fault('an upgrade releases and requests again', 'UPGRADE_RELEASES', '!(overwritten[place])'),
  fault('an upgrade waits behind the queue', 'UPGRADE_IN_LINE', 'invalid end state'),
  fault('two readers wait for their upgrades', 'READERS_UPGRADE', 'upgraders<=1'),
  fault(
    'reads are granted while an upgrade waits',
    'READERS_PASS_UPGRADE',
    STARVES,
    'upgradesServed',
  ),
  bound('phaseFair', 'fifo', '(i>=place)'),
  bound('fifo', 'phaseFair', 'passed[queue[i]]<=1', 4),
  bound('fifo', 'writersFirst', '(wants[queue[place]]==3)||'),
  bound('fifo', 'readersFirst', '!((wants[queue[place]]==3))||'),
  starves('writersFirst', 'read', 'readersServed'),
  starves('readersFirst', 'write', 'writersServed'),
];
