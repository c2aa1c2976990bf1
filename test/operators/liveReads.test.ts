import { AsyncLocalStorage } from 'node:async_hooks';
import {
  asapScheduler,
  config,
  defer,
  EMPTY,
  mergeMap,
  NEVER,
  Observable,
  type ObservableInput,
  of,
  range,
  Subject,
  type Subscription,
  take,
  throwError,
} from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  LockQueueFullError,
  LockTimeoutError,
  LockUnavailableError,
  ReadWriteLock,
  type ReadWriteLockOptions,
  type RequestOptions,
  traceLock,
  type UpgradableLease,
  withLiveReadLock,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { LiveRead } from '../../src/operators/LiveRead.js';
import { CountingSignal } from '../random/CountingSignal.js';
import { collectGarbage } from '../support/collect.js';
import { orderedLocks } from '../support/order.js';
import { POLICIES } from '../support/policies.js';
import { Handle, unhandled } from '../support/sources.js';
import { busyLock, IDLE } from '../support/states.js';
import { turn } from '../support/turns.js';

/** What is read, and who writes it. */
interface Place {
  readonly lock: LockLike;
  /** The lock that is closed and failed, and whose observers are counted. */
  readonly whole: ReadWriteLock;
  /** Begins a write that overlaps what is read; its release ends it. */
  readonly write: () => Lease;
  /** Ends the reads gently. */
  readonly end: () => void;
}

const places: Record<string, (options?: ReadWriteLockOptions) => Place> = {
  'a lock'(options) {
    const lock = new ReadWriteLock(options);
    return { lock, whole: lock, write: () => written(lock), end: () => lock.complete() };
  },
  'a key'(options) {
    const locks = new KeyedReadWriteLock<string>(options);
    const [lock, whole] = [locks.for('a'), locks.all];
    return { lock, whole, write: () => written(lock), end: () => whole.complete() };
  },
  'all keys'(options) {
    const locks = new KeyedReadWriteLock<string>(options);
    const [key, whole] = [locks.for('a'), locks.all];
    return { lock: whole, whole, write: () => written(key), end: () => whole.complete() };
  },
  'a lease'(options) {
    const whole = new ReadWriteLock(options);
    const lock = whole.upgradable.tryAcquire() as UpgradableLease;
    return { lock, whole, write: () => written(lock), end: () => lock.release() };
  },
};
// Through a lease no read waits.
const { 'a lease': _, ...sharedPlaces } = places;

function written(lock: LockLike): Lease {
  const lease = lock.writer.tryAcquire();
  if (!lease) throw new Error('the test expects that nothing is in the way of a write');
  return lease;
}

const cases = (those: typeof places) =>
  Object.entries(those).flatMap(([where, place]) =>
    Object.entries(POLICIES).map(
      ([name, policy]) => [where, name, () => place({ policy })] as const,
    ),
  );
const everywhere = describe.each(cases(places));
const whereReadsWait = describe.each(cases(sharedPlaces));

/** Subscribes a live read, and tells what its consumer sees. */
function live<T>(
  lock: LockLike,
  source: Observable<T>,
  options?: RequestOptions,
): { seen: unknown[]; subscription: Subscription } {
  const seen: unknown[] = [];
  const subscription = source.pipe(withLiveReadLock(lock, options)).subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(error instanceof Error ? error : `error ${String(error)}`),
    complete: () => seen.push('completed'),
  });
  return { seen, subscription };
}

/** A source whose reads are counted by what they emit: 1, 2, … */
function counted() {
  let reads = 0;
  return defer(() => of(++reads));
}

/** Nothing is held, waited for or observed any more, but for the lease that a test holds itself. */
function expectNothingLeft({ whole, lock }: Place): void {
  if ('release' in lock) (lock as Lease).release();
  expect(whole.state).toMatchObject(IDLE);
  expect(whole.core.observing).toBe(0);
  expect([...whole.core.table.observers()]).toEqual([]);
}

everywhere('a live read of %s under %s', (_, __, newPlace) => {
  it('I1: reads at once, and again after each write', () => {
    const place = newPlace();
    const { seen, subscription } = live(place.lock, counted());
    expect(seen).toEqual([1]);
    place.write().release();
    place.write().release();
    expect(seen).toEqual([1, 2, 3]);
    subscription.unsubscribe();
    place.write().release();
    expect(seen).toEqual([1, 2, 3]);
    expectNothingLeft(place);
  });

  it('I1: does not read for a read', () => {
    const place = newPlace();
    const { seen } = live(place.lock, counted());
    place.lock.reader.tryAcquire()?.release();
    place.lock.reader.acquire().subscribe().unsubscribe();
    expect(seen).toEqual([1]);
  });

  it('I1: does not read for a write lease that ends while its owner goes on writing', () => {
    const place = newPlace();
    const { seen } = live(place.lock, counted());
    const outer = place.write();
    written(outer).release();
    expect(place.whole.state.waiting.read).toBe(0);
    expect(seen).toEqual([1]);
    outer.release();
    expect(seen).toEqual([1, 2]);
  });

  it('I1: holds the lock during a read, and not between two', () => {
    const place = newPlace();
    const source = new Handle<string>();
    const { subscription } = live(place.lock, source.source);
    expect(place.whole.state.held.read).toBe(1);
    source.complete();
    expect(place.whole.state.held.read).toBe(0);
    place.write().release();
    expect(place.whole.state.held.read).toBe(1);
    subscription.unsubscribe();
    expectNothingLeft(place);
  });

  it('I1: with an empty source, reads after each write all the same', () => {
    const place = newPlace();
    let reads = 0;
    const { seen } = live(
      place.lock,
      defer(() => {
        reads++;
        return EMPTY;
      }),
    );
    place.write().release();
    expect(reads).toBe(2);
    place.end();
    expect(seen).toEqual(['completed']);
    expectNothingLeft(place);
  });

  it('I1: with a source that throws, errors and releases the lock', () => {
    for (const failing of [
      throwError(() => 'broken'),
      defer((): Observable<number> => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- a source may throw anything
        throw 'broken';
      }),
    ]) {
      const place = newPlace();
      let source: Observable<number> = counted();
      const { seen } = live(
        place.lock,
        defer(() => source),
      );
      source = failing;
      place.write().release();
      expect(seen).toEqual([1, 'error broken']);
      place.write().release();
      expect(seen).toHaveLength(2);
      expectNothingLeft(place);
    }
  });

  it('I1: is cut off by take(1) below, also from a synchronous source without end', () => {
    for (const source of [of(0, 1), range(0, Infinity)]) {
      const place = newPlace();
      const seen: number[] = [];
      source.pipe(withLiveReadLock(place.lock), take(1)).subscribe((value) => seen.push(value));
      expect(seen).toEqual([0]);
      expectNothingLeft(place);
    }
  });

  it('I1: goes on when the consumer throws, which is reported', async () => {
    const place = newPlace();
    const errors = await unhandled(() => {
      counted()
        .pipe(withLiveReadLock(place.lock))
        .subscribe((read) => {
          throw new Error(`read ${read}`);
        });
      place.write().release();
    });
    expect(errors.map(String)).toEqual(['Error: read 1', 'Error: read 2']);
    place.end();
    expectNothingLeft(place);
  });

  it('I1: goes on when the teardown of the source throws, which surfaces', async () => {
    const place = newPlace();
    let reads = 0;
    const source = new Observable<number>((subscriber) => {
      subscriber.next(++reads);
      subscriber.complete();
      return () => {
        throw new Error(`teardown ${reads}`);
      };
    });
    let seen: unknown[] = [];
    const errors = await unhandled(() => {
      ({ seen } = live(place.lock, source));
      place.write().release();
    });
    expect(seen).toEqual([1, 2]);
    expect(errors.map(String).join()).toMatch(/teardown 1.*teardown 2/s);
    place.end();
    expectNothingLeft(place);
  });

  it('I1: lets the consumer write what it reads, which causes the next read, without growing the stack', () => {
    const TIMES = 3_000;
    const place = newPlace();
    let written = 0;
    const { seen } = live(
      place.lock,
      defer(() => {
        if (written < TIMES)
          of(1)
            .pipe(withWriteLock(place.lock))
            .subscribe(() => written++);
        return of(written);
      }),
    );
    expect(written).toBe(TIMES);
    expect(seen.at(-1)).toBe(TIMES);
    expect(seen.length).toBeLessThanOrEqual(TIMES + 1);
  });

  it('I1: reads after each of many writes without growing the stack, and keeps nothing of them', () => {
    const TIMES = 3_000;
    const place = newPlace();
    const { seen } = live(place.lock, counted());
    for (let i = 0; i < TIMES; i++) place.write().release();
    expect(seen).toHaveLength(TIMES + 1);
    place.end();
    expectNothingLeft(place);
  });

  it('I1: completes at once if it is ended between two reads, also by its consumer', () => {
    const place = newPlace();
    const { seen } = live(place.lock, counted());
    place.end();
    expect(seen).toEqual([1, 'completed']);
    expectNothingLeft(place);

    const other = newPlace();
    const late: unknown[] = [];
    counted()
      .pipe(withLiveReadLock(other.lock))
      .subscribe({ next: () => other.end(), complete: () => late.push('completed') });
    expect(late).toEqual(['completed']);
    expectNothingLeft(other);
  });

  it('I1: lets a read in progress finish if it is ended meanwhile, and completes after its release', () => {
    const place = newPlace();
    const source = new Handle<string>();
    const { seen } = live(place.lock, source.source);
    place.end();
    source.next('last');
    expect(seen).toEqual(['last']);
    source.complete();
    expect(seen).toEqual(['last', 'completed']);
    expectNothingLeft(place);
  });

  it('I1: errors with the reason of a lock that fails, between two reads and during one', () => {
    for (const source of [of(1), NEVER]) {
      const place = newPlace();
      const { seen } = live(place.lock, source);
      place.whole.error('down');
      expect(seen.at(-1)).toBe('error down');
      expectNothingLeft(place);
    }
  });

  it('I1: an abort ends it with the reason, between two reads and during one, and no listener is left', () => {
    for (const source of [of(1), NEVER]) {
      const place = newPlace();
      const counting = new CountingSignal();
      const { seen } = live(place.lock, source, { signal: counting.signal });
      counting.abort('enough');
      expect(seen.at(-1)).toBe('error enough');
      expect(counting.listeners).toBe(0);
      expectNothingLeft(place);
    }
  });

  it('I1: an abort is told once, also in a context', async () => {
    const stopped: unknown[] = [];
    config.onStoppedNotification = (notification) => stopped.push(notification);
    const abort = new AbortController();
    live(newPlace().lock, of(1), { signal: abort.signal });
    const lock = new ReadWriteLock({ context: () => (run) => run() });
    live(lock, of(1), { signal: abort.signal });
    abort.abort();
    // RxJS reports in a turn of its own.
    await turn();
    config.onStoppedNotification = null;
    expect(stopped).toEqual([]);
  });

  it('I1: an abort inside a synchronous read cuts it off', () => {
    const place = newPlace();
    const abort = new AbortController();
    const seen: unknown[] = [];
    range(0, Infinity)
      .pipe(withLiveReadLock(place.lock, { signal: abort.signal }))
      .subscribe({
        next(value) {
          seen.push(value);
          if (value === 2) abort.abort('enough');
        },
        error: (error: unknown) => seen.push(error),
      });
    expect(seen).toEqual([0, 1, 2, 'enough']);
    expectNothingLeft(place);
  });

  it('I1: with a signal that has aborted, nothing is read; unsubscribed, no listener is left', () => {
    const place = newPlace();
    const counting = new CountingSignal();
    live(place.lock, of(1), { signal: counting.signal }).subscription.unsubscribe();
    expect(counting.listeners).toBe(0);
    counting.abort('before');
    expect(live(place.lock, of(1), { signal: counting.signal }).seen).toEqual(['error before']);
    expect(counting.listeners).toBe(0);
    expectNothingLeft(place);
  });

  it('I1: a write that ends while its read runs without the lock causes one more read', () => {
    const place = newPlace();
    const ends: Subject<never>[] = [];
    let reads = 0;
    of('key')
      .pipe(
        withLiveReadLock(place.lock, (_, lease) => {
          reads++;
          lease.release();
          const end = new Subject<never>();
          ends.push(end);
          return end;
        }),
      )
      .subscribe();
    place.write().release();
    place.write().release();
    expect(reads).toBe(1);
    ends[0]?.complete();
    expect(reads).toBe(2);
    ends[1]?.complete();
    expect(reads).toBe(2);
    place.end();
    expectNothingLeft(place);
  });
});

whereReadsWait('a live read of %s that waits, under %s', (_, name, newPlace) => {
  it('I1: is the read of every write that ends meanwhile', () => {
    const place = newPlace();
    const { seen } = live(place.lock, counted());
    let mostWaiting = 0;
    place.whole.subscribe(({ waiting }) => (mostWaiting = Math.max(mostWaiting, waiting.read)));
    // Six writers, one behind the other.
    const first = place.write();
    for (let i = 0; i < 4; i++) of(i).pipe(withWriteLock(place.whole)).subscribe();
    const leases: Lease[] = [];
    place.whole.writer.acquire().subscribe((lease) => leases.push(lease));
    first.release();
    leases[0]?.release();
    // A policy that grants a waiting reader first does so after every second write.
    const again = { fifo: 1, writersFirst: 1, phaseFair: 3, readersFirst: 3 }[name];
    expect(seen).toHaveLength(1 + (again as number));
    expect(mostWaiting).toBe(1);
    place.end();
    expectNothingLeft(place);
  });

  it('I1: unsubscribed while it waits, reads nothing and leaves nothing', () => {
    const place = newPlace();
    const lease = place.write();
    const { seen, subscription } = live(place.lock, counted());
    expect(place.whole.state.waiting.read).toBe(1);
    subscription.unsubscribe();
    expect(place.whole.state.waiting.read).toBe(0);
    lease.release();
    expect(seen).toEqual([]);
    expectNothingLeft(place);
  });

  it('I1: is served, as the last read, if the lock is closed meanwhile', () => {
    const place = newPlace();
    const lease = place.write();
    const { seen } = live(place.lock, counted());
    place.whole.complete();
    expect(seen).toEqual([]);
    lease.release();
    expect(seen).toEqual([1, 'completed']);
    expectNothingLeft(place);
  });

  it('I1: errors with the reason of its lock, or of its signal', () => {
    const place = newPlace();
    const counting = new CountingSignal();
    const lease = place.write();
    const failed = live(place.lock, counted());
    const aborted = live(place.lock, counted(), { signal: counting.signal });
    counting.abort('enough');
    expect(aborted.seen).toEqual(['error enough']);
    expect(counting.listeners).toBe(0);
    expect(failed.seen).toEqual([]);
    place.whole.error('down');
    expect(failed.seen).toEqual(['error down']);
    lease.release();
    expectNothingLeft(place);
  });
});

describe('the conditions of each read', () => {
  /** A live read that has read once, on a lock that is held by a second write when the first ends. */
  function reread(options: RequestOptions) {
    const lock = new ReadWriteLock();
    const { seen } = live(lock, counted(), options);
    const first = written(lock);
    const second: Lease[] = [];
    lock.writer.acquire({ label: 'second' }).subscribe((lease) => second.push(lease));
    return {
      lock,
      seen,
      first,
      endAll: () => {
        first.release();
        second[0]?.release();
        lock.complete();
        expect(lock.state).toMatchObject(IDLE);
        expect(lock.core.observing).toBe(0);
      },
    };
  }

  it('I1: ifAvailable refuses a re-read that would have to wait', () => {
    const { seen, first, endAll } = reread({ ifAvailable: true, label: 'list' });
    first.release();
    expect(seen).toEqual([1, expect.any(LockUnavailableError)]);
    expect(String(seen[1])).toContain('read "list" immediately; held by write "second"');
    endAll();
  });

  it('I1: waitTimeout limits the wait of a re-read, not the time between two reads', async () => {
    const { seen, first, endAll } = reread({ waitTimeout: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual([1]);
    first.release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual([1, expect.any(LockTimeoutError)]);
    endAll();
  });

  it('I1: maxWaiting of the lock refuses a re-read, too', () => {
    const lock = new ReadWriteLock({ maxWaiting: 0 });
    // Writes again before the live read is told that the first write has ended.
    lock.subscribe(({ version }) => version === 1 && lock.writer.tryAcquire());
    const { seen } = live(lock, counted());
    written(lock).release();
    expect(seen).toEqual([1, expect.any(LockQueueFullError)]);
    const { lock: full, lease } = busyLock({ maxWaiting: 0 });
    expect(live(full, of(1)).seen).toEqual([expect.any(LockQueueFullError)]);
    lease.release();
    expect(full.core.observing).toBe(0);
  });

  it('I1: a priority puts each re-read ahead of waiting writers', () => {
    const { seen, first, lock, endAll } = reread({ priority: 1 });
    const granted: string[] = [];
    const behind = lock.writer.acquire({ label: 'third' }).subscribe(() => granted.push('third'));
    first.release();
    expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: { read: 1, write: 1 } });
    expect(granted).toEqual([]);
    behind.unsubscribe();
    endAll();
    expect(seen).toEqual([1, 2, 'completed']);
  });

  it('I1: a label names each read in a trace', () => {
    const lock = new ReadWriteLock();
    const labels: unknown[] = [];
    traceLock(lock).subscribe(({ type, mode, label }) => {
      if (type === 'requested' && mode === 'read') labels.push(label);
    });
    live(lock, of(1), { label: 'list' });
    written(lock).release();
    expect(labels).toEqual(['list', 'list']);
  });

  it('I1: a scheduler of the lock delivers each read', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const { seen, subscription } = live(lock, counted());
    expect(seen).toEqual([]);
    await Promise.resolve();
    expect(seen).toEqual([1]);
    written(lock).release();
    expect(lock.state.held.read).toBe(1);
    expect(seen).toEqual([1]);
    await Promise.resolve();
    expect(seen).toEqual([1, 2]);
    subscription.unsubscribe();
    expect(lock.core.observing).toBe(0);
  });
});

describe('the context of the subscription', () => {
  const storage = new AsyncLocalStorage<string>();
  const here = () => storage.getStore() ?? 'nowhere';

  it('I1, A11: is that of every read, of its completion, and of its error', () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is what the docs write
    const lock = new ReadWriteLock({ context: AsyncLocalStorage.snapshot });
    const abort = new AbortController();
    const seen: string[] = [];
    const observer = {
      next: () => seen.push(`consumer in ${here()}`),
      error: () => seen.push(`error in ${here()}`),
      complete: () => seen.push(`completed in ${here()}`),
    };
    const source = defer(() => of(seen.push(`source in ${here()}`)));
    storage.run('Ann', () => source.pipe(withLiveReadLock(lock)).subscribe(observer));
    seen.length = 0;
    storage.run('Bob', () => written(lock).release());
    expect(seen).toEqual(['source in Ann', 'consumer in Ann']);
    storage.run('Cid', () =>
      source.pipe(withLiveReadLock(lock, { signal: abort.signal })).subscribe(observer),
    );
    seen.length = 0;
    storage.run('Bob', () => abort.abort());
    expect(seen).toEqual(['error in Cid']);
    seen.length = 0;
    storage.run('Bob', () => lock.complete());
    expect(seen).toEqual(['completed in Ann']);
  });

  it('I1, A11: without it, a read runs where the write ended', () => {
    const lock = new ReadWriteLock();
    const seen: string[] = [];
    const source = defer(() => of(here()));
    storage.run('Ann', () =>
      source.pipe(withLiveReadLock(lock)).subscribe((who) => seen.push(who)),
    );
    storage.run('Bob', () => written(lock).release());
    expect(seen).toEqual(['Ann', 'Bob']);
  });

  it.each<[string, ReadWriteLockOptions['context']]>([
    [
      'throws',
      () => {
        throw new Error('context');
      },
    ],
    [
      'gives a function that throws',
      () => () => {
        throw new Error('context');
      },
    ],
    ['gives a function that runs nothing', () => () => undefined],
    [
      'gives a function that runs it twice',
      () => (run) => {
        run();
        run();
      },
    ],
  ])('I1, A11: a context that %s keeps no read from running, once', async (_, context) => {
    const lock = new ReadWriteLock({ context });
    let seen: unknown[] = [];
    await unhandled(() => {
      ({ seen } = live(lock, counted()));
      written(lock).release();
      lock.complete();
    });
    expect(seen).toEqual([1, 2, 'completed']);
  });
});

describe('the form with a function', () => {
  it('I1: reads for each value, again after each write, with a new lease each time', () => {
    const lock = new ReadWriteLock();
    const leases: Lease[] = [];
    const seen: string[] = [];
    of('a', 'b')
      .pipe(
        withLiveReadLock(lock, (value, lease, index) => {
          expect(lease).toMatchObject({ mode: 'read', released: false });
          leases.push(lease);
          return [`${value}${index}`, '.'];
        }),
      )
      .subscribe({ next: (text) => seen.push(text), complete: () => seen.push('completed') });
    expect(seen.join('')).toBe('a0.b1.');
    written(lock).release();
    expect(seen.join('')).toBe('a0.b1.a0.b1.');
    expect(new Set(leases).size).toBe(4);
    expect(leases.every(({ released }) => released)).toBe(true);
    lock.complete();
    expect(seen.at(-1)).toBe('completed');
    expect(lock.core.observing).toBe(0);
  });

  it('I1: completes when the source has completed, and the lock is closed', () => {
    const lock = new ReadWriteLock();
    const source = new Subject<string>();
    const seen: unknown[] = [];
    source
      .pipe(withLiveReadLock(lock, (value) => of(value)))
      .subscribe({ next: (value) => seen.push(value), complete: () => seen.push('completed') });
    source.next('a');
    lock.complete();
    expect(seen).toEqual(['a']);
    source.complete();
    expect(seen).toEqual(['a', 'completed']);
  });

  it.each<[string, () => ObservableInput<unknown>]>([
    [
      'throws',
      () => {
        throw new Error('project');
      },
    ],
    ['gives what errors', () => throwError(() => new Error('project'))],
    ['gives what is not an Observable', () => 5 as unknown as ObservableInput<unknown>],
  ])('I1: a function that %s ends the result and every read of it', (_, fail) => {
    const lock = new ReadWriteLock();
    const errors: unknown[] = [];
    let broken = false;
    of('a', 'b', 'c')
      .pipe(withLiveReadLock(lock, (value) => (broken && value === 'b' ? fail() : NEVER)))
      .subscribe({ error: (error: unknown) => errors.push(error) })
      .unsubscribe();
    expect(lock.state).toMatchObject(IDLE);
    of('a', 'b', 'c')
      .pipe(withLiveReadLock(lock, (value) => (broken && value === 'b' ? fail() : [])))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    broken = true;
    written(lock).release();
    expect(errors).toEqual([expect.any(Error)]);
    expect(lock.state).toMatchObject(IDLE);
    expect(lock.core.observing).toBe(0);
  });

  it('I1: unsubscribed, it opens no read that the end of another one grants', () => {
    const lock = new ReadWriteLock();
    const opened: string[] = [];
    const source = new Subject<string>();
    const subscription = source
      .pipe(
        withLiveReadLock(lock, (value) => {
          opened.push(value);
          return NEVER;
        }),
      )
      .subscribe();
    source.next('a');
    // This write ends synchronously when it is granted.
    of(1).pipe(withWriteLock(lock)).subscribe();
    source.next('b');
    expect(lock.state.waiting).toMatchObject({ read: 1, write: 1 });
    subscription.unsubscribe();
    expect(opened).toEqual(['a']);
    expect(lock.state).toMatchObject(IDLE);
    expect(lock.core.observing).toBe(0);
  });

  it('I1: a lease that somebody keeps does not keep the value of a live read that has ended', async () => {
    const lock = new ReadWriteLock();
    const kept: Lease[] = [];
    const project = (_: unknown, lease: Lease) => {
      kept.push(lease);
      return EMPTY;
    };
    const value = (() => {
      const value = { payload: 1 };
      of(value).pipe(withLiveReadLock(lock, project)).subscribe().unsubscribe();
      return new WeakRef(value);
    })();
    await collectGarbage();
    expect(value.deref()).toBeUndefined();
    expect(kept).toHaveLength(1);
  });
});

describe('several locks and keys', () => {
  it('I1: does not read a key for what only reads it, or never writes', () => {
    const locks = new KeyedReadWriteLock<string>();
    const [a, b] = [locks.for('a'), locks.for('b')];
    const { seen } = live(b, counted());
    allOf(a.writer, b.reader).tryAcquire()?.release();
    const lease = b.upgradable.tryAcquire();
    lease?.downgrade('read');
    lease?.release();
    expect(seen).toEqual([1]);
    allOf(a.reader, b.writer).tryAcquire()?.release();
    expect(seen).toEqual([1, 2]);
  });

  it('I1: through a lease on several keys, reads when its owner has ended a write of any', () => {
    for (const key of ['a', 'b'] as const) {
      const locks = new KeyedReadWriteLock<string>();
      const [a, b] = [locks.for('a'), locks.for('b')];
      const lease = allOf(a.upgradable, b.upgradable).tryAcquire() as UpgradableLease;
      const { seen } = live(lease, counted());
      expect(seen).toEqual([1]);
      locks.for('c').writer.tryAcquire()?.release();
      expect(seen).toEqual([1]);
      allOf(lease.reader, locks.for(key).writer).tryAcquire()?.release();
      expect(seen).toEqual([1, 2]);
      lease.release();
      expect(seen).toEqual([1, 2, 'completed']);
      expect(locks.all.state).toMatchObject(IDLE);
      expect(locks.all.core.observing).toBe(0);
      expect([...locks.all.core.table.observers()]).toEqual([]);
    }
  });

  it('I1: through a lease of several locks, reads as each of them is written, and completes with it', () => {
    const [first, last] = orderedLocks(2) as [ReadWriteLock, ReadWriteLock];
    const lease = allOf(first.writer, last.writer).tryAcquire() as WriteLease;
    const { seen } = live(lease, counted());
    lease.downgrade('read');
    expect(seen).toEqual([1, 2, 3]);
    lease.release();
    expect(seen).toEqual([1, 2, 3, 'completed']);
    for (const { state, core } of [first, last]) {
      expect(state).toMatchObject(IDLE);
      expect(core.observing).toBe(0);
    }
  });

  it('I1: through a lease of several locks, errors when one of them fails', () => {
    const [first, last] = orderedLocks(2) as [ReadWriteLock, ReadWriteLock];
    const lease = allOf(first.writer, last.writer).tryAcquire() as WriteLease;
    const { seen } = live(lease, counted());
    last.error('down');
    expect(seen).toEqual([1, 'error down']);
    lease.release();
    expect([first.core.observing, last.core.observing]).toEqual([0, 0]);
  });

  it('I1: through a lease, goes on when the lock is closed', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire() as UpgradableLease;
    const { seen } = live(lease, counted());
    lock.complete();
    written(lease).release();
    lease.release();
    expect(seen).toEqual([1, 2, 'completed']);
  });
});

describe('many live reads', () => {
  /** How often live reads are told, and read, for some writes of the key 0. */
  function work(keys: number) {
    const locks = new KeyedReadWriteLock<number>();
    let reads = 0;
    const source = defer(() => of(reads++));
    for (let key = 0; key < keys; key++) source.pipe(withLiveReadLock(locks.for(key))).subscribe();
    const spies = (['note', 'settle', 'tell'] as const).map((name) =>
      jest.spyOn(LiveRead.prototype, name),
    );
    reads = 0;
    for (let i = 0; i < 100; i++) written(locks.for(0)).release();
    const told = spies.map(({ mock }) => mock.calls.length);
    for (const spy of spies) spy.mockRestore();
    return { reads, told };
  }

  it('I1: a write of one key costs 1,000 live reads of 1,000 keys what it costs one', () => {
    const one = work(1);
    expect(one.reads).toBe(100);
    expect(one.told.every((calls) => calls >= 100 && calls <= 600)).toBe(true);
    expect(work(1_000)).toEqual(one);
  });

  it('I1: no snapshot of a state is made for them', () => {
    const locks = new KeyedReadWriteLock<number>();
    const freeze = jest.spyOn(Object, 'freeze');
    const { seen } = live(locks.for(0), counted());
    for (let i = 0; i < 100; i++) written(locks.for(0)).release();
    expect(freeze).not.toHaveBeenCalled();
    freeze.mockRestore();
    expect(seen).toHaveLength(101);
  });

  it('I1: all live reads of one lock read together, after one write', () => {
    const lock = new ReadWriteLock();
    const sources = Array.from({ length: 10 }, () => new Handle<number>());
    for (const { source } of sources) live(lock, source);
    for (const source of sources) source.complete();
    const lease = written(lock);
    lease.release();
    expect(lock.state.held.read).toBe(10);
    for (const source of sources) source.complete();
    expect(lock.state).toMatchObject(IDLE);
  });

  it('I1: they read one after the other, in order, and the stack does not grow with their number', () => {
    const MANY = 2_000;
    const lock = new ReadWriteLock();
    const order: number[] = [];
    const depths: number[] = [];
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Infinity;
    for (let i = 0; i < MANY; i++)
      defer(() => {
        order.push(i);
        if (i === 0 || i === MANY - 1) depths.push((new Error().stack ?? '').split('\n').length);
        return of(i);
      })
        .pipe(withLiveReadLock(lock))
        .subscribe();
    order.length = depths.length = 0;
    written(lock).release();
    Error.stackTraceLimit = stackTraceLimit;
    expect(order).toEqual(Array.from({ length: MANY }, (_, i) => i));
    expect(depths).toEqual([depths[0], depths[0]]);
  });

  it('I1: ten thousand keys that were read live keep nothing', async () => {
    const locks = new KeyedReadWriteLock<object>();
    const samples: WeakRef<object>[] = [];
    const use = () => {
      for (let i = 0; i < 10_000; i++) {
        const key = { i };
        const { subscription } = live(locks.for(key), of(1));
        written(locks.for(key)).release();
        subscription.unsubscribe();
        if (i % 100 === 0) samples.push(new WeakRef(key), new WeakRef(subscription));
      }
    };
    use();
    await collectGarbage();
    expect(samples.filter((sample) => sample.deref()).length).toBeLessThanOrEqual(2);
  }, 30_000);
});

describe('invalid arguments', () => {
  const lock = new ReadWriteLock();
  const useless = [
    undefined,
    null,
    5,
    {},
    { reader: {} },
    lock.reader,
  ] as unknown as ReadWriteLock[];

  it.each(useless)('I1, H2: %p is not a lock', (value) => {
    expect(() => withLiveReadLock(value)).toThrow(TypeError);
    expect(() => withLiveReadLock(value)).toThrow('the first argument of withLiveReadLock must be');
  });

  it('I1, H2: options are checked in both forms', () => {
    expect(() => withLiveReadLock(lock, { waitTimeout: -1 })).toThrow(RangeError);
    expect(() => withLiveReadLock(lock, () => EMPTY, { waitTimeout: -1 })).toThrow(RangeError);
    expect(() => withLiveReadLock(lock, null as unknown as RequestOptions)).toThrow(TypeError);
    expect(() => withLiveReadLock(lock, of(1) as unknown as RequestOptions)).toThrow(TypeError);
  });

  it('I1: nothing happens before it is subscribed', () => {
    let reads = 0;
    const result = defer(() => of(reads++)).pipe(withLiveReadLock(lock));
    expect([reads, lock.core.observing]).toEqual([0, 0]);
    result
      .pipe(mergeMap(() => EMPTY))
      .subscribe()
      .unsubscribe();
    expect([reads, lock.core.observing]).toEqual([1, 0]);
  });
});
