import { SEEDED, SEEDED_IN_CALLBACKS } from '../random/faultyRemotes.js';
import { walkCallbacks } from '../random/walkCallbacks.js';
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

it('J2, J4: in random walks that act inside of callbacks each request is told of its grant and end once', () => {
  expect(walkCallbacks(200, { seed: 1 })).toBeGreaterThan(1_000);
});

it.each(SEEDED_IN_CALLBACKS)('these walks find the fault that $name', async (fault) => {
  const { walkCallbacks: walk } = (await bundledWith('test/random/walkCallbacks.ts', fault)) as {
    walkCallbacks: typeof walkCallbacks;
  };
  expect(() => walk(10, { seed: fault.seed, endOnFailure: true })).toThrow(/Property failed/);
});
