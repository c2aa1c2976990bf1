import { AsyncLocalStorage } from 'node:async_hooks';
import {
  asapScheduler,
  asyncScheduler,
  config,
  defer,
  EMPTY,
  finalize,
  lastValueFrom,
  NEVER,
  observeOn,
  of,
  type SchedulerLike,
  subscribeOn,
} from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  ReadWriteLock,
  type ReadWriteLockOptions,
  type RequestOptions,
  traceLock,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { orderedLocks } from '../support/order.js';
import { unhandled } from '../support/sources.js';
import { turn, until } from '../support/turns.js';

const storage = new AsyncLocalStorage<string>();
const context = () => AsyncLocalStorage.snapshot();
const here = () => storage.getStore() ?? 'nowhere';

interface Place {
  /** What is requested. */
  readonly lock: LockLike;
  /** What fails, and takes requests as values. */
  readonly whole: ReadWriteLock;
  /** Gates that `allOf` requests before it and behind it, or together with it. */
  readonly others: readonly [Gate, Gate];
}

type Tell = (what: 'granted' | 'failed') => void;
type Way = (place: Place, tell: Tell, options?: RequestOptions) => unknown;

const places: Record<string, (options: ReadWriteLockOptions) => Place> = {
  'a lock'(options) {
    const [first, lock, last] = orderedLocks(3, options) as [
      ReadWriteLock,
      ReadWriteLock,
      ReadWriteLock,
    ];
    return { lock, whole: lock, others: [first.writer, last.writer] };
  },
  'a key'(options) {
    const locks = new KeyedReadWriteLock<string>(options);
    const others = [locks.for('bob').writer, new ReadWriteLock(options).writer] as const;
    return { lock: locks.for('ann'), whole: locks.all, others };
  },
};

const source = (tell: Tell) =>
  defer(() => {
    tell('granted');
    return of(1);
  });

const ways: Record<string, Way> = {
  'the source of an operator': ({ lock }, tell, options) =>
    source(tell)
      .pipe(withWriteLock(lock, options))
      .subscribe({ error: () => tell('failed') }),
  'the consumer of an operator': ({ lock }, tell, options) =>
    of(1)
      .pipe(withWriteLock(lock, options))
      .subscribe({ next: () => tell('granted'), error: () => tell('failed') }),
  'a source that goes on later': ({ lock }, tell, options) =>
    defer(async () => {
      await turn();
      tell('granted');
    })
      .pipe(withReadLock(lock, options))
      .subscribe({ error: () => tell('failed') }),
  'an operator with a function': ({ lock }, tell, options) =>
    of(1)
      .pipe(
        withWriteLock(
          lock,
          () => {
            tell('granted');
            return EMPTY;
          },
          options,
        ),
      )
      .subscribe({ error: () => tell('failed') }),
  'acquire()': ({ lock }, tell, options) =>
    lock.writer.acquire(options).subscribe({
      next(lease) {
        tell('granted');
        lease.release();
      },
      error: () => tell('failed'),
    }),
  'lease()': ({ lock }, tell, options) =>
    lock.writer.lease(options).then(
      (lease) => {
        tell('granted');
        lease.release();
      },
      () => tell('failed'),
    ),
  'next()': ({ whole }, tell, options) =>
    whole.next({
      ...options,
      mode: 'write',
      granted(lease) {
        tell('granted');
        lease.release();
      },
      failed: () => tell('failed'),
    }),
  'allOf with another gate': ({ lock, others: [other] }, tell, options) =>
    source(tell)
      .pipe(withGate(allOf(lock.writer, other), options))
      .subscribe({ error: () => tell('failed') }),
  'allOf with a lock of its own': ({ lock, others: [, other] }, tell, options) =>
    source(tell)
      .pipe(withGate(allOf(lock.writer, other), options))
      .subscribe({ error: () => tell('failed') }),
};

const endings: Record<
  string,
  [Parameters<Tell>[0], RequestOptions, (place: Place, holder: Lease) => void]
> = {
  'is granted by a release': ['granted', {}, (_, holder) => holder.release()],
  'fails with its lock': ['failed', {}, ({ whole }) => whole.error('gone')],
  'times out': ['failed', { waitTimeout: 2 }, () => undefined],
};

const schedulers: Record<string, SchedulerLike | undefined> = {
  'at once': undefined,
  'on asapScheduler': asapScheduler,
  'on asyncScheduler': asyncScheduler,
};

/** Asks in one context, ends the wait in another, and collects what is told, and where. */
async function told(
  makePlace: (options: ReadWriteLockOptions) => Place,
  options: ReadWriteLockOptions,
  way: Way,
  conditions: RequestOptions,
  end: (place: Place, holder: Lease) => void,
): Promise<string[]> {
  const log: string[] = [];
  const place = makePlace(options);
  const holder = storage.run('holder', () => place.lock.writer.tryAcquire() as Lease);
  const tell: Tell = (what) => log.push(`${what} for ${here()}`);
  storage.run('asker', () => way(place, tell, conditions));
  expect(log).toEqual([]);
  const after = storage.run('holder', () => {
    end(place, holder);
    return here();
  });
  await until(log, 1);
  return [...log, `ended by ${after}`];
}

const every = Object.entries(ways).flatMap(([name, way]) =>
  Object.entries(endings).map(
    ([ending, [what, conditions, end]]) => [name, ending, way, what, conditions, end] as const,
  ),
);

describe.each(Object.entries(places))('%s with a context', (_, place) => {
  describe.each(Object.entries(schedulers))('that delivers %s', (__, scheduler) => {
    it.each(every)(
      'A11: %s runs in the context of the asker when it %s',
      async (_name, _ending, way, what, conditions, end) => {
        const log = await told(place, { context, scheduler }, way, conditions, end);
        expect(log).toEqual([`${what} for asker`, 'ended by holder']);
      },
    );

    it.each(Object.entries(ways))(
      'A11: %s runs in the context of the asker when its signal aborts elsewhere',
      async (_name, way) => {
        const controller = new AbortController();
        const { signal } = controller;
        const abort = () => controller.abort();
        const log = await told(place, { context, scheduler }, way, { signal }, abort);
        expect(log).toEqual(['failed for asker', 'ended by holder']);
      },
    );
  });
});

// A promise goes on in the context of who awaits it.
const direct = Object.entries(ways).filter(([name]) => !/lease|later/.test(name));

it.each(direct)('A11: without a context, %s runs where the release happens', async (_, way) => {
  for (const place of Object.values(places)) {
    const log = await told(place, {}, way, {}, (__, holder) => holder.release());
    expect(log).toEqual(['granted for holder', 'ended by holder']);
  }
});

describe('a lock with a context', () => {
  it('A11: it takes AsyncLocalStorage.snapshot as it is', () => {
    const log: string[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is what the docs write
    const lock = new ReadWriteLock({ context: AsyncLocalStorage.snapshot });
    const holder = lock.writer.tryAcquire();
    storage.run('asker', () => {
      defer(() => of(here()))
        .pipe(withWriteLock(lock))
        .subscribe((value) => log.push(value));
    });
    storage.run('holder', () => holder?.release());
    expect(log).toEqual(['asker']);
  });

  it('A11: scheduled work runs in the context of the call that scheduled it', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    storage.run('asker', () => lock.writer.schedule(() => log.push(here())));
    storage.run('observer', () =>
      of(1)
        .pipe(observeOn(lock.writer))
        .subscribe(() => log.push(here())),
    );
    storage.run('subscriber', () =>
      defer(() => of(log.push(here())))
        .pipe(subscribeOn(lock.writer))
        .subscribe(),
    );
    storage.run('holder', () => holder?.release());
    // observeOn schedules the value and the completion.
    expect(log).toEqual(['asker', 'observer', 'subscriber']);
  });

  it('A11: work that reschedules itself waits in its own context', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    let next: Lease | undefined;
    storage.run('asker', () =>
      lock.writer.schedule(function () {
        log.push(here());
        if (log.length < 2) this.schedule();
      }),
    );
    storage.run('other', () => lock.writer.acquire().subscribe((lease) => (next = lease)));
    storage.run('holder', () => holder?.release());
    expect(log).toEqual(['asker']);
    storage.run('holder', () => next?.release());
    expect(log).toEqual(['asker', 'asker']);
  });

  it('A11: a scheduled action whose lock fails is reported in the context of the asker', async () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    lock.writer.tryAcquire();
    storage.run('asker', () => lock.writer.schedule(() => undefined));
    const before = config.onUnhandledError;
    config.onUnhandledError = (error) => log.push(`${String(error)} for ${here()}`);
    storage.run('failer', () => lock.error('gone'));
    await until(log, 1);
    config.onUnhandledError = before;
    expect(log).toEqual(['gone for asker']);
  });

  it('A11: an upgrade runs in the context of its asker', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const outer = storage.run('outer', () => lock.upgradable.tryAcquire() as Lease);
    const reader = lock.reader.tryAcquire();
    storage.run('asker', () => outer.writer.acquire().subscribe(() => log.push(here())));
    storage.run('reader', () => reader?.release());
    expect(log).toEqual(['asker']);
  });

  it('A11: of many requests that one release grants, each runs in its own context', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    for (const name of ['a', 'b', 'c'])
      storage.run(name, () => {
        defer(() => of(here()))
          .pipe(withReadLock(lock))
          .subscribe((value) => log.push(`${value} ${here()}`));
      });
    storage.run('holder', () => {
      holder?.release();
      log.push(here());
    });
    expect(log).toEqual(['a a', 'b b', 'c c', 'holder']);
  });

  it('A11: the releaser keeps its own context, also when a source enters another one', () => {
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    storage.run('asker', () => {
      defer(() => {
        storage.enterWith('dirty');
        return of(1);
      })
        .pipe(withWriteLock(lock))
        .subscribe();
    });
    const after = storage.run('holder', () => {
      holder?.release();
      return here();
    });
    expect(after).toBe('holder');
  });

  it('A11: what is requested inside a delivery is delivered in the context of that delivery', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    let middle: Lease | undefined;
    storage.run('asker', () => {
      lock.writer.acquire().subscribe((lease) => {
        lock.writer.acquire().subscribe((next) => {
          log.push(here());
          next.release();
        });
        lease.release();
      });
    });
    storage.run('middle', () => lock.writer.acquire().subscribe((lease) => (middle = lease)));
    storage.run('holder', () => holder?.release());
    expect(log).toEqual([]);
    storage.run('last', () => middle?.release());
    expect(log).toEqual(['asker']);
  });

  // Granted before the call has returned, but delivered by the loop of a release further out.
  it('A11: a grant inside the call of the request that is delivered after it runs in its context', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    let first: Lease | undefined;
    lock.subscribe(({ waiting }) => {
      if (first && waiting.write > 0) first.release();
    });
    storage.run('first', () =>
      lock.writer.acquire().subscribe((lease) => {
        first = lease;
        storage.run('asker', () =>
          lock.writer.acquire().subscribe((next) => {
            log.push(here());
            next.release();
          }),
        );
        log.push('asked');
      }),
    );
    storage.run('holder', () => holder?.release());
    expect(log).toEqual(['asked', 'asker']);
  });

  it('A11: states and traces are told where they are caused', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = storage.run('holder', () => lock.writer.tryAcquire());
    storage.run('watcher', () => {
      lock.subscribe(({ held, waiting }) => log.push(`${held.write}/${waiting.write} ${here()}`));
      traceLock(lock).subscribe(({ type }) => log.push(`${type} ${here()}`));
    });
    storage.run('asker', () => NEVER.pipe(withWriteLock(lock)).subscribe());
    storage.run('holder', () => holder?.release());
    expect(log).toEqual([
      '1/0 watcher',
      '1/1 asker',
      'requested asker',
      '1/0 holder',
      'released holder',
      'granted holder',
    ]);
  });

  it('A11: the error that a failing lock gives to its holders runs where the lock is failed', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock({ context });
    const holder = lock.writer.tryAcquire();
    storage.run('asker', () =>
      NEVER.pipe(
        finalize(() => log.push(`torn down by ${here()}`)),
        withWriteLock(lock),
      ).subscribe({ error: () => log.push(`failed by ${here()}`) }),
    );
    storage.run('holder', () => holder?.release());
    storage.run('failer', () => lock.error('gone'));
    expect(log).toEqual(['failed by failer', 'torn down by failer']);
  });
});

describe('what a context is called for', () => {
  const counted = () => jest.fn(() => AsyncLocalStorage.snapshot());

  it('A11: it is not called for what is delivered inside the call', async () => {
    const context = counted();
    const lock = new ReadWriteLock({ context, maxWaiting: 0 });
    const error = () => undefined;
    of(1).pipe(withWriteLock(lock)).subscribe();
    of(1, 2)
      .pipe(withReadLock(lock, (value) => of(value)))
      .subscribe();
    lock.writer.acquire().subscribe((lease) => lease.release());
    lock.next({ mode: 'write', granted: (lease) => lease.release() });
    lock.writer.schedule(() => undefined);
    (await lock.writer.lease()).release();
    allOf(lock.writer, new ReadWriteLock({ context }).writer).tryAcquire()?.release();
    const signal = AbortSignal.abort();
    lock.writer.acquire({ signal }).subscribe({ error });
    const holder = lock.writer.tryAcquire();
    expect(lock.reader.tryAcquire()).toBeUndefined();
    lock.reader.acquire({ ifAvailable: true }).subscribe({ error });
    lock.reader.acquire().subscribe({ error });
    holder?.reader.acquire().subscribe({ error });
    lock.complete();
    lock.reader.acquire().subscribe({ error });
    lock.error('gone');
    lock.reader.acquire().subscribe({ error });
    expect(context).not.toHaveBeenCalled();
  });

  it.each(Object.entries(schedulers))(
    'A11: it is called once for each request that waits and is delivered %s',
    async (_, scheduler) => {
      const context = counted();
      const lock = new ReadWriteLock({ context, scheduler });
      const holder = lock.writer.tryAcquire();
      const { signal } = new AbortController();
      const granted: number[] = [];
      of(1, 2, 3)
        .pipe(withWriteLock(lock, (value) => of(value), { waitTimeout: 1_000, signal }))
        .subscribe((value) => granted.push(value));
      expect(context).toHaveBeenCalledTimes(3);
      holder?.release();
      await until(granted, 3);
      expect(granted).toEqual([1, 2, 3]);
      expect(context).toHaveBeenCalledTimes(3);
    },
  );

  it('A10, A11: it is called once for a grant at once that a scheduler delivers', async () => {
    const context = counted();
    const lock = new ReadWriteLock({ context, scheduler: asapScheduler });
    lock.writer.tryAcquire()?.release();
    expect(context).not.toHaveBeenCalled();
    await lastValueFrom(of(1).pipe(withWriteLock(lock)));
    expect(context).toHaveBeenCalledTimes(1);
  });

  it('A11: allOf captures once, whichever and however many of its locks it waits for', () => {
    const context = counted();
    const locks = orderedLocks(3, { context });
    context.mockClear();
    const log: string[] = [];
    const holders = locks.map(({ writer }) => writer.tryAcquire());
    storage.run('asker', () =>
      allOf(...locks.map(({ writer }) => writer))
        .acquire()
        .subscribe(() => log.push(here())),
    );
    for (const [i, holder] of holders.entries())
      storage.run(`holder ${i}`, () => holder?.release());
    expect(log).toEqual(['asker']);
    expect(context).toHaveBeenCalledTimes(1);
  });

  it('A10, A11: allOf over locks with schedulers and contexts captures once and delivers once', async () => {
    const context = counted();
    const locks = [undefined, asapScheduler, asyncScheduler].map(
      (scheduler) => new ReadWriteLock({ context, scheduler }),
    );
    const log: string[] = [];
    const holders = locks.map(({ writer }) => writer.tryAcquire());
    storage.run('asker', () =>
      allOf(...locks.map(({ writer }) => writer))
        .acquire()
        .subscribe(() => log.push(here())),
    );
    storage.run('holder', () => {
      for (const holder of holders) holder?.release();
    });
    expect(log).toEqual([]);
    await until(log, 1);
    expect(log).toEqual(['asker']);
    expect(context).toHaveBeenCalledTimes(1);
  });
});

type Context = NonNullable<ReadWriteLockOptions['context']>;

const fault = () => {
  throw new Error('a fault of the context');
};

/** Contexts that do not do what they are for, and what is reported of them. */
const faulty: [string, Context, string][] = [
  ['throws', fault, 'Error: a fault of the context'],
  [
    'returns nothing',
    (() => undefined) as never,
    'TypeError: the result of context must be a function, got null',
  ],
  [
    'returns a value that is not a function',
    (() => ({ run: 1 })) as never,
    'TypeError: the result of context must be a function, got an object of type Object',
  ],
  ['returns a function that throws', () => fault, 'Error: a fault of the context'],
  [
    'returns a function that throws after it has run its argument',
    () => (run) => {
      run();
      fault();
    },
    'Error: a fault of the context',
  ],
  [
    'returns a function that never runs its argument',
    () => () => undefined,
    'TypeError: the result of context did not run what it was given',
  ],
];

describe.each(Object.entries(schedulers))('delivered %s', (_, scheduler) => {
  it.each(faulty)('A11: a context that %s is reported and ignored', async (__, context, report) => {
    const lock = new ReadWriteLock({ context, scheduler });
    const log: string[] = [];
    const holder = lock.writer.tryAcquire();
    const errors = await unhandled(() => {
      of('served')
        .pipe(withWriteLock(lock))
        .subscribe((value) => log.push(value));
      holder?.release();
      return until(log, 1);
    });
    expect(log).toEqual(['served']);
    expect(errors.map(String)).toEqual([report]);
    expect(lock.state).toMatchObject({ held: { write: 0 }, waiting: { write: 0 } });
  });

  it.each(faulty)(
    'A11: a context that %s keeps no error from the request, and no request behind it waiting',
    async (__, context) => {
      const lock = new ReadWriteLock({ context, scheduler });
      const log: string[] = [];
      lock.reader.tryAcquire();
      await unhandled(() => {
        lock.writer
          .acquire({ waitTimeout: 1 })
          .subscribe({ error: (error: Error) => log.push(error.name) });
        lock.reader.acquire().subscribe(() => log.push('reader'));
        return until(log, 2);
      });
      expect(log.sort()).toEqual(['LockTimeoutError', 'reader']);
    },
  );
});

it.each<[string, Context]>([
  [
    'twice',
    () => (run) => {
      run();
      run();
    },
  ],
  ['once more later', () => (run) => void (run(), setTimeout(run))],
  ['later', () => (run) => void setTimeout(run)],
])('A11: a context that runs what it is given %s delivers once', async (_, context) => {
  const lock = new ReadWriteLock({ context });
  const log: string[] = [];
  const holder = lock.writer.tryAcquire();
  await unhandled(() => {
    defer(() => {
      log.push('source');
      return NEVER;
    })
      .pipe(withReadLock(lock))
      .subscribe();
    lock.reader.acquire().subscribe(() => log.push('lease'));
    holder?.release();
  });
  expect(log.sort()).toEqual(['lease', 'source']);
  expect(lock.state.held.read).toBe(2);
});

it('A11, C4: a consumer that throws inside a context is reported, and does not keep the lock', async () => {
  const lock = new ReadWriteLock({ context });
  const holder = lock.writer.tryAcquire();
  const log: string[] = [];
  const errors = await unhandled(() => {
    lock.next({
      mode: 'write',
      granted() {
        throw new Error('granted');
      },
    });
    lock.writer.schedule(() => {
      throw new Error('work');
    });
    lock.writer.acquire().subscribe((lease) => {
      log.push('served');
      lease.release();
    });
    holder?.release();
  });
  expect(errors.map(String)).toEqual(['Error: granted', 'Error: work']);
  expect(log).toEqual(['served']);
  expect(lock.writer.locked).toBe(false);
});
