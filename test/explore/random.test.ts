import { walkAtRandom } from './random.js';

it('A–E: on a thousand random walks the lock does what the reference does', () => {
  expect(walkAtRandom(1_000)).toBeGreaterThan(3_000);
}, 60_000);

it('walks from the same seed are the same', () => {
  expect(walkAtRandom(10, { seed: 1 })).toBe(walkAtRandom(10, { seed: 1 }));
});
