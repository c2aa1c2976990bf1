import { config } from 'rxjs';
import { POLICIES } from '../../model/rules.js';
import { SEEDED } from '../../random/faultyRemotes.js';
import { bundledWith } from '../../support/bundledWith.js';
import { exploreCohorts } from './exploreCohorts.js';

// `npm run check` explores more under each policy: every state of two clients, and every one that three
// clients reach in five steps.
it.each(POLICIES)(
  'J1–J5, J7, J8: under %s two processes do what the reference does in every state of three steps',
  (policy) => {
    const terms = { policy, clients: 2, grants: 1, observed: policy !== 'fifo' };
    const { states, transitions } = exploreCohorts(terms, 3);
    expect(states).toBeGreaterThan(200);
    expect(transitions).toBeGreaterThan(2 * states);
  },
);

// Each is found under every policy; one stands for all, as that takes time.
describe('the explorer finds the fault that', () => {
  const { onUnhandledError } = config;
  // What a faulty lock throws on the way may be reported later.
  beforeAll(() => (config.onUnhandledError = () => undefined));
  afterAll(() => (config.onUnhandledError = onUnhandledError));

  it.each(SEEDED)('$name', async (fault) => {
    const { exploreCohorts: explore } = (await bundledWith(
      'test/explore/cohorts/exploreCohorts.ts',
      fault,
    )) as { exploreCohorts: typeof exploreCohorts };
    const terms = { policy: 'readersFirst', clients: 3, grants: 2, observed: false } as const;
    expect(() => explore(terms, 5)).toThrow(
      /^readersFirst, 2 grants: expected [^]*after\n {2}request a/,
    );
  });
});
