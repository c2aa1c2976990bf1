import { AsyncLocalStorage } from 'node:async_hooks';
import {
  asapScheduler,
  asyncScheduler,
  concat,
  defer,
  delay,
  EMPTY,
  filter,
  forkJoin,
  map,
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  of,
  repeat,
  scan,
  Subject,
  type Subscription,
  switchMap,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  allOf,
  KeyedReadWriteLock,
  latest,
  type Lease,
  type LockLike,
  readersFirst,
  ReadWriteLock,
  type ReadWriteLockOptions,
  type RequestOptions,
  type UpgradableLease,
  withReadLock,
  withWriteLock,
  withYieldingReadLock,
  type YieldingReadOptions,
} from 'rxjs-rwlock';
import { YieldingRead } from '../../src/operators/YieldingRead.js';
import { collectGarbage } from '../support/collect.js';
import { POLICIES } from '../support/policies.js';
import { Handle, logged, unhandled } from '../support/sources.js';

/** A lock, a key or all keys, and the lock that it belongs to. */
interface Place {
  readonly lock: LockLike;
  readonly whole: ReadWriteLock;
}

const PLACES: Record<string, (options?: ReadWriteLockOptions) => Place> = {
  'a lock'(options) {
    const lock = new ReadWriteLock(options);
    return { lock, whole: lock };
  },
  'a key'(options) {
    const locks = new KeyedReadWriteLock<string>(options);
    return { lock: locks.for('a'), whole: locks.all };
  },
  'all keys'(options) {
    const { all } = new KeyedReadWriteLock<string>(options);
    return { lock: all, whole: all };
  },
};

const EVERYWHERE = Object.entries(PLACES).flatMap(([place, make]) =>
  Object.entries(POLICIES).map(
    ([policy, how]) => [`${place}, ${policy}`, () => make({ policy: how })] as const,
  ),
);

/** What a consumer has seen. */
function watch(source: Observable<unknown>, seen: unknown[] = []) {
  const subscription = source.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(error instanceof Error ? error.name : `#${String(error)}`),
    complete: () => seen.push('|'),
  });
  return { seen, subscription };
}

/** Starts a write that takes until it is unsubscribed. */
function write(lock: LockLike, options?: RequestOptions, log: string[] = []): Subscription {
  return logged(log, 'write').pipe(withWriteLock(lock, options)).subscribe();
}

/** Checks that nothing is held, waits, observes or is still to be requested. */
function expectNothingLeft({ state, core }: ReadWriteLock): void {
  const none = { read: 0, upgradable: 0, write: 0 };
  expect(state).toMatchObject({ held: none, waiting: none });
  expect([core.observing, core.accepted.first, ...core.table.observers()]).toEqual([0, undefined]);
}

/** A yielding read of a source that is driven by hand. */
function yieldingRead(lock: LockLike, options?: YieldingReadOptions, log: string[] = []) {
  const run = new Handle<unknown>(log, 'read');
  return { run, log, ...watch(run.source.pipe(withYieldingReadLock(lock, options))) };
}

const READ = ['read subscribed', 'read torn down'];
const WRITE = ['write subscribed', 'write torn down'];

describe.each(EVERYWHERE)('%s', (_, make) => {
  it('I2: yields to a writer that begins to wait, runs anew behind it, and shows a whole run only', () => {
    const { lock, whole } = make();
    const { run, log, seen } = yieldingRead(lock);
    run.next('cut off');
    write(lock, {}, log).unsubscribe();
    expect(log).toEqual([...READ, ...WRITE, 'read subscribed']);
    for (const value of [1, 2]) run.next(value);
    expect(seen).toEqual([]);
    run.complete();
    expect(seen).toEqual([1, 2, '|']);
    expectNothingLeft(whole);
  });

  it('I2: stays behind what it has yielded to, also if others hold the lock still', () => {
    const { lock, whole } = make();
    const reader = lock.reader.tryAcquire();
    const { run, log, seen } = yieldingRead(lock, { priority: 9 });
    const writer = write(lock, {}, log);
    expect(log).toEqual(READ);
    expect(whole.state.waiting).toEqual({ read: 0, upgradable: 0, write: 1 });
    reader?.release();
    expect(log).toEqual([...READ, 'write subscribed']);
    writer.unsubscribe();
    run.complete();
    expect(log).toEqual([...READ, ...WRITE, ...READ]);
    expect(seen).toEqual(['|']);
    expectNothingLeft(whole);
  });

  it('I2: runs anew when what it has yielded to is cancelled', () => {
    const { lock, whole } = make();
    const reader = lock.reader.tryAcquire();
    const { run, log, seen } = yieldingRead(lock);
    const writers = [write(lock), write(lock)];
    expect(log).toEqual(READ);
    for (const writer of writers) writer.unsubscribe();
    expect(log).toEqual([...READ, 'read subscribed']);
    run.complete();
    expect(seen).toEqual(['|']);
    reader?.release();
    expectNothingLeft(whole);
  });

  it('I2: yields before it has begun to run, if a writer begins to wait between its grant and its run', () => {
    const { lock, whole } = make();
    const holder = lock.writer.tryAcquire();
    const log: string[] = [];
    let writer: Subscription | undefined;
    lock.reader.schedule(() => (writer = write(lock, {}, log)));
    const { run, seen } = yieldingRead(lock, { restarts: 1 }, log);
    holder?.release();
    expect(log).toEqual(['write subscribed']);
    writer?.unsubscribe();
    expect(log).toEqual([...WRITE, 'read subscribed']);
    run.complete();
    expect(seen).toEqual(['|']);
    expectNothingLeft(whole);
  });

  it('I2: of two yielding reads, neither keeps a writer waiting', () => {
    const { lock, whole } = make();
    const log: string[] = [];
    const reads = [yieldingRead(lock, {}, log), yieldingRead(lock, {}, log)];
    const writer = write(lock, {}, log);
    const both = ['read subscribed', 'read subscribed'];
    expect(log).toEqual([...both, 'read torn down', 'read torn down', 'write subscribed']);
    writer.unsubscribe();
    expect(log.slice(4)).toEqual([...WRITE, ...both]);
    for (const { run } of reads) run.complete();
    expect(reads.map(({ seen }) => seen)).toEqual([['|'], ['|']]);
    expectNothingLeft(whole);
  });

  it('I2: after restarts it finishes, while the writer waits', () => {
    const { lock, whole } = make();
    const { run, log, seen } = yieldingRead(lock, { restarts: 2 });
    for (let i = 0; i < 2; i++) write(lock, {}, log).unsubscribe();
    const last = write(lock, {}, log);
    run.next('whole');
    run.complete();
    last.unsubscribe();
    const yielded = [...READ, ...WRITE];
    expect(log).toEqual([...yielded, ...yielded, ...READ, ...WRITE]);
    expect(seen).toEqual(['whole', '|']);
    expectNothingLeft(whole);
  });

  it('I2: is not cut off by what waited when its run was granted, nor by what does not wait', () => {
    const { lock } = make();
    const holder = lock.writer.tryAcquire();
    const { run, log, seen } = yieldingRead(lock);
    write(lock, { priority: -1 }, log);
    holder?.release();
    expect(lock.writer.tryAcquire()).toBeUndefined();
    expect(watch(of(1).pipe(withWriteLock(lock, { ifAvailable: true }))).seen).toEqual([
      'LockUnavailableError',
    ]);
    watch(of(1).pipe(withReadLock(lock)));
    expect(log).toEqual(['read subscribed']);
    run.complete();
    expect(log).toEqual([...READ, 'write subscribed']);
    expect(seen).toEqual(['|']);
  });

  it('I2: a source that errors passes on the error and no value, also when it has yielded', () => {
    const { lock, whole } = make();
    const { run, seen } = yieldingRead(lock);
    write(lock).unsubscribe();
    run.next(1);
    run.error('late');
    expect(seen).toEqual(['#late']);
    expectNothingLeft(whole);
  });

  it('I2: unsubscribing ends it when it has yielded, and while it waits again', () => {
    const { lock, whole } = make();
    const reader = lock.reader.tryAcquire();
    const hasYielded = yieldingRead(lock);
    const first = write(lock);
    hasYielded.subscription.unsubscribe();
    first.unsubscribe();
    expect(hasYielded.log).toEqual(READ);
    reader?.release();

    const waitsAgain = yieldingRead(lock);
    const second = write(lock);
    expect(whole.state.waiting.read).toBe(1);
    waitsAgain.subscription.unsubscribe();
    second.unsubscribe();
    expect(waitsAgain.log).toEqual(READ);
    expectNothingLeft(whole);
  });

  it('I2: closing the lock lets it finish, also when it has just yielded', () => {
    const { lock, whole } = make();
    const states = watch(whole.pipe(map(({ closed }) => closed)));
    const reader = lock.reader.tryAcquire();
    const { run, log, seen } = yieldingRead(lock);
    const writer = write(lock, {}, log);
    whole.complete();
    reader?.release();
    writer.unsubscribe();
    expect(states.seen.at(-1)).toBe(true);
    expect(log).toEqual([...READ, ...WRITE, 'read subscribed']);
    run.next(1);
    run.complete();
    expect(seen).toEqual([1, '|']);
    expect(states.seen.at(-1)).toBe('|');
    expect(yieldingRead(lock).seen).toEqual(['LockClosedError']);
  });

  it('I2: on a closed lock it yields to an upgrade, and still runs anew', () => {
    const { lock, whole } = make();
    const states = watch(whole);
    const upgradable = lock.upgradable.tryAcquire() as UpgradableLease;
    const { run, log, seen } = yieldingRead(lock);
    whole.complete();
    const upgrade = write(upgradable, {}, log);
    upgradable.release();
    expect(log).toEqual([...READ, 'write subscribed']);
    upgrade.unsubscribe();
    run.complete();
    expect(seen).toEqual(['|']);
    expect(states.seen.at(-1)).toBe('|');
  });

  it('I2: a lock that fails ends it when it has yielded, after the waiting requests', () => {
    const { lock, whole } = make();
    lock.reader.tryAcquire();
    const { log, seen } = yieldingRead(lock);
    const before: unknown[][] = [];
    for (let i = 0; i < 2; i++)
      NEVER.pipe(withWriteLock(lock)).subscribe({ error: () => before.push([...seen]) });
    whole.error('broken');
    expect([log, seen, before]).toEqual([READ, ['#broken'], [[], []]]);
    expect([whole.core.observing, whole.core.accepted.first]).toEqual([0, undefined]);
  });

  it.each([
    ['before', []],
    ['while it waits', []],
    ['while it runs', READ],
    ['when it has yielded', READ],
    ['while it waits again', READ],
  ])('I2: an abort ends it %s, and leaves no listener', (when, expected) => {
    const { lock, whole } = make();
    const controller = new AbortController();
    const { signal } = controller;
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    if (when === 'before') controller.abort('late');
    const others: (Lease | Subscription | undefined)[] = [];
    if (when === 'while it waits') others.push(lock.writer.tryAcquire());
    if (when === 'when it has yielded') others.push(lock.reader.tryAcquire());
    const { log, seen } = yieldingRead(lock, { signal });
    if (when.includes('yielded') || when.includes('again')) others.push(write(lock));
    controller.abort('late');
    expect([log, seen]).toEqual([expected, ['#late']]);
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
    expect(added.mock.calls.length > 0).toBe(when !== 'before');
    for (const other of others)
      if (other && 'release' in other) other.release();
      else other?.unsubscribe();
    expectNothingLeft(whole);
  });

  it('I2: a synchronous source is cut off where a writer begins to wait', () => {
    const { lock, whole } = make();
    const log: string[] = [];
    const source = new Observable<number>((subscriber) => {
      log.push('run');
      for (let i = 0; !subscriber.closed && i < 3; i++) {
        subscriber.next(i);
        if (log.length === 1) write(lock, {}, log).unsubscribe();
        if (log.length === 3)
          of(1)
            .pipe(withWriteLock(lock))
            .subscribe(() => log.push('saved'));
      }
      subscriber.complete();
      log.push('end');
    });
    expect(watch(source.pipe(withYieldingReadLock(lock))).seen).toEqual([0, 1, 2, '|']);
    // The first writer is cancelled while the source still holds the lock.
    expect(log).toEqual(['run', 'end', 'run', 'end', 'saved', 'run', 'end']);
    expectNothingLeft(whole);
  });

  it('I2: a consumer may write in each of its callbacks, and sees no value twice', () => {
    const { lock, whole } = make();
    const log: string[] = [];
    const save = (what: string) =>
      of(what)
        .pipe(withWriteLock(lock))
        .subscribe((value) => log.push(`saved ${value}`));
    for (const source of [of(1, 2), throwError(() => 'x')])
      source.pipe(withYieldingReadLock(lock)).subscribe({
        next: (value) => log.push(`saw ${value}`, `${save(`${value}`).closed}`),
        error: () => log.push('error', `${save('after the error').closed}`),
        complete: () => log.push('complete', `${save('the end').closed}`),
      });
    expect(log).toEqual([
      ...['saw 1', 'false', 'saw 2', 'false', 'complete', 'false'],
      ...['saved 1', 'saved 2', 'saved the end'],
      ...['error', 'false', 'saved after the error'],
    ]);
    expectNothingLeft(whole);
  });

  it('I2: what throws in it keeps no lock, and is seen', async () => {
    const { lock, whole } = make();
    let runs = 0;
    const tornDown = new Observable<number>(() => {
      const run = ++runs;
      return () => {
        throw new Error(`teardown of run ${run}`);
      };
    });
    const errors = await unhandled(() => {
      const read = tornDown.pipe(withYieldingReadLock(lock)).subscribe();
      const writer = write(lock);
      expect(lock.writer.locked).toBe(true);
      writer.unsubscribe();
      expect(runs).toBe(2);
      expect(() => read.unsubscribe()).toThrow('teardown of run 2');
      of(1, 2)
        .pipe(withYieldingReadLock(lock))
        .subscribe(() => {
          throw new Error('consumer');
        });
    });
    expect(String(errors[0])).toContain('teardown of run 1');
    expect(errors.slice(1).map(String)).toEqual(['Error: consumer', 'Error: consumer']);
    expectNothingLeft(whole);
  });

  it('I2: with a function, each value is a read of its own', () => {
    const { lock, whole } = make();
    const values = new Subject<string>();
    const runs: Subject<string>[] = [];
    const log: string[] = [];
    const { seen } = watch(
      values.pipe(
        withYieldingReadLock(
          lock,
          (value, lease: Lease, index) => {
            log.push(`${value} ${lease.mode} ${index}`);
            const run = new Subject<string>();
            runs.push(run);
            return run.pipe(map((text) => `${value}${text}`));
          },
          { restarts: 1 },
        ),
      ),
    );
    values.next('a');
    values.next('b');
    write(lock).unsubscribe();
    expect(log).toEqual(['a read 0', 'b read 1', 'a read 0', 'b read 1']);
    values.complete();
    for (const run of runs) run.next('!');
    for (const run of runs) run.complete();
    expect(seen).toEqual(['a!', 'b!', '|']);
    expectNothingLeft(whole);
  });

  it('I2: with a function, unsubscribing ends all its reads and starts none', () => {
    const { lock, whole } = make();
    const log: string[] = [];
    const values = new Subject<number>();
    const project = (value: number) => logged(log, `read ${value}`);
    const reads = values.pipe(withYieldingReadLock(lock, project, { restarts: 1 })).subscribe();
    values.next(1);
    write(lock).unsubscribe();
    // It waits for the first read, which yields no more, and the second read waits for it.
    watch(of('saved').pipe(withWriteLock(lock, { priority: 1 })), log);
    values.next(2);
    log.length = 0;
    reads.unsubscribe();
    expect(log).toEqual(['read 1 torn down', 'saved', '|']);
    expectNothingLeft(whole);
  });

  it('I2: does not run anew for a consumer that writes when it is told of an error', () => {
    const { lock, whole } = make();
    const run = new Handle<number>(['read 1']);
    const log: string[] = [];
    const source = concat(run.source, NEVER);
    const save = () => watch(of('saved').pipe(withWriteLock(lock)), log);
    logged(log, 'read', (observer) => source.subscribe(observer))
      .pipe(withYieldingReadLock(lock))
      .subscribe({ error: save });
    run.error('x');
    expect(log).toEqual([...READ, 'saved', '|']);
    expectNothingLeft(whole);
  });

  it('I2: an error of project, or of a read, ends all reads', () => {
    const { lock, whole } = make();
    const log: string[] = [];
    const project = (value: number) => {
      if (value === 2) throw new TypeError('no');
      return logged(log, `read ${value}`);
    };
    expect(watch(of(1, 2).pipe(withYieldingReadLock(lock, project))).seen).toEqual(['TypeError']);
    expect(log).toEqual(['read 1 subscribed', 'read 1 torn down']);
    expectNothingLeft(whole);
  });

  it('I2: through a lease it never yields, and still shows a whole run only', () => {
    for (const side of ['reader', 'upgradable', 'writer'] as const) {
      const { lock, whole } = make();
      const lease = lock[side].tryAcquire() as Lease;
      const { run, log, seen } = yieldingRead(lease);
      const writer = write(lock);
      run.next(1);
      expect([log, seen]).toEqual([['read subscribed'], []]);
      run.complete();
      expect(seen).toEqual([1, '|']);
      lease.release();
      writer.unsubscribe();
      expectNothingLeft(whole);
    }
  });
});

it('I2: hand-made, reads pass the writer that they have yielded to; ours do not', () => {
  const handMade =
    (lock: ReadWriteLock): MonoTypeOperatorFunction<unknown> =>
    (source) =>
      lock.pipe(
        map(({ waiting }) => waiting.write),
        scan(([, before], now) => [before, now] as const, [1, 0] as readonly [number, number]),
        filter(([before, now], i) => i === 0 || now > before),
        switchMap(() => source.pipe(withReadLock(lock))),
      );
  const play = (operator: (lock: ReadWriteLock) => MonoTypeOperatorFunction<unknown>) => {
    const lock = new ReadWriteLock({ policy: readersFirst });
    const log: string[] = [];
    const reader = lock.reader.tryAcquire();
    for (let i = 0; i < 2; i++) logged(log, 'read').pipe(operator(lock)).subscribe();
    write(lock, {}, log);
    reader?.release();
    return log.slice(2);
  };
  const tornDown = ['read torn down', 'read torn down'];
  // They yield for nothing: the writer waits for them all the same.
  expect(play(handMade)).toEqual([...tornDown, 'read subscribed', 'read subscribed']);
  expect(play(withYieldingReadLock)).toEqual([...tornDown, 'write subscribed']);
});

it('I2: a poll puts the old value back on the screen and makes the update wait; ours does neither', () => {
  const play = (operator: (lock: LockLike) => MonoTypeOperatorFunction<string>) =>
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const seen: string[] = [];
      let stored = 'old';
      const load = defer(() => of(stored).pipe(delay(10)));
      const save = timer(3).pipe(tap(() => (stored = 'new')));
      load.pipe(operator(lock)).subscribe((text) => seen.push(`${now()} shows ${text}`));
      timer(2).subscribe(() => {
        seen.push(`${now()} shows new`);
        save.pipe(withWriteLock(lock)).subscribe(() => seen.push(`${now()} saved`));
      });
      flush();
      return seen;
    });
  const now = () => asyncScheduler.now();
  expect(play(withReadLock)).toEqual(['2 shows new', '10 shows old', '13 saved']);
  expect(play(withYieldingReadLock)).toEqual(['2 shows new', '5 saved', '15 shows new']);
});

it('I2: by default it yields three times; Infinity sets no bound', () => {
  for (const [options, yields] of [
    [undefined, 3],
    [{ restarts: 0 }, 0],
    [{ restarts: Infinity }, 10],
  ] as const) {
    const lock = new ReadWriteLock();
    const { log } = yieldingRead(lock, options);
    expect(lock.core.observing).toBe(yields > 0 ? 1 : 0);
    for (let i = 0; i < 10; i++) write(lock).unsubscribe();
    expect(log.filter((line) => line === 'read torn down')).toHaveLength(yields);
  }
});

it('I2: restarts is an integer from 0, or Infinity', () => {
  const lock = new ReadWriteLock();
  for (const [restarts, message] of [
    [-1, 'restarts must be a number from 0, got -1'],
    [NaN, 'restarts must be a number from 0, got NaN'],
    [1.5, 'restarts must be an integer or Infinity, got 1.5'],
  ] as const)
    expect(() => withYieldingReadLock(lock, { restarts })).toThrow(new RangeError(message));
  for (const restarts of ['2', null, {}])
    expect(() => withYieldingReadLock(lock, () => EMPTY, { restarts: restarts as never })).toThrow(
      TypeError,
    );
  expect(() => withYieldingReadLock(lock, null as never)).toThrow('options must be');
  expect(() => withYieldingReadLock({} as never)).toThrow(
    'the first argument of withYieldingReadLock must be a lock or a lease',
  );
});

it('I2: a writer of another key does not cut it off', () => {
  const locks = new KeyedReadWriteLock<string>();
  const { log } = yieldingRead(locks.for('a'));
  const holders = [locks.for('b').writer.tryAcquire(), locks.for('c').writer.tryAcquire()];
  write(locks.for('b')).unsubscribe();
  expect(log).toEqual(['read subscribed']);
  // One for both keys conflicts.
  const both = allOf(locks.for('a').writer, locks.for('b').writer).acquire().subscribe();
  expect(log).toEqual(READ);
  holders[0]?.release();
  both.unsubscribe();
  expect(log).toEqual([...READ, 'read subscribed']);
  write(locks.all);
  expect(log).toEqual([...READ, ...READ]);
});

it('I2: yields to a request for several locks, and to an upgrade', () => {
  const [lock, other] = [new ReadWriteLock(), new ReadWriteLock()];
  const { log } = yieldingRead(lock);
  const both = allOf(lock.writer, other.writer).acquire().subscribe();
  expect([log, lock.writer.locked]).toEqual([READ, true]);
  both.unsubscribe();
  const upgradable = lock.upgradable.tryAcquire();
  expect(log).toEqual([...READ, 'read subscribed']);
  const upgrade = upgradable?.writer.acquire().subscribe();
  expect([log, lock.writer.locked]).toEqual([[...READ, ...READ], true]);
  upgrade?.unsubscribe();
  expect(log).toEqual([...READ, ...READ, 'read subscribed']);
});

it('I2: through a lease of several locks it never yields', () => {
  const [lock, other] = [new ReadWriteLock(), new ReadWriteLock()];
  const lease = allOf(lock.reader, other.reader).tryAcquire() as Lease;
  const { log, run, seen } = yieldingRead(lease);
  write(lock);
  run.complete();
  expect([log, seen]).toEqual([READ, ['|']]);
});

it('I2: a read whose lease is released early yields no more, and shows its values', () => {
  const lock = new ReadWriteLock();
  const run = new Handle<number>();
  const project = (_: number, lease: Lease) => {
    lease.release();
    return run.source;
  };
  const { seen } = watch(of(0).pipe(withYieldingReadLock(lock, project)));
  write(lock);
  write(lock);
  run.next(1);
  run.complete();
  expect(seen).toEqual([1, '|']);
});

describe('the conditions hold for each request', () => {
  it('I2: waitTimeout counts from the moment when the read has yielded', () => {
    const message =
      'shop: timed out after 5 ms waiting to acquire read "report"; held by write "save"';
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const lock = new ReadWriteLock({ name: 'shop' });
        const reader = lock.reader.tryAcquire();
        const options = { waitTimeout: 5, label: 'report' };
        const read = cold('a----|').pipe(withYieldingReadLock(lock, options));
        expectObservable(read).toBe('-------#', undefined, expect.objectContaining({ message }));
        timer(2).subscribe(() => write(lock, { label: 'save' }));
        timer(6).subscribe(() => reader?.release());
      },
    );
  });

  it('I2: waitTimeout ends it while what it has yielded to waits, and says so', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const lock = new ReadWriteLock({ name: 'shop' });
        lock.reader.tryAcquire();
        const read = cold('a----|').pipe(withYieldingReadLock(lock, { waitTimeout: 5 }));
        const message = 'shop: timed out after 5 ms waiting to acquire read; behind write "save"';
        expectObservable(read).toBe('-------#', undefined, expect.objectContaining({ message }));
        timer(2).subscribe(() => write(lock, { label: 'save' }));
        timer(20).subscribe(() => expect(lock.core.observing).toBe(0));
      },
    );
  });

  it('I2: with ifAvailable it errors if it can not run anew at once', () => {
    const lock = new ReadWriteLock();
    const { seen, log } = yieldingRead(lock, { ifAvailable: true });
    write(lock);
    expect([log, seen]).toEqual([READ, ['LockUnavailableError']]);
    const other = new ReadWriteLock();
    const again = yieldingRead(other, { ifAvailable: true });
    of(1).pipe(withWriteLock(other)).subscribe();
    expect(again.seen).toEqual(['LockUnavailableError']);
  });

  it('I2: maxWaiting may refuse it after it has yielded', () => {
    const lock = new ReadWriteLock({ maxWaiting: 1 });
    const [first, second] = [yieldingRead(lock), yieldingRead(lock)];
    write(lock);
    expect([first.seen, second.seen]).toEqual([[], ['LockQueueFullError']]);
  });

  it('I2: priority orders each of its requests', () => {
    const lock = new ReadWriteLock();
    const { log } = yieldingRead(lock, { priority: 1 });
    const writers = [write(lock, {}, log), write(lock, {}, log)];
    writers[0]?.unsubscribe();
    expect(log).toEqual([...READ, ...WRITE, 'read subscribed']);
  });
});

it('I2: yields also before its grant has been delivered', () => {
  const lock = new ReadWriteLock({ scheduler: asapScheduler });
  const { log } = yieldingRead(lock);
  const lease = lock.writer.acquire().subscribe();
  expect([log, lock.writer.locked]).toEqual([[], true]);
  lease.unsubscribe();

  const batch = new ReadWriteLock();
  const holder = batch.writer.tryAcquire();
  const order: string[] = [];
  logged(order, 'first', () => write(batch, {}, order))
    .pipe(withReadLock(batch))
    .subscribe();
  const second = yieldingRead(batch, {}, order);
  holder?.release();
  // The two are granted together, and the source of the first one requests to write.
  expect(order).toEqual(['first subscribed']);
  expect(batch.state).toMatchObject({ held: { read: 1 }, waiting: { read: 0, write: 1 } });
  second.subscription.unsubscribe();
});

it('I2: what ends in the change in which a writer begins to wait is not cut off', () => {
  const ends: Record<string, (read: ReturnType<typeof yieldingRead>, lock: ReadWriteLock) => void> =
    {
      '|': ({ run }) => run.complete(),
      '#x': ({ run }) => run.error('x'),
      '#broken': (_, lock) => lock.error('broken'),
      '': ({ subscription }) => subscription.unsubscribe(),
    };
  for (const [end, make] of Object.entries(ends)) {
    const lock = new ReadWriteLock();
    // It is told of the change before the read is.
    lock.subscribe({
      next: ({ waiting }) => waiting.write > 0 && make(read, lock),
      error: () => undefined,
    });
    const read = yieldingRead(lock);
    watch(NEVER.pipe(withWriteLock(lock)));
    expect([read.log, read.seen]).toEqual([READ, end ? [end] : []]);
    expect(lock.core.accepted.first).toBeUndefined();
  }
});

it('I2: of two writers that begin to wait in one change, it yields to the first', () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  lock.subscribe(({ waiting }) => {
    if (waiting.write === 1 && log.length === 1) write(lock);
  });
  yieldingRead(lock, {}, log);
  const first = write(lock);
  expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: { read: 1, write: 1 } });
  first.unsubscribe();
  expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: { read: 1, write: 0 } });
});

it('I2: a read whose lease is released in the change in which a writer begins to wait goes on', () => {
  const lock = new ReadWriteLock();
  lock.reader.tryAcquire();
  let lease: Lease | undefined;
  lock.subscribe(({ waiting }) => {
    if (waiting.write > 0) lease?.release();
  });
  const run = new Handle<number>();
  const project = (_: number, own: Lease) => {
    lease = own;
    return run.source;
  };
  const { seen } = watch(of(0).pipe(withYieldingReadLock(lock, project)));
  write(lock);
  run.next(1);
  run.complete();
  expect(seen).toEqual([1, '|']);
});

it('I2: a source that requests the same lock is cut off until it may not be, as often as restarts says', () => {
  const lock = new ReadWriteLock();
  let runs = 0;
  const source = defer(() => {
    runs++;
    return NEVER.pipe(withWriteLock(lock));
  });
  const restarts = 20_000;
  const read = source.pipe(withYieldingReadLock(lock, { restarts })).subscribe();
  expect(runs).toBe(restarts + 1);
  read.unsubscribe();
  expectNothingLeft(lock);

  runs = 0;
  const holder = lock.writer.tryAcquire();
  const waits = source.pipe(withYieldingReadLock(lock, { restarts })).subscribe();
  holder?.release();
  expect(runs).toBe(restarts + 1);
  waits.unsubscribe();
  expectNothingLeft(lock);
});

it('I2: writers that end synchronously, requested in each run, do not grow the stack', () => {
  const lock = new ReadWriteLock();
  let runs = 0;
  const source = defer(() => {
    runs++;
    of(1).pipe(withWriteLock(lock)).subscribe();
    return of('whole');
  });
  const restarts = 20_000;
  expect(watch(source.pipe(withYieldingReadLock(lock, { restarts }))).seen).toEqual(['whole', '|']);
  expect(runs).toBe(restarts + 1);
  expectNothingLeft(lock);
});

it('I2: a lease that is kept keeps neither its value nor the source', async () => {
  const lock = new ReadWriteLock();
  const kept: Lease[] = [];
  const project = (_: object, lease: Lease) => {
    kept.push(lease);
    return EMPTY;
  };
  const send = () => {
    const value = { payload: 1 };
    const holder = lock.writer.tryAcquire();
    of(value).pipe(withYieldingReadLock(lock, project)).subscribe();
    holder?.release();
    return new WeakRef(value);
  };
  const value = send();
  await collectGarbage();
  expect([kept.length, value.deref()]).toEqual([1, undefined]);
});

it('I2: a poll of repeat yields anew in each of its reads', () => {
  const lock = new ReadWriteLock();
  const run = new Handle<number>();
  const { seen } = watch(run.source.pipe(withYieldingReadLock(lock, { restarts: 1 }), repeat(2)));
  for (const value of [1, 2]) {
    write(lock).unsubscribe();
    run.next(value);
    run.complete();
  }
  expect(seen).toEqual([1, 2, '|']);
});

it('I2: each run has the async context of the subscription', () => {
  const storage = new AsyncLocalStorage<string>();
  const here = () => storage.getStore() ?? 'nowhere';
  const lock = new ReadWriteLock({ context: () => AsyncLocalStorage.snapshot() });
  const log: string[] = [];
  const source = defer(() => {
    log.push(here());
    return NEVER;
  });
  storage.run('page', () => source.pipe(withYieldingReadLock(lock)).subscribe());
  storage.run('save', () => write(lock)).unsubscribe();
  const writer = storage.run('save', () => write(lock));
  storage.run('close', () => writer.unsubscribe());
  expect(log).toEqual(['page', 'page', 'page']);
});

it('I2: a context that throws, or gives no function, is reported and ignored', async () => {
  for (const context of [() => 3, () => JSON.parse('{') as unknown]) {
    const lock = new ReadWriteLock({ context: context as never });
    const { run, log, seen } = yieldingRead(lock);
    const errors = await unhandled(() => {
      write(lock).unsubscribe();
      run.complete();
    });
    expect(errors.length).toBeGreaterThan(0);
    expect([log, seen]).toEqual([[...READ, ...READ], ['|']]);
  }
});

it('I2, I3: it stays behind a request that takes the place of the one that it has yielded to', () => {
  const lock = new ReadWriteLock({ policy: readersFirst });
  const { run, log } = yieldingRead(lock, { restarts: 1 });
  const reader = lock.reader.tryAcquire();
  const saves = latest(lock.writer);
  saves.acquire().subscribe();
  const save = saves.acquire().subscribe();
  expect(log).toEqual(READ);
  reader?.release();
  expect(lock.writer.locked).toBe(true);
  save.unsubscribe();
  run.complete();
  expect(lock.state.held).toEqual({ read: 0, upgradable: 0, write: 0 });
});

it('B1, I2: a consumer that has gone before the request requests nothing', () => {
  const lock = new ReadWriteLock();
  lock.writer.tryAcquire();
  forkJoin([EMPTY, of(1).pipe(withYieldingReadLock(lock))]).subscribe();
  expect(lock.state.waiting.read).toBe(0);
});

it('I2, I3: it stays behind one with a higher priority that takes that place', () => {
  const lock = new ReadWriteLock();
  const { log } = yieldingRead(lock, { priority: 10 });
  const reader = lock.reader.tryAcquire();
  const saves = latest(lock.writer);
  saves.acquire().subscribe();
  saves.acquire({ priority: 5 }).subscribe();
  expect(log).toEqual(READ);
  reader?.release();
  expect(lock.writer.locked).toBe(true);
});

it('A11, I2: a read that never yields captures no context', () => {
  let captures = 0;
  const context = () => {
    captures++;
    return (run: () => void) => run();
  };
  const lock = new ReadWriteLock({ context });
  of(1)
    .pipe(withYieldingReadLock(lock, { restarts: 0 }))
    .subscribe();
  const lease = lock.reader.tryAcquire() as Lease;
  of(1).pipe(withYieldingReadLock(lease)).subscribe();
  expect(captures).toBe(0);
});

it('B9, I2: a request is told to no read that it does not conflict with', () => {
  const lock = new ReadWriteLock();
  lock.writer.tryAcquire();
  const tell = jest.spyOn(YieldingRead.prototype, 'tell');
  for (let i = 0; i < 100; i++) of(1).pipe(withYieldingReadLock(lock)).subscribe();
  expect(tell).not.toHaveBeenCalled();
  tell.mockRestore();
});
