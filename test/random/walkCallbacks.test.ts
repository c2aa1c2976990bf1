import { bundledWith } from '../support/bundledWith.js';
import type { SeededFault } from './faultyRemotes.js';
import { walkCallbacks } from './walkCallbacks.js';

/** Faults that only acts inside of callbacks show. Most of them were there once. */
const SEEDED: readonly SeededFault[] = [
  {
    name: 'a request for several locks is granted when one of them has failed',
    file: 'src/many/MultiLock.ts',
    sound: ' && !lock.failure',
    faulty: '',
    seed: 12,
  },
  {
    name: 'a source is subscribed for a consumer that has gone',
    file: 'src/operators/withLock.ts',
    sound: '    if (this.#outer.closed) return EMPTY;\n',
    faulty: '',
    seed: 42,
  },
  {
    name: 'a read that yields is subscribed for a consumer that has gone',
    file: 'src/operators/withYieldingReadLock.ts',
    sound: 'outer.closed ? EMPTY : ',
    faulty: '',
    seed: 6,
  },
  {
    name: 'a live read is subscribed for a consumer that has gone',
    file: 'src/operators/withLiveReadLock.ts',
    sound: 'consumer.closed ? EMPTY : ',
    faulty: '',
    seed: 11,
  },
  {
    name: 'a lock that fails is released before a source that is being subscribed has ended',
    file: 'src/core/LockCore.ts',
    sound: 'if (!request.isBusy()) ',
    faulty: '',
    seed: 4,
  },
  {
    name: 'a remote grant at once that nobody has been told of ends with a loss',
    file: 'src/remote/Mediator.ts',
    sound: '        this.#defer(lease);\n',
    faulty: '',
    seed: 1,
  },
  {
    name: 'a remote grant that has been lost and is granted again is told twice',
    file: 'src/remote/Mediator.ts',
    sound: '    unlink(lease);\n    this.#core.leases.push(lease);\n',
    faulty: '',
    seed: 1,
  },
  {
    name: 'a remote request that is lost while its lock fails is told nothing',
    file: 'src/remote/Mediator.ts',
    sound: ' || core.failure) return;',
    faulty: ') return;',
    seed: 3,
  },
];

it('A–G, I1–I3, J2, J4: acts inside of callbacks break no promise', () => {
  expect(walkCallbacks(300, { seed: 1 })).toBeGreaterThan(2_000);
});

it.each(SEEDED)('the walks find the fault that $name', async (fault) => {
  const { walkCallbacks: walk } = (await bundledWith('test/random/walkCallbacks.ts', fault)) as {
    walkCallbacks: typeof walkCallbacks;
  };
  expect(() => walk(50, { seed: fault.seed, endOnFailure: true })).toThrow(/Property failed/);
});
