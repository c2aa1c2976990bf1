import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadWriteLock, type ReadWriteLockOptions } from 'rxjs-rwlock';
import { localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { checkScenario } from '../../src/testing/checkScenario.js';
import { readChapter } from '../../src/testing/readChapter.js';
import { withLease } from '../support/withLease.js';

// The chapters of the specification again, with a remote lock in the place of each lock: once with
// the exclusive lease in hand, as if there were no other process, and once without.

const folder = join(__dirname, '../../marbles');
const blocks = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'remote-locks.md')
  .flatMap((name) => readChapter(readFileSync(join(folder, name), 'utf8'), name).blocks)
  // J7: there is no lock over all keys.
  .filter(({ scenario }) => !scenario.lock.keyed);

/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- it has the methods of a lock */

const remote = (options: ReadWriteLockOptions, cohort: object) =>
  new RemoteReadWriteLock(localDriver(new ReadWriteLock()), { ...options, cohort });

describe('with the lease in hand', () => {
  it.each(blocks)('J1: $heading', ({ scenario }) => {
    const cohort = { grants: Infinity, time: Infinity, linger: Infinity };
    checkScenario(scenario, (options) => withLease(remote(options, cohort)));
  });
});

describe('without the lease', () => {
  // J7: the states show the wait for the lease, too, so they are not compared.
  it.each(blocks)('J1: $heading', ({ scenario: { lanes, lock } }) => {
    const { state: _, ...rest } = lock;
    checkScenario({ lanes, lock: rest }, (options) => remote(options, {}));
  });
});
