// Walks at random until so many steps have been made, and compares the lock with a reference model.
import { Command } from 'commander';
import { walkAtRandom } from '../test/explore/random.js';

const { steps, seed } = new Command('random')
  .option('--steps <number>', 'how many steps at least', '1000000')
  .option('--seed <number>', 'where to begin; another one each time where it is left out')
  .parse()
  .opts<{ steps: string; seed?: string }>();

const RUNS = 1_000;
let next = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
let made = 0;
console.log(`from seed ${next}`);
while (made < Number(steps)) made += walkAtRandom(RUNS, next++);
console.log(`${made.toLocaleString('en')} steps, and the lock did what the reference does`);
