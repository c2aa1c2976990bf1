// One measurement in a process of its own: the work, its number, the peer. Prints the figure.
import { PEERS } from './peers.mjs';
import { WORKS, yardsticks } from './works.mjs';

const [work, number, name] = process.argv.slice(2);
try {
  const peer = PEERS[name] ? await PEERS[name].make() : (await yardsticks())[name];
  console.log(await WORKS[work](peer, Number(number)));
} catch (error) {
  console.log(error instanceof RangeError ? 'stack overflow' : error.message);
}
process.exit(0);
