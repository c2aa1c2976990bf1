import { POLICIES } from '../../model/rules.js';
import { exploreCohorts } from './exploreCohorts.js';

const OTHERS = POLICIES.filter((policy) => policy !== 'fifo');

// `npm run check` explores more under each policy: every state of two clients, and every one that three
// clients reach in five steps. It also checks that the explorer finds seeded faults (`faults.long.ts`).
it('J1–J5, J7, J8: under fifo two processes do what the reference does in every state of three steps', () => {
  const terms = { policy: 'fifo', clients: 2, grants: 1, observed: false } as const;
  const { states, transitions } = exploreCohorts(terms, 3);
  expect(states).toBeGreaterThan(200);
  expect(transitions).toBeGreaterThan(2 * states);
});

it.each(OTHERS)('J1–J5, J7, J8: under %s they do so in every state of two steps', (policy) => {
  const terms = { policy, clients: 2, grants: 1, observed: true };
  const { states, transitions } = exploreCohorts(terms, 2);
  expect(states).toBeGreaterThan(50);
  expect(transitions).toBeGreaterThan(states);
});
