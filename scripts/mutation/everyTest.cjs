// Loads the tests as one file, since jest loads the tested code anew for each file, which took most of
// the time. The folders whose tests kill most mutants come first. Tests that search for faults, by every
// interleaving or at random, and tests that take long are left out.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const TESTS = join(__dirname, '../../test');
const FOLDERS = ['marbles', 'lock', 'core', 'operators', 'many', '.'];
// Tests of the heap, tests that need files which are not copied here, and tests that would change those
// that follow: zone.js replaces timers and promises, and the tests of synchronous errors load a second
// RxJS.
const LEFT_OUT = /scale|leaks|leaseKeeps|pictures|promises|zones|synchronousErrors/;
// Titles of long tests. Stryker stops a mutant that runs much longer than the tests without it.
const LONG =
  /twenty thousand|grow(ing)? the stack|same number of steps|never wait for each other|any mix of|constant number of others|number of holders|ten thousand|number of keys|share a signal|all that knows of it/;

const { it } = globalThis;
const shortOnly = (title, ...rest) => LONG.test(title) || it(title, ...rest);
globalThis.it = Object.assign(shortOnly, it);

for (const folder of FOLDERS)
  for (const name of readdirSync(join(TESTS, folder)).filter((name) => name.endsWith('.test.ts')))
    if (!LEFT_OUT.test(name))
      describe(`${folder}/${name}`, () => {
        require(join(TESTS, folder, name));
      });
