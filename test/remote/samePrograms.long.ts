import type * as Rx from 'rxjs';
import type * as Package from 'rxjs-rwlock';
import type { ReadWriteLockOptions } from 'rxjs-rwlock';
import type * as Remote from 'rxjs-rwlock/remote';
import type * as WithLease from '../support/withLease.js';

// The test programs of a local lock again, with a remote lock in its place that has the exclusive
// lease in hand, as if there were no other process.

jest.mock('rxjs-rwlock', () => {
  const { map } = jest.requireActual<typeof Rx>('rxjs');
  const local = jest.requireActual<typeof Package>('rxjs-rwlock');
  const remote = jest.requireActual<typeof Remote>('rxjs-rwlock/remote');
  const { withLease } = jest.requireActual<typeof WithLease>('../support/withLease.js');
  const cohort = { grants: Infinity, time: Infinity, linger: Infinity };

  /** An engine that does not count, so that no number of grants is too large for a lease. */
  function driver(): Remote.LockDriver {
    const counting = remote.localDriver(new local.ReadWriteLock());
    return { hold: (request) => counting.hold(request).pipe(map(() => ({}))) };
  }

  class ReadWriteLock extends remote.RemoteReadWriteLock {
    constructor(options: ReadWriteLockOptions = {}) {
      // A local lock checks them as they are given.
      new local.ReadWriteLock(options);
      super(driver(), { ...options, cohort });
      withLease(this);
    }
  }
  return { ...local, ReadWriteLock };
});

it('J1: the lock of these programs is a remote one', () => {
  const { ReadWriteLock } = jest.requireMock<typeof Package>('rxjs-rwlock');
  expect(new ReadWriteLock()).toHaveProperty('core.engineName');
});

describe.each([
  'aborting',
  'cancelledWhileFailing',
  'cancelling',
  'conditions',
  'context',
  'delivery',
  'disposal',
  'errors',
  'leaks',
  'leaseKeeps',
  'leases',
  'optionRecords',
  'policyMisuse',
  'proxies',
  'releasing',
  'requesting',
  'scale',
  'schedulers',
  'signals',
  'subject',
  'trace',
  'whatWasInTheWay',
  // It resets the modules, so it is the last one.
  'synchronousErrors',
])('J1: %s', (name) => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- its hooks belong to this block
  require(`../lock/${name}.test.js`);
});
