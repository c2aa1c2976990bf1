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

// A mutant is killed by the first test that fails. jest's own `bail` would stop after the file of that
// test, which is this one.
if (!process.env.DISABLE_BAIL) {
  let isKilled = false;
  globalThis[Symbol.for('EVENT_HANDLERS')].push(({ name, test }) => {
    if (name === 'test_done' && test.errors.length > 0) isKilled = true;
    if (name === 'test_start' && isKilled) test.mode = 'skip';
  });
}

for (const folder of FOLDERS)
  for (const name of readdirSync(join(TESTS, folder)).filter((name) => name.endsWith('.test.ts')))
    if (!LEFT_OUT.test(name))
      describe(`${folder}/${name}`, () => {
        require(join(TESTS, folder, name));
      });
