import { type LockState, ReadWriteLock } from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import type { PolicyName } from './rules.js';
import type { TraceStep, Walk } from './trace.js';
import { TracedClient } from './TracedClient.js';

/** Does to a real lock what was done in the model, and throws where the two differ. */
export function replay(policy: PolicyName, walk: Walk): void {
  const lock = new ReadWriteLock({ policy: POLICIES[policy] });
  // In the order of their asking.
  const clients = new Map<string, TracedClient>();
  for (const step of walk) {
    take(step, clients, lock);
    const state = tell([...clients.values()]);
    if (state !== step.state) fail(policy, step, step.state, state);
    checkCounts(policy, step, lock.state);
  }
  for (const client of clients.values()) client.leave();
  const last = walk.at(-1);
  if (last) checkCounts(policy, { ...last, state: '|' }, lock.state);
}

function take({ client: name, action }: TraceStep, clients: Clients, lock: ReadWriteLock): void {
  const client = clients.get(name) ?? new TracedClient(name, lock);
  if (action.startsWith('asks')) clients.delete(name);
  clients.set(name, client);
  client.do(action);
}

type Clients = Map<string, TracedClient>;

function tell(clients: readonly TracedClient[]): string {
  const held = clients.map((client) => client.held).sort();
  const upgrades = clients.map(({ upgrade }) => upgrade);
  const waits = clients.map(({ wait }) => wait);
  return [...held, '|', ...upgrades, ...waits].filter((part) => part !== undefined).join(' ');
}

/** What the lock itself says must be what its clients have seen. */
function checkCounts(policy: PolicyName, step: TraceStep, { held, waiting }: LockState): void {
  const [holders = '', waiters = ''] = step.state.split('|');
  const [expected, actual] = [
    JSON.stringify([count(holders), count(waiters)]),
    JSON.stringify([held, waiting]),
  ];
  if (expected !== actual) fail(policy, step, expected, actual);
}

function count(part: string): LockState['held'] {
  const of = (letter: string) => part.split(new RegExp(`[=?+]${letter}`)).length - 1;
  return { read: of('r'), upgradable: of('u'), write: of('w') };
}

function fail(policy: PolicyName, step: TraceStep, expected: string, actual: string): never {
  const { line, client, action } = step;
  throw new Error(
    `${policy}, line ${line}: after "${client} ${action}"\nexpected ${expected}\n     got ${actual}`,
  );
}
