// One file for jest, which would load all that is tested anew for each of them: that took most of the
// time of a mutant. Those that find most come first; those that search for a fault, by every
// interleaving or at random, or need a long time, are left out.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const TESTS = join(__dirname, '../../test');
const FOLDERS = ['marbles', 'lock', 'core', 'operators', 'many', 'abuse', '.'];
const LEFT_OUT = /scale|leaks|pictures|promises/;
// A mutant that never ends is given up when it has done a hundred times what was done without it.
const LONG =
  /twenty thousand|grow(ing)? the stack|same number of steps|asked in any order|never wait for each other|any mix of|strands nobody/;

const { it } = globalThis;
const shortOnly = (title, ...rest) => LONG.test(title) || it(title, ...rest);
globalThis.it = Object.assign(shortOnly, it);

for (const folder of FOLDERS)
  for (const name of readdirSync(join(TESTS, folder)).filter((name) => name.endsWith('.test.ts')))
    if (!LEFT_OUT.test(name))
      describe(`${folder}/${name}`, () => {
        require(join(TESTS, folder, name));
      });
