// The behaviours of aiorwlock 1.5.1, read/write locks for Python's asyncio, one by one: as its
// tests, its source and its changelog have them, in words and code of our own. What it has about
// event loops and threads has no counterpart here. Its tasks are async functions and subscriptions
// here; what a task asks for again is asked through the lease it has.

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

const FREE = { read: 0, upgradable: 0, write: 0 };

const pause = (ms = 2) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Has five tasks work at once; resolves to the most that were inside together. */
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

/** A task that holds for as long as it is not cancelled. */
function holding(log: string[], name: string, lock: ReadWriteLock, mode: Mode): Subscription {
  const operator = mode === 'reader' ? withReadLock : withWriteLock;
  return logged(log, name).pipe(operator(lock)).subscribe();
}

type Mode = 'reader' | 'writer';

function expectFree(lock: ReadWriteLock): void {
  expect(lock.state).toMatchObject({ held: FREE, waiting: FREE });
}

/** Five readers that ask again as soon as they have let go, until a writer was in twice. */
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

/** Writers that each have a successor waiting before they let go. */
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

  // Whatever a test has done, it leaves nobody behind.
  afterEach(() => expectFree(lock));

  it('grants inside the call when fast, and after it when yielding', async () => {
    const task = holding(log, 'writer', lock, 'writer');
    expect(log).toEqual(name === 'fast' ? ['writer subscribed'] : []);
    expect(lock.writer.locked).toBe(true);
    await pause();
    expect(log).toEqual(['writer subscribed']);
    task.unsubscribe();
  });

  it('many readers overlap', async () => {
    const peak = await peakOf(async (inside) => {
      using _lease = await lock.reader.lease();
      await inside();
    });
    expect(peak).toBe(5);
  });

  it('a reader reads again inside its read, together with other readers', async () => {
    const peak = await peakOf(async (inside) => {
      using lease = await lock.reader.lease();
      using _again = await lease.reader.lease();
      await inside();
    });
    expect(peak).toBe(5);
  });

  it('a writer writes again inside its write, alone', async () => {
    const peak = await peakOf(async (inside) => {
      using lease = await lock.writer.lease();
      using _again = await lease.writer.lease();
      await inside();
    });
    expect(peak).toBe(1);
  });

  it('a writer reads inside its write, alone', async () => {
    const peak = await peakOf(async (inside) => {
      using lease = await lock.writer.lease();
      using _read = await lease.reader.lease();
      expect([lock.writer.locked, lock.reader.locked]).toEqual([true, true]);
      await inside();
    });
    expect(peak).toBe(1);
  });

  it('a writer reads inside its write through an operator', async () => {
    of('value')
      .pipe(withWriteLock(lock, (value, lease) => of(value).pipe(withReadLock(lease))))
      .subscribe((value) => log.push(value));
    await pause();
    expect(log).toEqual(['value']);
  });

  it('a reader reads again past a waiting writer', async () => {
    using lease = await lock.reader.lease();
    const writer = holding(log, 'writer', lock, 'writer');
    using again = await lease.reader.lease();
    expect(again.mode).toBe('read');
    expect(lock.state.waiting.write).toBe(1);
    writer.unsubscribe();
  });

  it('a writer that lets go with a read left inside is a reader', async () => {
    const write = await lock.writer.lease();
    const read = await write.reader.lease();
    const again = await write.reader.lease();
    again.release();
    expect(lock.writer.locked).toBe(true);
    write.release();
    expect(lock.state.held).toEqual({ ...FREE, read: 1 });
    await expect(read.writer.lease()).rejects.toThrow(LockUpgradeError);
    read.release();
  });

  it('a writer that lets go with a read left inside lets in the readers that wait', async () => {
    const write = await lock.writer.lease();
    const reader = holding(log, 'reader', lock, 'reader');
    using _read = await write.reader.lease();
    write.release();
    await pause();
    expect(log).toEqual(['reader subscribed']);
    reader.unsubscribe();
  });

  it('a reader is refused to write, at once and among other readers', async () => {
    let refused = 0;
    await peakOf(async () => {
      using lease = await lock.reader.lease();
      await expect(lease.writer.lease()).rejects.toThrow(LockUpgradeError);
      refused++;
    });
    expect(refused).toBe(5);
  });

  it('readers and writers never meet, and writers never meet each other', async () => {
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

  it('a writer gets in under readers that ask again and again', async () => {
    const { reads, writes } = await spinAround(lock, () => Promise.resolve());
    expect(writes).toBe(2);
    expect(reads).toBeLessThan(2000);
  });

  it('under another policy those readers keep the writer out', async () => {
    const unfair = new ReadWriteLock({ ...options, policy: readersFirst });
    const { reads } = await spinAround(unfair, () => Promise.resolve());
    expect(reads).toBeGreaterThanOrEqual(2000);
  });

  it.each<[Mode]>([['reader'], ['writer']])(
    'the %s gate tells whether it is held',
    async (mode) => {
      expect(lock[mode].locked).toBe(false);
      const lease = await lock[mode].lease();
      expect(lock[mode].locked).toBe(true);
      lease.release();
      expect(lock[mode].locked).toBe(false);
    },
  );

  it.each<[Mode]>([['reader'], ['writer']])(
    'a %s lets go at the end of its block, also when that throws',
    async (mode) => {
      const failing = async () => {
        using _lease = await lock[mode].lease();
        throw new Error('inside');
      };
      await expect(failing()).rejects.toThrow('inside');
      expect(lock[mode].locked).toBe(false);
    },
  );

  // Where aiorwlock raises an error, there is nothing to raise it for: a lease is let go once.
  it('letting go twice lets nobody else go', async () => {
    const [first, second] = [await lock.reader.lease(), await lock.reader.lease()];
    first.release();
    first.release();
    expect(lock.state.held.read).toBe(1);
    second.release();
  });

  // There a task that lets go what another has acquired gets an error.
  it('a lease is let go by whoever has it', async () => {
    const lease = await lock.writer.lease();
    await Promise.resolve(lease).then((handed) => handed.release());
    expect(lock.writer.locked).toBe(false);
  });

  it('a reader waits until a writer of another task has let go', async () => {
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

  it('a writer of another task stays out while a writer reads inside its write', async () => {
    using write = await lock.writer.lease();
    using _read = await write.reader.lease();
    await expect(lock.writer.lease({ waitTimeout: 2 })).rejects.toThrow(LockTimeoutError);
    expect(lock.state).toMatchObject({ held: { read: 1, write: 1 }, waiting: FREE });
  });

  it('a writer that asks again queues behind the writer that has been waiting', async () => {
    const twice = (async () => {
      {
        using _read = await lock.reader.lease();
        await pause();
        log.push('read');
      }
      using _write = await lock.writer.lease();
      log.push('second in', 'second out');
    })();
    const once = (async () => {
      using _write = await lock.writer.lease();
      log.push('first in');
      await pause();
      log.push('first out');
    })();
    await Promise.all([twice, once]);
    expect(log).toEqual(['read', 'first in', 'first out', 'second in', 'second out']);
  });

  describe('cancelling', () => {
    it('a writer that is woken and then cancelled passes the lock to the next writer', async () => {
      const read = await lock.reader.lease();
      const woken = holding(log, 'woken', lock, 'writer');
      const next = holding(log, 'next', lock, 'writer');
      read.release();
      woken.unsubscribe();
      await pause();
      expect(log).toContain('next subscribed');
      expect(log.includes('woken subscribed')).toBe(name === 'fast');
      next.unsubscribe();
    });

    it('a reader that is woken and then cancelled leaves the other reader in', async () => {
      const write = await lock.writer.lease();
      const woken = holding(log, 'woken', lock, 'reader');
      const other = holding(log, 'other', lock, 'reader');
      write.release();
      woken.unsubscribe();
      await pause();
      expect(log).toContain('other subscribed');
      expect(lock.state.held).toEqual({ ...FREE, read: 1 });
      other.unsubscribe();
    });

    it('a reader that is woken and then cancelled passes the lock to a waiting writer', async () => {
      const write = await lock.writer.lease();
      const woken = holding(log, 'woken', lock, 'reader');
      const next = holding(log, 'next', lock, 'writer');
      write.release();
      woken.unsubscribe();
      await pause();
      expect(log).toContain('next subscribed');
      next.unsubscribe();
    });

    it.each<[Mode]>([['reader'], ['writer']])(
      'a %s that is cancelled inside the acquire leaks nothing',
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
      'the acquire() of a %s that is cancelled before its lease arrives leaks nothing',
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
    ])('of two waiting %ss one is cancelled, and the other goes on', async (mode, holder) => {
      const lease = await lock[holder].lease();
      const first = holding(log, 'first', lock, mode);
      const second = holding(log, 'second', lock, mode);
      second.unsubscribe();
      lease.release();
      await pause();
      expect(log).toEqual(['first subscribed']);
      first.unsubscribe();
    });
  });

  describe('what aiorwlock does not promise', () => {
    // There the reader stays queued until every reader has let go, and newcomers pass it.
    it('a reader queued behind a cancelled writer enters while other readers still read', async () => {
      using _holder = await lock.reader.lease();
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
      ['readers do not starve while writers keep coming', {}, ['writer 1', 'reader', 'writer 2']],
      [
        'readers starve where writersFirst is asked for',
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

// aiorwlock yields to all of its event loop, timers and I/O with it. Here a task yields as far as
// its scheduler does, and `asapScheduler` works in microtasks, which no timer gets in between.
it('yielding on asyncScheduler lets a timer in between readers that never pause', async () => {
  const lock = new ReadWriteLock({ scheduler: asyncScheduler });
  const { reads, writes } = await spinAround(lock, () => pause(0));
  expect(writes).toBe(2);
  expect(reads).toBeLessThan(2000);
});
