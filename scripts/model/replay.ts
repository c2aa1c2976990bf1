import { type LockState, ReadWriteLock } from 'rxjs-rwlock';
import type { PolicyName } from '../../test/model/rules.js';
import { POLICIES } from '../../test/support/policies.js';
import { TracedClient } from './TracedClient.js';
import type { Walk } from './tour.js';
import { FREE } from './Transition.js';

type Clients = Map<string, TracedClient>;

/**
 * Takes the steps of a walk on a real lock. Throws if the state of the lock differs from that of the
 * model.
 */
export function replay(policy: PolicyName, walk: Walk): void {
  const lock = new ReadWriteLock({ policy: POLICIES[policy] });
  // In the order of their requests.
  const clients: Clients = new Map();
  for (const [i, { client, action, to }] of walk.entries()) {
    take(client, action, clients, lock);
    const wrong = difference(to, clients, lock.state);
    if (wrong !== undefined) throw new Error(`${policy}: ${wrong}\nafter ${lastSteps(walk, i)}`);
  }
}

function take(name: string, action: string, clients: Clients, lock: ReadWriteLock): void {
  const client = clients.get(name) ?? new TracedClient(name, lock);
  if (action.startsWith('requests')) clients.delete(name);
  clients.set(name, client);
  client.do(action);
}

/** Compares the expected state with what the clients have seen, and with `lock.state`. */
function difference(expected: string, clients: Clients, state: LockState): string | undefined {
  const seen = tell([...clients.values()]);
  if (seen !== expected) return `expected ${expected}\n     got ${seen}`;
  const [holding = '', waiting = ''] = expected.split('|');
  const [counts, actual] = [
    JSON.stringify([count(holding), count(waiting)]),
    JSON.stringify([state.held, state.waiting]),
  ];
  return counts === actual ? undefined : `expected ${counts}\n     got ${actual}`;
}

function tell(clients: readonly TracedClient[]): string {
  const held = clients.map((client) => client.held).sort();
  const upgrades = clients.map(({ upgrade }) => upgrade);
  const waits = clients.map(({ wait }) => wait);
  return [...held, FREE, ...upgrades, ...waits].filter((part) => part !== undefined).join(' ');
}

function count(part: string): LockState['held'] {
  const of = (letter: string) => part.split(new RegExp(`[=?+]${letter}`)).length - 1;
  return { read: of('r'), upgradable: of('u'), write: of('w') };
}

function lastSteps(walk: Walk, last: number): string {
  const steps = walk.slice(Math.max(0, last - 9), last + 1);
  return steps.map(({ client, action, to }) => `\n  ${client} ${action} > ${to}`).join('');
}
