import * as fc from 'fast-check';
import { walk } from './explore.js';
import type { Terms } from './steps.js';

const terms: fc.Arbitrary<Terms> = fc.record({
  policy: fc.constantFrom('fifo', 'phaseFair', 'writersFirst', 'readersFirst'),
  clients: fc.integer({ min: 2, max: 20 }),
  alphabet: fc.constantFrom('basic', 'full'),
});
const choices = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 1, maxLength: 120 });

/**
 * Walks at random, with up to twenty clients, and compares the lock with the reference after every
 * step. What fails is shrunk to a short walk, and shown with its seed.
 *
 * @returns how many steps were made
 */
export function walkAtRandom(runs: number, seed?: number): number {
  let steps = 0;
  const property = fc.property(terms, choices, (terms, choices) => {
    steps += walk(terms, choices);
  });
  const from = seed === undefined ? {} : { seed };
  fc.assert(property, { numRuns: runs, includeErrorInReport: true, ...from });
  return steps;
}
