import { POLICIES } from '../../model/rules.js';
import { exploreCohorts } from './exploreCohorts.js';

// `npm run check` explores more under each policy: every state of two clients, and every one that three
// clients reach in five steps. It also checks that the explorer finds seeded faults (`faults.long.ts`).
it.each(POLICIES)(
  'J1–J5, J7, J8: under %s two processes do what the reference does in every state of three steps',
  (policy) => {
    const terms = { policy, clients: 2, grants: 1, observed: policy !== 'fifo' };
    const { states, transitions } = exploreCohorts(terms, 3);
    expect(states).toBeGreaterThan(200);
    expect(transitions).toBeGreaterThan(2 * states);
  },
);
