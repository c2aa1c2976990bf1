// Whoever comes from aiorwlock 1.5.1, read/write locks for Python's asyncio, finds its behaviours
// here, one by one. What it has about event loops and threads has no counterpart. Its tasks are
// async functions and subscriptions here; a task that acquires the lock again does so through its
// lease.

import { asapScheduler, asyncScheduler, of, type Subscription } from 'rxjs';
import {
  type Gate,
  type Lease,
  LockTimeoutError,
  LockUpgradeError,
  readersFirst,
  ReadWriteLock,
  type ReadWriteLockOptions,
  withReadLock,
  withWriteLock,
  writersFirst,
} from 'rxjs-rwlock';
import { logged } from './support/sources.js';
import { IDLE, NONE } from './support/states.js';

const pause = (ms = 2) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Has five tasks work at once; resolves to the most that held the lock together. */
async function peakOf(task: (inside: () => Promise<void>) => Promise<void>): Promise<number> {
  let inside = 0;
  let peak = 0;
  const enter = async () => {
    peak = Math.max(peak, ++inside);
    await pause();
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => task(enter)));
  return peak;
}

/** A task that holds the lock until it is cancelled. */
function holding(log: string[], name: string, lock: ReadWriteLock, mode: Mode): Subscription {
  const operator = mode === 'reader' ? withReadLock : withWriteLock;
  return logged(log, name).pipe(operator(lock)).subscribe();
}

type Mode = 'reader' | 'writer';

function expectFree(lock: ReadWriteLock): void {
  expect(lock.state).toMatchObject(IDLE);
}

/** Five readers that acquire the lock again as soon as they have released it, until a writer has had it twice. */
async function spinAround(
  lock: ReadWriteLock,
  rest: () => Promise<void>,
): Promise<{ reads: number; writes: number }> {
  const done = { reads: 0, writes: 0 };
  async function spin() {
    while (done.writes < 2 && done.reads < 2000) {
      using _lease = await lock.reader.lease();
      done.reads++;
    }
  }
  async function write() {
    while (done.reads === 0) await rest();
    while (done.writes < 2) {
      await rest();
      using _lease = await lock.writer.lease();
      done.writes++;
    }
  }
  await Promise.all([...Array.from({ length: 5 }, spin), write()]);
  return done;
}

/** Writers, each of which releases the lock when the next one waits already. */
async function rowOfWriters(log: string[], lock: ReadWriteLock, count: number): Promise<void> {
  let next = lock.writer.lease();
  for (let n = 1; n <= count; n++) {
    using _lease = await next;
    next = lock.writer.lease();
    log.push(`writer ${n}`);
    await pause(0);
  }
  (await next).release();
}

const modes: [string, ReadWriteLockOptions][] = [
  ['fast', {}],
  ['yielding', { scheduler: asapScheduler }],
];

describe.each(modes)('aiorwlock, %s', (name, options) => {
  let lock: ReadWriteLock;
  let log: string[];

  beforeEach(() => {
    lock = new ReadWriteLock(options);
    log = [];
  });

  // Whatever a test has done, nothing holds the lock or waits for it.
  afterEach(() => expectFree(lock));

  it('A2, A10: a request is granted inside the call when fast, and after it when yielding', async () => {
    const task = holding(log, 'writer', lock, 'writer');
    expect(log).toEqual(name === 'fast' ? ['writer subscribed'] : []);
    expect(lock.writer.locked).toBe(true);
    await pause();
    expect(log).toEqual(['writer subscribed']);
    task.unsubscribe();
  });

  it('A3: many readers overlap', async () => {
    const peak = await peakOf(async (inside) => {
      using _lease = await lock.reader.lease();
      await inside();
    });
    expect(peak).toBe(5);
  });

  it('D3: a reader reads again inside its read, together with other readers', async () => {
    const peak = await peakOf(async (inside) => {
      using lease = await lock.reader.lease();
      using _again = await lease.reader.lease();
      await inside();
    });
    expect(peak).toBe(5);
  });

  it('D3: a writer writes again inside its write, alone', async () => {
    const peak = await peakOf(async (inside) => {
      using lease = await lock.writer.lease();
      using _again = await lease.writer.lease();
      await inside();
    });
    expect(peak).toBe(1);
  });

  it('D3: a writer reads inside its write, alone', async () => {
    const peak = await peakOf(async (inside) => {
      using lease = await lock.writer.lease();
      using _read = await lease.reader.lease();
      expect([lock.writer.locked, lock.reader.locked]).toEqual([true, true]);
      await inside();
    });
    expect(peak).toBe(1);
  });

  it('D3: a writer reads inside its write by an operator', async () => {
    of('value')
      .pipe(withWriteLock(lock, (value, lease) => of(value).pipe(withReadLock(lease))))
      .subscribe((value) => log.push(value));
    await pause();
    expect(log).toEqual(['value']);
  });

  it('D3: a reader reads again past a waiting writer', async () => {
    using lease = await lock.reader.lease();
    const writer = holding(log, 'writer', lock, 'writer');
    using again = await lease.reader.lease();
    expect(again.mode).toBe('read');
    expect(lock.state.waiting.write).toBe(1);
    writer.unsubscribe();
  });

  it('D4: a writer that releases its write and keeps a nested read is a reader', async () => {
    const write = await lock.writer.lease();
    const read = await write.reader.lease();
    const again = await write.reader.lease();
    again.release();
    expect(lock.writer.locked).toBe(true);
    write.release();
    expect(lock.state.held).toEqual({ ...NONE, read: 1 });
    await expect(read.writer.lease()).rejects.toThrow(LockUpgradeError);
    read.release();
  });

  it('D4: when a writer releases its write and keeps a nested read, waiting readers are granted', async () => {
    const write = await lock.writer.lease();
    const reader = holding(log, 'reader', lock, 'reader');
    using _read = await write.reader.lease();
    write.release();
    await pause();
    expect(log).toEqual(['reader subscribed']);
    reader.unsubscribe();
  });

  it('D3: a reader that requests to write is refused at once, also among other readers', async () => {
    let refused = 0;
    await peakOf(async () => {
      using lease = await lock.reader.lease();
      await expect(lease.writer.lease()).rejects.toThrow(LockUpgradeError);
      refused++;
    });
    expect(refused).toBe(5);
  });

  it('A3: readers and writers never hold the lock together, nor do two writers', async () => {
    const seen: [readers: number, writers: number][] = [];
    const inside = { reader: 0, writer: 0 };
    async function work(mode: Mode) {
      using _lease = await lock[mode].lease();
      inside[mode]++;
      await pause();
      seen.push([inside.reader, inside.writer]);
      inside[mode]--;
    }
    await Promise.all(Array.from({ length: 10 }, (_, i) => work(i % 3 ? 'reader' : 'writer')));
    expect(seen).toHaveLength(10);
    for (const [readers, writers] of seen) {
      expect(writers).toBeLessThanOrEqual(1);
      expect(readers > 0 && writers > 0).toBe(false);
    }
  });

  it('A3: a writer is granted between readers that acquire the lock again and again', async () => {
    const { reads, writes } = await spinAround(lock, () => Promise.resolve());
    expect(writes).toBe(2);
    expect(reads).toBeLessThan(2000);
  });

  it('A4: under readersFirst those readers starve the writer', async () => {
    const unfair = new ReadWriteLock({ ...options, policy: readersFirst });
    const { reads } = await spinAround(unfair, () => Promise.resolve());
    expect(reads).toBeGreaterThanOrEqual(2000);
  });

  it.each<[Mode]>([['reader'], ['writer']])(
    'E6: the %s gate tells whether it is held',
    async (mode) => {
      expect(lock[mode].locked).toBe(false);
      const lease = await lock[mode].lease();
      expect(lock[mode].locked).toBe(true);
      lease.release();
      expect(lock[mode].locked).toBe(false);
    },
  );

  it.each<[Mode]>([['reader'], ['writer']])(
    'D9: a %s releases the lock at the end of its block, also when that throws',
    async (mode) => {
      const failing = async () => {
        using _lease = await lock[mode].lease();
        throw new Error('inside');
      };
      await expect(failing()).rejects.toThrow('inside');
      expect(lock[mode].locked).toBe(false);
    },
  );

  // There a second release is an error. Here it does nothing: the lease has been released.
  it('C5: releasing twice releases no other lease', async () => {
    const [first, second] = [await lock.reader.lease(), await lock.reader.lease()];
    first.release();
    first.release();
    expect(lock.state.held.read).toBe(1);
    second.release();
  });

  // There it is an error if a task releases what another one has acquired.
  it('C5: a lease can be handed on, and released elsewhere', async () => {
    const lease = await lock.writer.lease();
    await Promise.resolve(lease).then((handed) => handed.release());
    expect(lock.writer.locked).toBe(false);
  });

  it('A3: a reader waits until the writer of another task has released the lock', async () => {
    const write = await lock.writer.lease();
    const read = (async () => {
      using _lease = await lock.reader.lease();
      return [lock.reader.locked, lock.writer.locked];
    })();
    await pause();
    expect(lock.state).toMatchObject({ held: { read: 0, write: 1 }, waiting: { read: 1 } });
    write.release();
    expect(await read).toEqual([true, false]);
  });

  it('A3: a writer of another task waits while a writer reads inside its write', async () => {
    using write = await lock.writer.lease();
    using _read = await write.reader.lease();
    await expect(lock.writer.lease({ waitTimeout: 2 })).rejects.toThrow(LockTimeoutError);
    expect(lock.state).toMatchObject({ held: { read: 1, write: 1 }, waiting: NONE });
  });

  it('A3: a task that requests to write after its read waits behind the writer that waits already', async () => {
    const twice = (async () => {
      {
        using _read = await lock.reader.lease();
        await pause();
        log.push('read');
      }
      using _write = await lock.writer.lease();
      log.push('second begins', 'second ends');
    })();
    const once = (async () => {
      using _write = await lock.writer.lease();
      log.push('first begins');
      await pause();
      log.push('first ends');
    })();
    await Promise.all([twice, once]);
    expect(log).toEqual(['read', 'first begins', 'first ends', 'second begins', 'second ends']);
  });

  describe('cancelling', () => {
    it('B6: a writer that is granted and then cancelled passes the lock to the next writer', async () => {
      const read = await lock.reader.lease();
      const first = holding(log, 'first', lock, 'writer');
      const next = holding(log, 'next', lock, 'writer');
      read.release();
      first.unsubscribe();
      await pause();
      expect(log).toContain('next subscribed');
      expect(log.includes('first subscribed')).toBe(name === 'fast');
      next.unsubscribe();
    });

    it('B6: a reader that is granted and then cancelled leaves the lock to the other reader', async () => {
      const write = await lock.writer.lease();
      const first = holding(log, 'first', lock, 'reader');
      const other = holding(log, 'other', lock, 'reader');
      write.release();
      first.unsubscribe();
      await pause();
      expect(log).toContain('other subscribed');
      expect(lock.state.held).toEqual({ ...NONE, read: 1 });
      other.unsubscribe();
    });

    it('B6: a reader that is granted and then cancelled passes the lock to a waiting writer', async () => {
      const write = await lock.writer.lease();
      const first = holding(log, 'first', lock, 'reader');
      const next = holding(log, 'next', lock, 'writer');
      write.release();
      first.unsubscribe();
      await pause();
      expect(log).toContain('next subscribed');
      next.unsubscribe();
    });

    it.each<[Mode]>([['reader'], ['writer']])(
      'B6: a %s that is cancelled at once leaves nothing behind',
      async (mode) => {
        holding(log, 'cancelled', lock, mode).unsubscribe();
        expectFree(lock);
        await pause();
        expect(log.includes('cancelled subscribed')).toBe(name === 'fast');
        using lease = lock.writer.tryAcquire();
        expect(lease?.mode).toBe('write');
      },
    );

    it.each<[Mode]>([['reader'], ['writer']])(
      'B6: the acquire() of a %s that is cancelled at once leaves nothing behind',
      async (mode) => {
        const gate: Gate = lock[mode];
        const leases: Lease[] = [];
        gate
          .acquire()
          .subscribe((lease) => leases.push(lease))
          .unsubscribe();
        await pause();
        expect(leases.map(({ released }) => released)).toEqual(name === 'fast' ? [true] : []);
      },
    );

    it.each<[Mode, Mode]>([
      ['reader', 'writer'],
      ['writer', 'reader'],
    ])(
      'B5: of two waiting %ss one is cancelled, and the other is granted',
      async (mode, blocker) => {
        const lease = await lock[blocker].lease();
        const first = holding(log, 'first', lock, mode);
        const second = holding(log, 'second', lock, mode);
        second.unsubscribe();
        lease.release();
        await pause();
        expect(log).toEqual(['first subscribed']);
        first.unsubscribe();
      },
    );
  });

  describe('what aiorwlock does not promise', () => {
    // There the reader waits until every reader has released the lock, and newcomers pass it.
    it('B2: a reader behind a cancelled writer is granted while other readers still read', async () => {
      using _other = await lock.reader.lease();
      const writer = holding(log, 'writer', lock, 'writer');
      const reader = holding(log, 'reader', lock, 'reader');
      writer.unsubscribe();
      await pause();
      expect(log).toEqual(['reader subscribed']);
      expect(lock.state.held.read).toBe(2);
      reader.unsubscribe();
    });

    // There a reader waits for as long as any writer does.
    it.each<[string, ReadWriteLockOptions, string[]]>([
      [
        'A3: readers do not starve while writers keep coming',
        {},
        ['writer 1', 'reader', 'writer 2'],
      ],
      [
        'A4: under writersFirst readers starve while writers keep coming',
        { policy: writersFirst },
        ['writer 1', 'writer 2', 'writer 3', 'writer 4', 'writer 5', 'reader'],
      ],
    ])('%s', async (_, policy, order) => {
      const queue = new ReadWriteLock({ ...options, ...policy });
      const first = await queue.writer.lease();
      const row = rowOfWriters(log, queue, 5);
      const read = queue.reader.lease().then((lease) => {
        log.push('reader');
        lease.release();
      });
      first.release();
      await Promise.all([row, read]);
      expect(log.slice(0, order.length)).toEqual(order);
      expectFree(queue);
    });
  });
});

// aiorwlock yields to its whole event loop, with timers and I/O. Here a task yields as far as its
// scheduler does, and `asapScheduler` works in microtasks, which run before every timer.
it('A10: yielding on asyncScheduler, timers run between readers that never pause', async () => {
  const lock = new ReadWriteLock({ scheduler: asyncScheduler });
  const { reads, writes } = await spinAround(lock, () => pause(0));
  expect(writes).toBe(2);
  expect(reads).toBeLessThan(2000);
});
