// Runs the tests for Stryker, all in one process and with the parts of jest. For each mutant it loads the
// sources and tests anew, from one bundle that stays compiled. jest itself would start anew for each mutant,
// and load each file by itself, which takes much longer than the tests that kill most mutants.
import { ModernFakeTimers } from '@jest/fake-timers';
import { buildSync } from 'esbuild';
import { expect } from 'expect';
import * as circus from 'jest-circus';
import { ModuleMocker } from 'jest-mock';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { Script } from 'node:vm';
import { config } from 'rxjs';

// The folders whose tests kill most mutants come first. Folders that are not here are left out: their tests
// explore every interleaving, or are those of other sources.
const FOLDERS = ['marbles', 'lock', 'core', 'operators', 'many', '.', 'remote', 'random'];
// Tests of the heap, tests that need files which are not copied here, and tests that would change those
// that follow: zone.js replaces timers and promises, and the tests of synchronous errors load a second RxJS.
const LEFT_OUT = /scale|leaks|leaseKeeps|pictures|promises|zones|synchronousErrors/;
// Two files that take as long as all the others together. They run last.
const SLOW = /laws|walkWorlds/;
// Titles of tests that look at their own file, or load a file twice.
const NOT_HERE = /own name and stack|another copy of the package/;
// Titles of long tests. All others together take some twenty seconds.
const LONG =
  /the stack|thousand|1,000|\d000 |same number of steps|number of (holders|keys)|ten thousand of them|the (walks|explorer) find|all that knows of it|(is kept|somebody) keeps|as often as restarts|never goes back|makes new states|share a signal/;

const require = createRequire(import.meta.url);
const mocker = new ModuleMocker(globalThis);
const timers = new ModernFakeTimers({ config: { fakeTimers: {} }, global: globalThis });
const jest = {
  ...bound(mocker, 'fn', 'spyOn', 'restoreAllMocks'),
  ...bound(
    timers,
    'useFakeTimers',
    'useRealTimers',
    'advanceTimersByTime',
    'runAllTimers',
    'getTimerCount',
  ),
};
Object.assign(globalThis, circus, { expect, jest });

class TestRunner {
  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    const tests = `${process.cwd()}/test`;
    const files = FOLDERS.flatMap((folder) =>
      readdirSync(`${tests}/${folder}`)
        .filter((name) => name.endsWith('.test.ts') && !LEFT_OUT.test(name))
        .map((name) => `${folder}/${name}`),
    );
    files.sort((one, other) => SLOW.test(one) - SLOW.test(other));
    const [bundle] = buildSync({
      stdin: {
        contents: files
          .map((file) => `describe('${file}', () => void require('./${file}'));`)
          .join('\n'),
        resolveDir: tests,
      },
      absWorkingDir: process.cwd(),
      bundle: true,
      write: false,
      platform: 'node',
      target: 'es2022',
      packages: 'external',
      tsconfig: 'tsconfig.json',
      supported: { 'dynamic-import': false },
      keepNames: true,
    }).outputFiles;
    this.load = new Script(`(require, module, __dirname) => {${bundle.text}}`, {
      filename: 'bundle',
    });
    this.dirname = `${tests}/bundle`;
  }

  async dryRun() {
    const stryker = {};
    const tests = await this.run(stryker, { disableBail: true });
    const { mutantCoverage } = stryker;
    // Some tests use locks while they are described. Stryker would run all tests on what runs then.
    for (const covered of Object.values(mutantCoverage.perTest))
      for (const mutant of Object.keys(covered)) delete mutantCoverage.static[mutant];
    return { status: 'complete', tests, mutantCoverage };
  }

  async mutantRun({ activeMutant: { id }, testFilter, disableBail, hitLimit }) {
    const stryker = { activeMutant: id, hitCount: hitLimit && 0, hitLimit };
    const only = testFilter && new Set(testFilter);
    let tests;
    try {
      tests = await this.run(stryker, { only, disableBail });
    } catch (error) {
      return { status: 'killed', killedBy: [], failureMessage: String(error), nrOfTests: 0 };
    }
    if (stryker.hitCount > hitLimit) return { status: 'timeout' };
    const nrOfTests = tests.filter(({ status }) => status !== SKIPPED).length;
    const failed = tests.filter(({ status }) => status === FAILED);
    if (failed.length === 0) return { status: 'survived', nrOfTests };
    const killedBy = failed.map((test) => test.id);
    return { status: 'killed', killedBy, failureMessage: failed[0].failureMessage, nrOfTests };
  }

  /** Rejects if the tests can't be loaded. */
  async run(stryker, { only, disableBail }) {
    globalThis.__stryker__ = stryker;
    // What nobody handles is then an uncaught error, which fails the test that caused it.
    config.onUnhandledError = null;
    circus.resetState();
    const state = circus.getState();
    // A promise of a lock that no longer grants is never settled, so don't wait for it long.
    state.testTimeout = 1000;
    for (const handle of globalThis[Symbol.for('EVENT_HANDLERS')])
      handle({ name: 'setup', parentProcess: process }, state);
    this.load.runInThisContext()(require, {}, this.dirname);
    const tests = testsIn(state.rootDescribeBlock);
    let isKilled = false;
    const onEvent = ({ name, test }) => {
      if (name === 'error') isKilled ||= !disableBail && tests.some(hasFailed);
      if (name === 'test_done') isKilled ||= !disableBail && hasFailed(test);
      if (name !== 'test_start') return;
      const title = titleOf(test);
      stryker.currentTestId = title;
      const isLeftOut = NOT_HERE.test(title) || LONG.test(title) || only?.has(title) === false;
      if (isKilled || isLeftOut) test.mode = 'skip';
    };
    circus.addEventHandler(onEvent);
    await circus.run();
    // Errors that nobody handles are reported in a later turn.
    await wait(isKilled ? 0 : 5);
    circus.removeEventHandler(onEvent);
    jest.useRealTimers();
    jest.restoreAllMocks();
    return tests.map((test) => ({
      id: titleOf(test),
      name: titleOf(test),
      status: hasFailed(test) ? FAILED : test.status === 'done' ? PASSED : SKIPPED,
      timeSpentMs: test.duration ?? 0,
      failureMessage: String([test.errors[0]].flat()[0]),
    }));
  }
}

const [PASSED, FAILED, SKIPPED] = [0, 1, 2];

function testsIn(block) {
  return block.children.flatMap((child) => (child.type === 'test' ? [child] : testsIn(child)));
}

function hasFailed(test) {
  return test.errors.length > 0 || test.unhandledRejectionErrorByPromise.size > 0;
}

/** The title of a test, preceded by the titles of the blocks around it. */
function titleOf({ name, parent }) {
  return parent.parent ? `${titleOf(parent)} ${name}` : name;
}

function bound(object, ...names) {
  return Object.fromEntries(names.map((name) => [name, object[name].bind(object)]));
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'bundle', injectableClass: TestRunner }];
