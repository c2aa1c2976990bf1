import type { PolicyName } from '../model/ReferenceLock.js';
import { breaksBound } from './bounds.js';
import { everyPath, everyState } from './explore.js';

const policies: PolicyName[] = ['fifo', 'phaseFair', 'writersFirst', 'readersFirst'];

describe.each(policies)('under %s', (policy) => {
  it('A1–A4, B, C: on every path of four clients the lock does what the reference does', () => {
    const { states } = everyPath({ policy, clients: 4, alphabet: 'basic' });
    expect(states).toBeGreaterThan(10_000);
  }, 60_000);

  it('A–E: in every state of two clients, with all that they can do, it does so', () => {
    const { states, transitions } = everyState({ policy, clients: 2, alphabet: 'full' });
    expect(states).toBeGreaterThan(200);
    expect(transitions).toBeGreaterThan(5 * states);
  }, 60_000);
});

it('A4: what breaks a bound is found', () => {
  const asks = ['a asks write', 'a granted', 'b asks write', 'c asks read', 'd asks write'];
  const orders: [string, PolicyName[]][] = [
    ['bcd', ['readersFirst']],
    ['bdc', ['fifo', 'phaseFair', 'readersFirst']],
    ['cbd', ['fifo', 'writersFirst']],
  ];
  for (const [order, broken] of orders) {
    const log = [...asks, ...[...order].map((name) => `${name} granted`)];
    expect(policies.filter((policy) => breaksBound(policy, log))).toEqual(
      expect.arrayContaining(broken),
    );
  }
});
