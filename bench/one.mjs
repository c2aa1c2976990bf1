// One measurement in a process of its own: the work, its number, the peer. Prints the figure.
import { PEERS } from './peers/index.mjs';
import { WORKS } from './works.mjs';

const [work, number, name] = process.argv.slice(2);
try {
  console.log(await WORKS[work](await subjectOf(name), Number(number)));
} catch (error) {
  console.log(error instanceof RangeError ? 'stack overflow' : error.message);
}
process.exit(0);

async function subjectOf(name) {
  if (PEERS[name]) return PEERS[name].make();
  const { YARDSTICKS, RATIOS } = await import('./yardsticks.mjs');
  return YARDSTICKS[name] ?? RATIOS[name];
}
