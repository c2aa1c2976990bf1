import { AsyncLocalStorage } from 'node:async_hooks';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  lastValueFrom,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  observeOn,
  of,
  Subject,
  timer,
} from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  type RequestOptions,
  withGate,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';
import {
  type ContextStorage,
  type Deadlock,
  type WatchedLock,
  watchDeadlocks,
} from 'rxjs-rwlock/devtools';
import { countKept } from '../support/collect.js';
import { turn } from '../support/turns.js';

/** Each deadlock of some locks, as the labels of its members in alphabetical order. */
function alarmsOf(locks: readonly WatchedLock[], storage?: ContextStorage): string[] {
  const alarms: string[] = [];
  watchDeadlocks({ locks, storage }).subscribe(({ members, endsItself }) => {
    const labels = members.map(({ label, mode, lock }) => label ?? `${mode} of ${lock}`).sort();
    alarms.push([...labels, ...(endsItself ? ['(ends itself)'] : [])].join(' '));
  });
  return alarms;
}

/** Waits until an alarm must have been told; a request that has ended is in the result. */
async function settled(alarms: readonly string[]): Promise<readonly string[]> {
  for (let i = 0; i < 5; i++) await turn();
  return alarms;
}

const named = (name: string) => new ReadWriteLock({ name });

/** Emits under a gate. */
const under = (gate: Gate, label: string, options?: RequestOptions) =>
  of(label).pipe(withGate(gate, { label, ...options }));

/** Holds a gate while an inner source runs, which is made and subscribed when the gate is granted. */
function around(gate: Gate, label: string, inner: () => Observable<unknown>): Observable<unknown> {
  return defer(inner).pipe(withGate(gate, { label }));
}

/**
 * Two owners, each of whom acquires two gates, the second one inside of the first. The first gate
 * of the second owner is granted when the first owner already waits for it.
 */
function crossing(first: [Gate, Gate], second: [Gate, Gate]): void {
  const before = second[0].tryAcquire({ label: 'before' });
  around(second[0], '2', () => under(second[1], '2 inner')).subscribe();
  around(first[0], '1', () => under(first[1], '1 inner')).subscribe();
  before?.release();
}

describe('a deadlock, beside the same without one', () => {
  it('N4: two owners acquire two locks in different orders', async () => {
    const [a, b, c, d] = [named('a'), named('b'), named('c'), named('d')];
    const alarms = alarmsOf([a, b]);
    crossing([a.writer, b.writer], [b.writer, a.writer]);
    expect(await settled(alarms)).toEqual(['1 1 inner 2 2 inner']);

    const none = alarmsOf([c, d]);
    crossing([c.writer, d.writer], [c.writer, d.writer]);
    expect(await settled(none)).toEqual([]);
    expect(c.writer.locked || d.writer.locked).toBe(false);
  });

  it.each([2, 3, 5])('N4: %i owners wait for each other in a ring', async (size) => {
    const ring = (isClosed: boolean) => {
      const locks = Array.from({ length: size }, (_, i) => named(`lock ${i}`));
      const alarms = alarmsOf(locks);
      const gates = locks.map((lock) => lock.writer);
      const before = gates.map((gate) => gate.tryAcquire());
      gates.forEach((gate, i) => {
        const next = gates[(i + 1) % size] as Gate;
        const inner = () => (i === size - 1 && !isClosed ? EMPTY : under(next, `${i} inner`));
        around(gate, `${i}`, inner).subscribe();
      });
      for (const lease of before) lease?.release();
      return { alarms, locks };
    };
    const closed = ring(true);
    const labels = Array.from({ length: size }, (_, i) => `${i} ${i} inner`).join(' ');
    expect(await settled(closed.alarms)).toEqual([labels]);

    const open = ring(false);
    expect(await settled(open.alarms)).toEqual([]);
    expect(open.locks.some(({ writer }) => writer.locked)).toBe(false);
  });

  it('N4: a request waits for the lease inside of which it is made', async () => {
    const lock = named('lock');
    const alarms = alarmsOf([lock]);
    around(lock.writer, 'outer', () => under(lock.reader, 'inner')).subscribe();
    expect(await settled(alarms)).toEqual(['inner outer']);

    const nested = named('nested');
    const none = alarmsOf([nested]);
    const values: string[] = [];
    of('value')
      .pipe(withWriteLock(nested, (value, lease) => of(value).pipe(withReadLock(lease))))
      .subscribe((value) => values.push(value));
    expect(await settled(none)).toEqual([]);
    expect(values).toEqual(['value']);
  });

  it('N4: a read inside of a read waits for a writer between them', async () => {
    const run = (between: Gate | undefined, lock: ReadWriteLock) => {
      const alarms = alarmsOf([lock]);
      const before = lock.writer.tryAcquire();
      around(lock.reader, 'outer', () => under(lock.reader, 'inner')).subscribe();
      if (between) under(between, 'between').subscribe();
      before?.release();
      return alarms;
    };
    const [lock, readers] = [named('lock'), named('readers')];
    expect(await settled(run(lock.writer, lock))).toEqual(['between inner outer']);
    expect(await settled(run(readers.reader, readers))).toEqual([]);
    expect(readers.reader.locked).toBe(false);
  });

  it('N4: with a storage: a gate is a scheduler above an operator of the same lock', async () => {
    const [lock, below] = [named('lock'), named('below')];
    const alarms = alarmsOf([lock, below], new AsyncLocalStorage());
    const endless = concat(of('value'), NEVER);
    endless.pipe(observeOn(lock.writer), withGate(lock.writer, { label: 'outer' })).subscribe();
    endless.pipe(withGate(below.writer, { label: 'outer' }), observeOn(below.writer)).subscribe();
    expect(await settled(alarms)).toEqual(['outer write of lock']);
    expect(below.state.waiting.write).toBe(1);
  });

  it('N4: a key, and all keys', async () => {
    const keyed = new KeyedReadWriteLock<string>({ name: 'keyed' });
    const alarms = alarmsOf([keyed.for('ann')]);
    around(keyed.for('ann').writer, 'ann', () => under(keyed.all.reader, 'all')).subscribe();
    expect(await settled(alarms)).toEqual(['all ann']);

    const apart = new KeyedReadWriteLock<string>({ name: 'apart' });
    const none = alarmsOf([apart]);
    around(apart.for('ann').writer, 'ann', () => under(apart.for('bob').writer, 'bob')).subscribe();
    expect(await settled(none)).toEqual([]);
    expect(apart.all.state.held.write).toBe(0);
  });

  it('N4: an upgrade waits for a reader, who waits behind the upgrade', async () => {
    const run = (again: Observable<unknown>, lock: ReadWriteLock) => {
      const alarms = alarmsOf([lock]);
      const inner = () => timer(0).pipe(mergeMap(() => again));
      around(lock.reader, 'reader', inner).subscribe();
      const upgrade = (lease: Lease) => under(lease.writer, 'upgrade');
      of(1)
        .pipe(withUpgradableLock(lock, (_, lease) => upgrade(lease)))
        .subscribe();
      return alarms;
    };
    const [lock, free] = [named('lock'), named('free')];
    const again = under(lock.reader, 'again');
    expect(await settled(run(again, lock))).toEqual(['again reader upgrade']);
    expect(await settled(run(EMPTY, free))).toEqual([]);
    expect(free.state.version).toBe(1);
  });

  it('N4: owners of keys request more keys through their leases', async () => {
    const run = (keyed: KeyedReadWriteLock<string>, first: string, second: string) => {
      const alarms = alarmsOf([keyed]);
      const more = (lease: Lease, key: string) =>
        under(allOf(lease.writer, keyed.for(key).writer), `and ${key}`);
      for (const [own, other] of [
        ['a', first],
        ['b', second],
      ] as const) {
        keyed
          .for(own)
          .writer.acquire({ label: own })
          .subscribe((lease) => {
            setTimeout(() => more(lease, other).subscribe(() => lease.release()));
          });
      }
      return alarms;
    };
    const [keyed, free] = [new KeyedReadWriteLock<string>(), new KeyedReadWriteLock<string>()];
    expect(await settled(run(keyed, 'b', 'a'))).toEqual(['and a and b b']);
    expect(await settled(run(free, 'c', 'd'))).toEqual([]);
    expect(free.all.writer.locked).toBe(false);
  });

  it('N4: a request for several locks holds some of them', async () => {
    const run = (isInside: boolean) => {
      const [a, b] = [named('a'), named('b')];
      // From now on a comes before b in the global order.
      allOf(a.writer, named('other').writer);
      const both = allOf(a.writer, b.writer);
      const alarms = alarmsOf([a, b]);
      const before = b.writer.tryAcquire();
      const inner = () => (isInside ? under(a.reader, 'a') : EMPTY);
      around(b.writer, 'b', inner).subscribe();
      under(both, 'both').subscribe();
      before?.release();
      return { alarms, locks: [a, b] };
    };
    const { alarms } = run(true);
    expect(await settled(alarms)).toEqual(['a b both']);
    const free = run(false);
    expect(await settled(free.alarms)).toEqual([]);
    expect(free.locks.some(({ writer }) => writer.locked)).toBe(false);
  });

  it('N4: a later request that overtakes another one closes the cycle', async () => {
    const run = (priority: number) => {
      const [a, b] = [named('a'), named('b')];
      const alarms = alarmsOf([a, b]);
      const before = a.upgradable.tryAcquire();
      around(b.writer, 'B', () => under(a.upgradable, 'waits')).subscribe();
      around(a.reader, 'A', () => under(b.writer, 'waits for B')).subscribe();
      under(a.writer, 'overtakes', { priority }).subscribe();
      return { alarms, before, locks: [a, b] };
    };
    expect(await settled(run(1).alarms)).toEqual(['A B overtakes waits waits for B']);
    const free = run(0);
    expect(await settled(free.alarms)).toEqual([]);
    free.before?.release();
    expect(free.locks.some(({ writer, reader }) => writer.locked || reader.locked)).toBe(false);
  });
});

describe('whose request it is', () => {
  it.each([
    ['by a timer', (gate: Gate) => timer(0).pipe(mergeMap(() => under(gate, 'inner')))],
    [
      'by acquire()',
      (gate: Gate) => timer(0).pipe(mergeMap(() => gate.acquire({ label: 'inner' }))),
    ],
  ])('N4: what a source requests later %s belongs to its lease', async (_how, inner) => {
    const lock = named('lock');
    const alarms = alarmsOf([lock]);
    around(lock.writer, 'outer', () => inner(lock.reader)).subscribe();
    expect(await settled(alarms)).toEqual(['inner outer']);
  });

  it.each([
    ['an Observable', (gate: Gate) => lastValueFrom(under(gate, 'inner'))],
    ['a lease', (gate: Gate) => gate.lease({ label: 'inner' })],
  ])(
    'N4: with a storage, %s that an async function awaits belongs to its lease',
    async (_, inner) => {
      const run = (storage?: ContextStorage) => {
        const lock = named('lock');
        const alarms = alarmsOf([lock], storage);
        const later = async () => {
          await turn();
          await inner(lock.reader);
        };
        around(lock.writer, 'outer', () => defer(later)).subscribe();
        return alarms;
      };
      expect(await settled(run(new AsyncLocalStorage()))).toEqual(['inner outer']);
      // Not known without a storage.
      expect(await settled(run())).toEqual([]);
    },
  );

  it('N4: what a source starts, and what it causes by a Subject, is not waited for', async () => {
    const lock = named('lock');
    const alarms = alarmsOf([lock]);
    const saved$ = new Subject<void>();
    const values: string[] = [];
    saved$
      .pipe(mergeMap(() => under(lock.reader, 'read after the save')))
      .subscribe((value) => values.push(value));
    const done$ = new Subject<void>();
    const save = () => {
      saved$.next();
      under(lock.reader, 'fire and forget').subscribe((value) => values.push(value));
      return done$;
    };
    around(lock.writer, 'save', save).subscribe();
    expect(await settled(alarms)).toEqual([]);
    expect(lock.state.waiting.read).toBe(2);
    done$.complete();
    expect(values).toEqual(['read after the save', 'fire and forget']);
  });

  it('N4: with a storage, a task that awaits its leases is an owner', async () => {
    const run = (storage: ContextStorage, first: Gate[], second: Gate[], locks: WatchedLock[]) => {
      const alarms = alarmsOf(locks, storage);
      for (const [task, gates] of [first, second].entries())
        void storage.run({}, async () => {
          using _first = await gates[0]?.lease({ label: `${task}` });
          await Promise.resolve();
          using _second = await gates[1]?.lease({ label: `${task} inner` });
        });
      return alarms;
    };
    const storage = new AsyncLocalStorage();
    const [a, b, c, d] = [named('a'), named('b'), named('c'), named('d')];
    const crossed = run(storage, [a.writer, b.writer], [b.writer, a.writer], [a, b]);
    expect(await settled(crossed)).toEqual(['0 0 inner 1 1 inner']);
    const ordered = run(storage, [c.writer, d.writer], [c.writer, d.writer], [c, d]);
    expect(await settled(ordered)).toEqual([]);
    expect(c.writer.locked || d.writer.locked).toBe(false);
  });

  it('N4: a task that releases its lease before it awaits the next one has no deadlock', async () => {
    const storage = new AsyncLocalStorage();
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], storage);
    const handOver = async (first: Gate, second: Gate) => {
      const lease = await first.lease();
      await Promise.resolve();
      const next = second.lease();
      lease.release();
      (await next).release();
    };
    const tasks = [
      storage.run({}, () => handOver(a.writer, b.writer)),
      storage.run({}, () => handOver(b.writer, a.writer)),
    ];
    await Promise.all(tasks);
    expect(await settled(alarms)).toEqual([]);
  });

  it('N4: leases and requests with the same label have not the same owner for that', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], new AsyncLocalStorage());
    const [one, two] = [a.writer.tryAcquire({ label: 'x' }), b.writer.tryAcquire({ label: 'y' })];
    under(b.writer, 'x').subscribe();
    under(a.writer, 'y').subscribe();
    expect(await settled(alarms)).toEqual([]);
    one?.release();
    two?.release();
    expect(a.writer.locked || b.writer.locked).toBe(false);
  });

  it('N4: what is below an operator does not belong to its lease', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], new AsyncLocalStorage());
    // Each holds its lock for ever, but waits for nothing above the operator.
    const endless = concat(of(1), NEVER);
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const)
      endless
        .pipe(
          withWriteLock(first),
          mergeMap(() => timer(0).pipe(mergeMap(() => under(second.writer, 'below')))),
        )
        .subscribe();
    expect(await settled(alarms)).toEqual([]);
    expect(a.state.waiting.write + b.state.waiting.write).toBe(2);
  });

  it('N4: with a storage, what is tried again after an error belongs to nobody else', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], new AsyncLocalStorage());
    a.writer.tryAcquire();
    under(a.writer, 'fails')
      .pipe(catchError(() => under(b.writer, 'instead')))
      .subscribe();
    const inner = () => {
      a.error('reason');
      return NEVER;
    };
    around(b.writer, 'b', inner).subscribe();
    expect(await settled(alarms)).toEqual([]);
    expect(b.state.waiting.write).toBe(1);
  });

  it('N4: with a storage, a read that has yielded requests again for itself', async () => {
    const [lock, other] = [named('lock'), named('other')];
    const alarms = alarmsOf([lock, other], new AsyncLocalStorage());
    const before = lock.reader.acquire().subscribe();
    NEVER.pipe(withYieldingReadLock(lock, { label: 'yields' })).subscribe();
    // The read yields to it, and requests again when it is granted.
    around(lock.writer, 'writer', () => under(other.reader, 'other, too')).subscribe();
    const release = () => {
      before.unsubscribe();
      return NEVER;
    };
    around(other.writer, 'other', release).subscribe();
    expect(await settled(alarms)).toEqual([]);
    expect(lock.state.waiting.read + other.state.waiting.read).toBe(2);
  });

  it.each(['both locks', 'the second lock'])(
    'N4: with a storage that watches %s, a later part of a request for several locks is its own',
    async (watched) => {
      const [a, b] = [named('a'), named('b')];
      allOf(a.writer, named('other').writer);
      const alarms = alarmsOf(watched === 'both locks' ? [a, b] : [b], new AsyncLocalStorage());
      const lease = a.writer.tryAcquire();
      under(allOf(a.writer, b.writer), 'both').subscribe();
      const inner = () => {
        // It goes on to b, inside of this call, and waits there.
        lease?.release();
        return NEVER;
      };
      around(b.writer, 'b', inner).subscribe();
      expect(await settled(alarms)).toEqual([]);
      expect(b.state.waiting.write).toBe(1);
    },
  );

  it('N4: with a storage, what follows a lease that is released belongs to nobody else', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], new AsyncLocalStorage());
    const leases: Lease[] = [];
    concat(a.writer.acquire(), under(b.writer, 'next')).subscribe((lease) => {
      if (typeof lease !== 'string') leases.push(lease);
    });
    const inner = () => {
      leases[0]?.release();
      return NEVER;
    };
    around(b.writer, 'b', inner).subscribe();
    expect(await settled(alarms)).toEqual([]);
    expect(b.state.waiting.write).toBe(1);
  });

  it('N4: with a storage, what another source requests when it is told belongs to that one', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], new AsyncLocalStorage());
    const saved$ = new Subject<void>();
    const listen = () => saved$.pipe(mergeMap(() => under(a.reader, 'read')));
    around(b.writer, 'listener', listen).subscribe();
    const save = () => {
      saved$.next();
      return NEVER;
    };
    around(a.writer, 'save', save).subscribe();
    expect(await settled(alarms)).toEqual([]);
    expect(a.state.waiting.read).toBe(1);
  });

  it('N4: in a task, operators do not wait for each other', async () => {
    const storage = new AsyncLocalStorage();
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b], storage);
    const task = {};
    storage.run(task, () => NEVER.pipe(withWriteLock(a)).subscribe());
    around(b.writer, 'b', () => under(a.writer, 'b, then a')).subscribe();
    storage.run(task, () => under(b.writer, 'in the task').subscribe());
    expect(await settled(alarms)).toEqual([]);
    expect(b.state.waiting.write).toBe(1);
  });

  it('N4: a request inside of two leases belongs to both of them', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms = alarmsOf([a, b]);
    const later = (lock: ReadWriteLock, label: string) =>
      timer(0).pipe(mergeMap(() => under(lock.reader, label)));
    around(a.writer, 'a', () =>
      around(b.writer, 'b', () => merge(later(a, 'a again'), later(b, 'b again'))),
    ).subscribe();
    expect(await settled(alarms)).toEqual(['a a again', 'b b again']);
  });

  it('N4: the request of a nested lease is not one for which its sister waits', async () => {
    const keys = new KeyedReadWriteLock<string>();
    const alarms = alarmsOf([keys]);
    around(keys.for('c').writer, 'C', () =>
      timer(1).pipe(mergeMap(() => under(keys.for('b').writer, 'C, then b'))),
    ).subscribe();
    of(1)
      .pipe(
        withWriteLock(keys.for('a'), (_, lease) => {
          const and = (key: string) => allOf(lease.writer, keys.for(key).writer);
          const sister = timer(50).pipe(withGate(and('b'), { label: 'ends in time' }));
          return merge(sister, under(and('c'), 'and c'));
        }),
      )
      .subscribe();
    expect(await settled(alarms)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(keys.all.writer.locked).toBe(false);
    expect(alarms).toEqual([]);
  });

  it('N4: a nested lease that outlives the first one is the one that is held', async () => {
    const keys = new KeyedReadWriteLock<string>();
    const alarms = alarmsOf([keys]);
    const first = keys.for('a').writer.tryAcquire({ label: 'first' });
    const nested = first?.writer.tryAcquire({ label: 'nested' }) as Lease;
    first?.release();
    around(keys.for('b').writer, 'B', () => under(keys.for('a').reader, 'B, then a')).subscribe();
    under(allOf(nested.reader, keys.for('b').writer), 'and b').subscribe();
    expect(await settled(alarms)).toEqual(['B B, then a and b nested']);
  });

  it('N4: what was requested before the subscription belongs to no task', async () => {
    const storage = new AsyncLocalStorage();
    const lock = named('lock');
    const before = lock.writer.tryAcquire();
    void lock.writer.lease();
    const alarms = storage.run({}, () => {
      const told = alarmsOf([lock], storage);
      before?.release();
      void lock.reader.lease();
      return told;
    });
    expect(await settled(alarms)).toEqual([]);
    expect(lock.state.waiting.read).toBe(1);
  });

  it('N4: what a lease was requested for before the subscription is not known', async () => {
    const [a, b] = [named('a'), named('b')];
    crossing([a.writer, b.writer], [b.writer, a.writer]);
    const alarms = alarmsOf([a, b]);
    under(a.writer, 'late').subscribe();
    expect(await settled(alarms)).toEqual([]);
  });
});

describe('what is told', () => {
  it('N4: a cycle is told once, with its members, and not those who wait behind it', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms: Deadlock[] = [];
    watchDeadlocks({ locks: [a, b, a] }).subscribe((deadlock) => alarms.push(deadlock));
    crossing([a.writer, b.reader], [b.writer, a.reader]);
    await turn();
    under(a.writer, 'behind').subscribe();
    under(b.writer, 'behind').subscribe();
    await turn();
    expect(alarms).toEqual([
      {
        endsItself: false,
        message: [
          'deadlock:',
          '  read "1 inner" of b waits for write "2" of b',
          '  write "2" of b is held until read "2 inner" of a is over',
          '  read "2 inner" of a waits for write "1" of a',
          '  write "1" of a is held until read "1 inner" of b is over',
        ].join('\n'),
        members: [
          { lock: 'b', id: 3, mode: 'read', label: '1 inner', state: 'waiting' },
          { lock: 'b', id: 2, mode: 'write', label: '2', state: 'held' },
          { lock: 'a', id: 2, mode: 'read', label: '2 inner', state: 'waiting' },
          { lock: 'a', id: 1, mode: 'write', label: '1', state: 'held' },
        ],
      },
    ]);
  });

  it.each([
    ['a waitTimeout', { waitTimeout: 200 }, true],
    ['a signal', { signal: new AbortController().signal }, true],
    ['a waitTimeout without an end', { waitTimeout: Infinity }, false],
  ])(
    'N4: a cycle in which a request waits with %s is marked',
    async (_what, options, endsItself) => {
      const lock = named('lock');
      const alarms = alarmsOf([lock]);
      const inner = () => under(lock.reader, 'inner', options).pipe(catchError(() => EMPTY));
      around(lock.writer, 'outer', inner).subscribe();
      expect(await settled(alarms)).toEqual([
        endsItself ? 'inner outer (ends itself)' : 'inner outer',
      ]);
    },
  );

  it('N4: the waitTimeout of what is granted ends no cycle', async () => {
    const lock = named('lock');
    const alarms = alarmsOf([lock]);
    defer(() => under(lock.reader, 'inner'))
      .pipe(withGate(lock.writer, { label: 'outer', waitTimeout: 1 }))
      .subscribe();
    expect(await settled(alarms)).toEqual(['inner outer']);
  });

  it('N4: nothing is told, and nothing is kept in the lock, after unsubscribing', async () => {
    const [a, b] = [named('a'), named('b')];
    const alarms: unknown[] = [];
    const watch = watchDeadlocks({ locks: [a, b] }).subscribe((alarm) => alarms.push(alarm));
    crossing([a.writer, b.writer], [b.writer, a.writer]);
    watch.unsubscribe();
    await turn();
    expect(alarms).toEqual([]);
    expect([a, b].map(({ core }) => core.observing)).toEqual([0, 0]);
  });

  it.each([
    ['options', undefined, 'options must be a plain object, got undefined'],
    [
      'locks',
      { locks: named('a') },
      'locks must be an array of locks, got an object of type ReadWriteLock',
    ],
    [
      'a lock',
      { locks: [1] },
      'locks[0] must be a ReadWriteLock, a KeyedReadWriteLock or the lock of a key, got 1',
    ],
    ['a storage', { locks: [], storage: {} }, 'storage.run must be a function, got null'],
  ])('N4: wrong %s throw', (_what, options, message) => {
    expect(() => watchDeadlocks(options as never)).toThrow(new TypeError(message));
  });
});

it('N4: a watch keeps no lease that is over', async () => {
  const storage = new AsyncLocalStorage();
  const lock = named('lock');
  watchDeadlocks({ locks: [lock], storage }).subscribe();
  const leases: WeakRef<object>[] = [];
  storage.run({}, () => {
    for (let i = 0; i < 10; i++) {
      const lease = lock.writer.tryAcquire() as object as Lease;
      leases.push(new WeakRef(lease));
      lease.release();
    }
    of(1)
      .pipe(withWriteLock(lock, (_, lease) => of(leases.push(new WeakRef(lease)))))
      .subscribe();
  });
  expect(leases).toHaveLength(11);
  // The newest one may still be in a register.
  expect(await countKept(leases, 1)).toBeLessThanOrEqual(1);
});
