import { walkAtRandom } from './random.js';

/** Walks that failed once: none so far. */
const SEEDS: readonly number[] = [];

it('A–E: on a thousand random walks the lock does what the reference does', () => {
  expect(walkAtRandom(1_000)).toBeGreaterThan(3_000);
}, 60_000);

it('walks that have failed do so no more', () => {
  for (const seed of SEEDS) walkAtRandom(100, seed);
  expect(walkAtRandom(10, 1)).toBe(walkAtRandom(10, 1));
});
