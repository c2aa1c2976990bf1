import { asapScheduler, NEVER, type Observable, of, type Subscription } from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  LeaseReleasedError,
  LockClosedError,
  LockUpgradeError,
  ReadWriteLock,
  withGate,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { orderedLocks } from '../support/order.js';
import { IDLE, NONE } from '../support/states.js';

/** What has come of a request, or of the states of a lock. */
function outcome(source: Observable<unknown>, log: string[], name: string): Subscription {
  return source.subscribe({
    next: () => log.push(`${name} granted`),
    error: (error: unknown) =>
      log.push(`${name} ${error instanceof Error ? error.name : String(error)}`),
    complete: () => log.push(`${name} completed`),
  });
}

/** What comes of taking a lease, which is released. */
function taking(gate: Gate): string {
  try {
    const lease = gate.tryAcquire();
    lease?.release();
    return lease ? 'granted' : 'unavailable';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Tells when the states of a lock are over. */
function watch(lock: ReadWriteLock, log: string[], name: string): void {
  lock.subscribe({
    error: (error: unknown) => log.push(`${name} failed ${String(error)}`),
    complete: () => log.push(`${name} is over`),
  });
}

const three = () =>
  orderedLocks(3) as [first: ReadWriteLock, middle: ReadWriteLock, last: ReadWriteLock];

const all = (locks: readonly ReadWriteLock[]) => allOf(...locks.map(({ writer }) => writer));

/** Every choice of which of three locks are held, and which are closed. */
const choices = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [0, 1, 2].filter((i) => bits & (1 << i)));
const some = choices.filter((indices) => indices.length > 0);
const pairs = some.flatMap((held) => some.map((closed) => [held, closed] as const));

describe('locks of an accepted request that close', () => {
  it.each(pairs)(
    'E3, G3: while %p are held, closing %p serves the request, and completes after it',
    (held, closed) => {
      const locks = three();
      const log: string[] = [];
      const holders = held.map((i) => locks[i as 0].writer.tryAcquire());
      const end = outcome(all(locks).acquire(), log, 'request');
      for (const i of closed) {
        watch(locks[i as 0], log, `lock ${i}`);
        locks[i as 0].complete();
      }
      // Whatever comes later is refused.
      for (const i of closed)
        expect(() => locks[i as 0].reader.tryAcquire()).toThrow(LockClosedError);
      expect(log).toEqual([]);
      for (const holder of holders) holder?.release();
      expect(log).toEqual(['request granted']);
      expect(locks.map(({ writer }) => writer.locked)).toEqual([true, true, true]);
      end.unsubscribe();
      expect(log.slice(1).sort()).toEqual(closed.map((i) => `lock ${i} is over`));
      expect(locks.map(({ state }) => state)).toMatchObject([IDLE, IDLE, IDLE]);
    },
  );

  it.each(some)('E3, G3: an operator is served though %p close between its parts', (...closed) => {
    const locks = three();
    const log: string[] = [];
    const holders = locks.map(({ writer }) => writer.tryAcquire());
    outcome(of(1).pipe(withGate(all(locks))), log, 'operator');
    const single = locks.map((lock, i) =>
      outcome(of(1).pipe(withWriteLock(lock)), log, `single ${i}`),
    );
    for (const [i, holder] of holders.entries()) {
      holder?.release();
      if (closed.includes(i)) locks[i as 0].complete();
    }
    expect(log.filter((line) => line.startsWith('operator'))).toEqual([
      'operator granted',
      'operator completed',
    ]);
    expect(log.filter((line) => line.endsWith('completed'))).toHaveLength(1 + single.length);
    expect(locks.map(({ state }) => state)).toMatchObject([IDLE, IDLE, IDLE]);
  });

  it.each(pairs)(
    'E3, G3: while %p are held, cancelling releases the acceptance, so that closing %p completes',
    (held, closed) => {
      const locks = three();
      const log: string[] = [];
      for (const i of held) locks[i as 0].reader.tryAcquire();
      const request = all(locks).acquire().subscribe();
      for (const i of closed) {
        watch(locks[i as 0], log, `lock ${i}`);
        locks[i as 0].complete();
      }
      expect(log).toEqual([]);
      request.unsubscribe();
      const over = closed.filter((i) => !held.includes(i));
      expect(log.sort()).toEqual(over.map((i) => `lock ${i} is over`));
    },
  );

  it('E3, G3: a timeout, an abort and a failure release the acceptance, too', async () => {
    const [first, middle, last] = three();
    const log: string[] = [];
    first.writer.tryAcquire();
    for (const lock of [middle, last]) watch(lock, log, 'lock');
    const controller = new AbortController();
    const { signal } = controller;
    outcome(allOf(first.writer, middle.writer).acquire({ signal }), log, 'first');
    const late = allOf(first.writer, last.writer).lease({ waitTimeout: 2 });
    middle.complete();
    last.complete();
    controller.abort('stop');
    expect(log.splice(0).sort()).toEqual(['first stop', 'lock is over']);
    await expect(late).rejects.toThrow('timed out');
    expect(log.splice(0)).toEqual(['lock is over']);
    const other = new ReadWriteLock();
    watch(other, log, 'other');
    outcome(allOf(first.writer, other.writer).acquire(), log, 'third');
    other.complete();
    first.error('down');
    expect(log).toEqual(['third down', 'other is over']);
  });

  it('E3, G3: a later part whose lease has been released meanwhile is refused, and its lock completes', () => {
    for (const i of [0, 1]) {
      const locks = orderedLocks(2) as [ReadWriteLock, ReadWriteLock];
      const [held, leased] = i === 0 ? locks : ([locks[1], locks[0]] as const);
      const log: string[] = [];
      const holder = held.writer.tryAcquire();
      const lease = leased.writer.tryAcquire() as Lease;
      const end = outcome(allOf(held.writer, lease.reader).acquire(), log, 'request');
      watch(leased, log, 'leased');
      lease.release();
      leased.complete();
      expect(log).toEqual([]);
      holder?.release();
      // The first part is requested at once, through the lease that is still live then.
      expect(log).toEqual(
        i === 0 ? ['leased is over', 'request LeaseReleasedError'] : ['request granted'],
      );
      end.unsubscribe();
      expect(log).toContain('leased is over');
      expect([held.state, leased.state]).toMatchObject([IDLE, IDLE]);
    }
  });

  it('E3, G3: an unavailable part of a request that does not wait leaves nothing accepted', () => {
    for (const busy of [0, 1, 2]) {
      const locks = three();
      const log: string[] = [];
      const holder = locks[busy as 0].writer.tryAcquire();
      for (const [i, lock] of locks.entries()) watch(lock, log, `lock ${i}`);
      outcome(all(locks).acquire({ ifAvailable: true }), log, 'request');
      expect(all(locks).tryAcquire()).toBeUndefined();
      for (const lock of locks) lock.complete();
      holder?.release();
      expect(log[0]).toBe('request LockUnavailableError');
      expect(log.slice(1).sort()).toEqual(['lock 0 is over', 'lock 1 is over', 'lock 2 is over']);
    }
  });

  it('E3, A10: a lock with a scheduler that closes before the delivery serves it', async () => {
    const locks = orderedLocks(2, { scheduler: asapScheduler });
    const log: string[] = [];
    outcome(of(1).pipe(withGate(all(locks))), log, 'request');
    for (const [i, lock] of locks.entries()) {
      watch(lock, log, `lock ${i}`);
      lock.complete();
    }
    expect(log).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(log.slice(0, 2)).toEqual(['request granted', 'request completed']);
    expect(log.slice(2).sort()).toEqual(['lock 0 is over', 'lock 1 is over']);
  });
});

describe('locks that have closed or failed before', () => {
  it.each<[string, (lock: ReadWriteLock) => void, string]>([
    ['closed', (lock) => lock.complete(), 'request LockClosedError'],
    ['failed', (lock) => lock.error('down'), 'request down'],
  ])('E3, E4, G3: one that has %s refuses at once, and nothing is requested', (_, end, how) => {
    for (const index of [0, 1, 2])
      for (const busy of [0, 1, 2]) {
        const locks = three();
        const log: string[] = [];
        if (busy !== index) locks[busy as 0].writer.tryAcquire();
        end(locks[index as 0]);
        const seen: unknown[] = [];
        for (const lock of locks) lock.subscribe({ next: (state) => seen.push(state), error() {} });
        const before = seen.length;
        outcome(all(locks).acquire(), log, 'request');
        outcome(of(1).pipe(withGate(all(locks))), log, 'request');
        expect(`request ${taking(all(locks))}`).toBe(how);
        expect(log).toEqual([how, how]);
        // tryAcquire() takes what it can before it finds out.
        const waiting = locks.map(({ state }) => state.waiting);
        expect(waiting).toEqual([NONE, NONE, NONE]);
        expect(seen.length - before).toBeLessThanOrEqual(4);
      }
  });

  it('E3, G3: the refusal of a closed lock tells no state of the others', () => {
    for (const index of [0, 1, 2]) {
      const locks = three();
      const seen: unknown[] = [];
      for (const [i, lock] of locks.entries())
        if (i !== index) lock.subscribe((state) => seen.push(state));
      locks[index as 0].complete();
      outcome(all(locks).acquire(), [], 'request');
      expect(seen).toHaveLength(2);
    }
  });
});

describe('locks of an accepted request that fail', () => {
  it.each(pairs)(
    'E4, G3: while %p are held, failing the first of %p fails the request at once, and releases the rest',
    (held, [failing]) => {
      const locks = three();
      const log: string[] = [];
      const holders = held.map((i) => locks[i as 0].writer.tryAcquire());
      outcome(all(locks).acquire(), log, 'request');
      locks[failing as 0].error('down');
      expect(log).toEqual(['request down']);
      for (const holder of holders) holder?.release();
      expect(locks.map(({ state }) => state)).toMatchObject([IDLE, IDLE, IDLE]);
    },
  );

  it('E4, G3: failing one while all are held errors the consumer once, source first', () => {
    for (const failing of [0, 1, 2]) {
      const locks = three();
      const log: string[] = [];
      outcome(NEVER.pipe(withGate(all(locks))), log, 'request');
      for (const [i, lock] of locks.entries())
        outcome(of(1).pipe(withWriteLock(lock)), log, `next ${i}`);
      locks[failing as 0].error('down');
      expect(log.filter((line) => line === 'request down')).toHaveLength(1);
      expect(log.filter((line) => /next \d granted/.test(line))).toHaveLength(2);
    }
  });

  it('E4, G3: a consumer that is told of a failure and frees the first lock acquires no other', () => {
    const [first, middle, last] = three();
    const lease = first.writer.tryAcquire();
    const { version } = middle.state;
    all([first, middle, last])
      .acquire()
      .subscribe({ error: () => lease?.release() });
    last.error('down');
    expect([first.state, middle.state]).toMatchObject([IDLE, { ...IDLE, version }]);
  });

  it('E3, E4: one that has closed and then fails, fails it', () => {
    const locks = three();
    const log: string[] = [];
    locks[0].writer.tryAcquire();
    outcome(all(locks).acquire(), log, 'request');
    locks[2].complete();
    watch(locks[2], log, 'last');
    locks[2].error('down');
    expect(log).toEqual(['request down', 'last failed down']);
  });
});

describe('keys of one lock', () => {
  it('E3: a waiting request for several keys is served by a lock that closes, which completes after it', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const holder = locks.for('b').writer.tryAcquire();
    const request = outcome(
      allOf(locks.for('a').writer, locks.for('b').writer).acquire(),
      log,
      'request',
    );
    locks.all.complete();
    watch(locks.all, log, 'lock');
    holder?.release();
    expect(log).toEqual(['request granted']);
    request.unsubscribe();
    expect(log).toEqual(['request granted', 'lock is over']);
  });

  it('E3, G3: keys of two locks are accepted by both', () => {
    const [one, other] = [new KeyedReadWriteLock<string>(), new KeyedReadWriteLock<string>()];
    for (const [held, closed] of [
      [one, other],
      [other, one],
    ] as const) {
      const locks = [new KeyedReadWriteLock<string>(), new KeyedReadWriteLock<string>()];
      const [a, b] = held === one ? locks : [...locks].reverse();
      const log: string[] = [];
      const holder = a?.all.writer.tryAcquire();
      const gates = locks.flatMap((lock) => [lock.for('x').writer, lock.for('y').reader]);
      outcome(of(1).pipe(withGate(allOf(...gates))), log, 'request');
      b?.all.complete();
      holder?.release();
      expect(log).toEqual(['request granted', 'request completed']);
      expect(closed.all.state).toMatchObject(IDLE);
    }
  });
});

describe('raising a lease of several locks', () => {
  const [a, b] = orderedLocks(2) as [ReadWriteLock, ReadWriteLock];
  const errorOf = (gate: Gate) => {
    const log: string[] = [];
    outcome(gate.acquire(), log, 'request').unsubscribe();
    return log[0];
  };

  it.each<[string, () => Gate, (lease: WriteLease) => Gate, string]>([
    ['read to write', () => allOf(a.reader, b.reader), (l) => l.writer, 'LockUpgradeError'],
    [
      'read to upgradable',
      () => allOf(a.reader, b.reader),
      (l) => l.upgradable,
      'LockUpgradeError',
    ],
    [
      'upgradable to write',
      () => allOf(a.upgradable, b.upgradable),
      (l) => l.writer,
      'LockUpgradeError',
    ],
    [
      'a mixed one to write',
      () => allOf(a.upgradable, b.writer),
      (l) => l.writer,
      'LockUpgradeError',
    ],
    ['a mixed one to read', () => allOf(a.upgradable, b.writer), (l) => l.reader, 'granted'],
    ['write to write', () => allOf(a.writer, b.writer), (l) => l.writer, 'granted'],
    ['write to read', () => allOf(a.writer, b.writer), (l) => l.reader, 'granted'],
    [
      'upgradable to write, wrapped in allOf once more',
      () => allOf(a.upgradable, b.upgradable),
      (l) => allOf(l.writer),
      'LockUpgradeError',
    ],
    [
      'upgradable to write, with a third lock',
      () => allOf(a.upgradable, b.upgradable),
      (l) => allOf(l.writer, new ReadWriteLock().writer),
      'LockUpgradeError',
    ],
    [
      'nothing, with a third lock',
      () => allOf(a.upgradable, b.upgradable),
      (l) => allOf(l.reader, new ReadWriteLock().writer),
      'granted',
    ],
  ])('G3: %s: %s', (_, take, raise, how) => {
    const lease = take().tryAcquire() as WriteLease;
    const before = [a.state.held, b.state.held];
    expect(taking(raise(lease))).toBe(how);
    expect(errorOf(raise(lease))).toBe(`request ${how}`);
    expect([a.state.held, b.state.held]).toEqual(before);
    lease.release();
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it.each<[string, 'reader' | 'upgradable' | 'writer']>([
    ['to read', 'reader'],
    ['to raise', 'upgradable'],
    ['to write', 'writer'],
  ])('D8, G3: through a released one it is a LeaseReleasedError: %s', (_, side) => {
    const lease = allOf(a.upgradable, b.reader).tryAcquire() as Lease;
    lease.release();
    for (const gate of [
      lease[side],
      allOf(lease[side]),
      allOf(lease[side], new ReadWriteLock().reader),
    ]) {
      expect(() => gate.tryAcquire()).toThrow(LeaseReleasedError);
      expect(errorOf(gate)).toBe('request LeaseReleasedError');
    }
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it('D8, G3: through one that is being released it is a LeaseReleasedError, too', () => {
    const lease = allOf(a.upgradable, b.upgradable).tryAcquire() as Lease;
    const outcomes: (string | undefined)[] = [];
    // The locks are released one after the other: the first has been when its state is told.
    for (const lock of [a, b])
      lock.subscribe(({ held }) => {
        if (held.upgradable === 0) outcomes.push(errorOf(lease.writer));
      });
    lease.release();
    expect(outcomes).toEqual(['request LeaseReleasedError', 'request LeaseReleasedError']);
  });

  it('E4, G3: through one whose lock has failed it is the reason', () => {
    for (const failing of [0, 1]) {
      const locks = orderedLocks(2) as [ReadWriteLock, ReadWriteLock];
      const lease = allOf(locks[0].upgradable, locks[1].upgradable).tryAcquire() as Lease;
      locks[failing as 0].error('down');
      for (const gate of [
        lease.writer,
        lease.reader,
        allOf(lease.writer, new ReadWriteLock().reader),
      ]) {
        expect(taking(gate)).toBe('down');
        expect(errorOf(gate)).toBe('request down');
      }
      expect(locks.map(({ state }) => state)).toMatchObject([IDLE, IDLE]);
    }
  });

  it('G3: with keys in mixed modes, each is compared with its own', () => {
    const keyed = new KeyedReadWriteLock<string>();
    const other = new ReadWriteLock();
    const [x, y] = [keyed.for('x'), keyed.for('y')];
    const take = () => allOf(x.writer, y.reader, other.writer).tryAcquire() as WriteLease;
    const lease = take();
    const results = [
      lease.writer,
      allOf(lease.writer),
      allOf(lease.reader, x.writer),
      allOf(lease.reader, y.writer),
      allOf(lease.reader, y.upgradable, other.writer),
      lease.reader,
    ].map((gate) => taking(gate));
    expect(results).toEqual([
      'LockUpgradeError',
      'LockUpgradeError',
      'granted',
      'LockUpgradeError',
      'LockUpgradeError',
      'granted',
    ]);
    expect(keyed.all.state.held).toEqual({ ...NONE, write: 1 });
    lease.release();
    expect([keyed.all.state, other.state]).toMatchObject([IDLE, IDLE]);
  });

  it('D3, G3: with keys of one lock only, it is an upgrade as of one lock', () => {
    const keyed = new KeyedReadWriteLock<string>();
    const [x, y] = [keyed.for('x'), keyed.for('y')];
    const upgradable = allOf(x.upgradable, y.upgradable).tryAcquire() as Lease;
    const reader = y.reader.tryAcquire();
    const log: string[] = [];
    outcome(upgradable.writer.acquire(), log, 'upgrade');
    expect(log).toEqual([]);
    reader?.release();
    expect(log).toEqual(['upgrade granted']);
    const mixed = allOf(keyed.for('u').upgradable, keyed.for('v').reader).tryAcquire() as Lease;
    expect(() => mixed.writer.tryAcquire()).toThrow(LockUpgradeError);
    expect(allOf(mixed.reader, keyed.for('u').writer).tryAcquire()).toBeDefined();
  });
});
