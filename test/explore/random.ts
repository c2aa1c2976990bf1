import * as fc from 'fast-check';
import { walk } from './explore.js';
import { Run } from './Run.js';
import type { Terms } from './steps.js';

const terms: fc.Arbitrary<Terms> = fc.record({
  policy: fc.constantFrom('fifo', 'phaseFair', 'writersFirst', 'readersFirst'),
  clients: fc.integer({ min: 2, max: 20 }),
  alphabet: fc.constantFrom('basic', 'full'),
});
const choices = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 1, maxLength: 120 });

/** Where random walks begin, as a walk that fails tells it. */
export type From = Pick<fc.Parameters, 'seed' | 'path'>;

/**
 * Walks at random, with up to twenty clients, and compares the lock with the reference after every
 * step. A walk that fails is shrunk to few steps, and shown with its seed and path.
 *
 * @returns how many steps were made
 */
export function walkAtRandom(runs: number, from: From = {}): number {
  let steps = 0;
  const property = fc.property(terms, choices, (terms, choices) => {
    steps += walk(Run.from(terms), choices);
  });
  fc.assert(property, { numRuns: runs, includeErrorInReport: true, ...from });
  return steps;
}
