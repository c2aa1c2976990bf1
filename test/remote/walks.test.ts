import { SEEDED } from '../random/faultyRemotes.js';
import { walkProcesses } from '../random/walkProcesses.js';
import { bundledWith } from '../support/bundledWith.js';

it('J2: in random walks of several processes no two conflict, and every request is served', () => {
  expect(walkProcesses(50, { seed: 15 })).toBeGreaterThan(500);
});

it.each(SEEDED)('the walks find the fault that $name', async (fault) => {
  const { walkProcesses: walk } = (await bundledWith('test/random/walkProcesses.ts', fault)) as {
    walkProcesses: typeof walkProcesses;
  };
  expect(() => walk(10, { seed: fault.seed, endOnFailure: true })).toThrow(/Property failed/);
});
