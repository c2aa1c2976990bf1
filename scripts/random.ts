// Walks at random for a number of steps, and compares the lock with the reference.
import { Command } from 'commander';
import { type From, walkAtRandom } from '../test/explore/random.js';
import { walkCallbacks } from '../test/random/walkCallbacks.js';
import { walkProcesses } from '../test/random/walkProcesses.js';
import { walkWorlds } from '../test/random/walkWorlds.js';

const { steps, seed } = new Command('random')
  .option('--steps <number>', 'how many steps each kind of walk takes at least', '1000000')
  .option('--seed <number>', 'the first seed; by default a different one each time')
  .parse()
  .opts<{ steps: string; seed?: string }>();

const RUNS = 1_000;
const first = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
walk('of clients of one lock', walkAtRandom);
walk('of keys, leases, timeouts and schedulers', walkWorlds);
walk('of several processes in front of one engine', walkProcesses);
walk('that act inside of callbacks', walkCallbacks);

function walk(what: string, kind: (runs: number, from: From) => number): void {
  const start = performance.now();
  console.log(`walks ${what}, from seed ${first}`);
  let made = 0;
  for (let next = first; made < Number(steps); next++) made += kind(RUNS, { seed: next });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${made.toLocaleString('en')} steps, all as promised, ${seconds} s`);
}
