import { config } from 'rxjs';
import { SEEDED } from '../../random/faultyRemotes.js';
import { bundledWith } from '../../support/bundledWith.js';
import type { exploreCohorts } from './exploreCohorts.js';

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
