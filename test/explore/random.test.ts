import { walkAtRandom } from './random.js';

it('A–E: on two hundred and fifty random walks the lock does what the reference does', () => {
  expect(walkAtRandom(250)).toBeGreaterThan(750);
});

it('walks from the same seed are the same', () => {
  expect(walkAtRandom(10, { seed: 1 })).toBe(walkAtRandom(10, { seed: 1 }));
});
