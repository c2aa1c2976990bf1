// One measurement in a process of its own: the work, its number, the subject, the build of this
// package. Prints the figure or figures.
import { PEERS } from './peers/index.mjs';
import { WORKS } from './works.mjs';

const [work, number, name, dist] = process.argv.slice(2);
try {
  const subject = await (await subjects())[name].make(dist);
  console.log([await WORKS[work](subject, Number(number))].flat().join(' '));
} catch (error) {
  console.log(error instanceof RangeError ? 'stack overflow' : error.message);
}
process.exit(0);

/** RxJS is loaded only where it takes part. */
async function subjects() {
  if (PEERS[name]) return PEERS;
  const { YARDSTICKS } = await import('./yardsticks.mjs');
  return YARDSTICKS[name] ? YARDSTICKS : (await import('./ratios.mjs')).RATIOS;
}
