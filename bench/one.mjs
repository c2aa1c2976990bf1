// Makes one measurement and prints its figures. Arguments: the work, its number, the name of the peer,
// and the build of this package.
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

/** Loads RxJS only if it takes part. */
async function subjects() {
  if (PEERS[name]) return PEERS;
  const { YARDSTICKS } = await import('./yardsticks.mjs');
  return YARDSTICKS[name] ? YARDSTICKS : (await import('./ratios.mjs')).RATIOS;
}
