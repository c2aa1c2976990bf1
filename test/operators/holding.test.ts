import {
  catchError,
  concatAll,
  EMPTY,
  finalize,
  first,
  identity,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  type OperatorFunction,
  range,
  Subject,
  Subscription,
  switchMap,
  take,
  throwError,
} from 'rxjs';
import {
  ReadWriteLock,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';
import { Handle, logged, unhandled } from '../support/sources.js';

/** Hands a lock over from a first writer to a second, in some way, and tells what happened. */
function handOver(end: (log: string[], lock: ReadWriteLock) => void): string[] {
  const log: string[] = [];
  end(log, new ReadWriteLock());
  return log;
}

const queueSecond = (log: string[], lock: ReadWriteLock) =>
  logged(log, 'second')
    .pipe(withWriteLock(lock))
    .subscribe({ error: () => undefined });

/** What a source subscribes later, in the tests that need one. */
let LATE: Observable<unknown> = NEVER;

const CLEAN_HAND_OVER = ['first subscribed', 'first torn down', 'second subscribed'];

describe('the teardown of a source runs before the next source is subscribed', () => {
  it('C1: when it completes', () => {
    const log = handOver((log, lock) => {
      const first = new Handle(log, 'first');
      first.source.pipe(withWriteLock(lock)).subscribe();
      queueSecond(log, lock);
      first.complete();
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it('C1: when it errors', () => {
    const log = handOver((log, lock) => {
      const first = new Handle(log, 'first');
      first.source.pipe(withWriteLock(lock)).subscribe({ error: () => undefined });
      queueSecond(log, lock);
      first.error('x');
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it('C1: when it is unsubscribed', () => {
    const log = handOver((log, lock) => {
      const first = logged(log, 'first').pipe(withWriteLock(lock)).subscribe();
      queueSecond(log, lock);
      first.unsubscribe();
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it('C1: when take(1) ends it from below', () => {
    const log = handOver((log, lock) => {
      const first = new Handle(log, 'first');
      first.source.pipe(withWriteLock(lock), take(1)).subscribe();
      queueSecond(log, lock);
      first.next(1);
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it('C1: when it was granted after waiting', () => {
    const log = handOver((log, lock) => {
      const lease = lock.writer.tryAcquire();
      const first = new Handle(log, 'first');
      first.source.pipe(withWriteLock(lock)).subscribe();
      queueSecond(log, lock);
      lease?.release();
      first.complete();
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it.each([
    ['completes', EMPTY],
    ['errors', throwError(() => 'x')],
  ])('C1: when a synchronous source %s, granted after a wait', (_, end) => {
    const log = handOver((log, lock) => {
      const lease = lock.writer.tryAcquire();
      logged(log, 'first', (observer) => end.subscribe(observer))
        .pipe(withWriteLock(lock))
        .subscribe({ error: () => undefined });
      queueSecond(log, lock);
      lease?.release();
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it('C1: when a synchronous source completes at once and its consumer requests the lock again', () => {
    const log = handOver((log, lock) => {
      logged(log, 'first', (observer) => observer.complete())
        .pipe(withWriteLock(lock))
        .subscribe({ complete: () => queueSecond(log, lock) });
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

  it('B1: a consumer that has gone before it subscribes requests nothing', () => {
    const lock = new ReadWriteLock();
    new Observable<number>((subscriber) => {
      subscriber.complete();
      of(1).pipe(withWriteLock(lock)).subscribe(subscriber);
    }).subscribe();
    expect(lock.state.version).toBe(0);
  });

  const project = (projected: number[]) => (value: number) => {
    projected.push(value);
    return NEVER;
  };

  it.each([
    ['withReadLock', (lock: ReadWriteLock, seen: number[]) => withReadLock(lock, project(seen))],
    [
      'withLiveReadLock',
      (lock: ReadWriteLock, seen: number[]) => withLiveReadLock(lock, project(seen)),
    ],
    [
      'withYieldingReadLock',
      (lock: ReadWriteLock, seen: number[]) => withYieldingReadLock(lock, project(seen)),
    ],
  ] as const)(
    'B1, I1, I2: %s subscribes nothing for a consumer that has gone, if an observer frees the lock meanwhile',
    (_, reading) => {
      const lock = new ReadWriteLock();
      const lease = lock.writer.tryAcquire();
      const projected: number[] = [];
      const reads = of(1, 2, 3).pipe(reading(lock, projected)).subscribe();
      lock.subscribe(({ waiting }) => {
        if (waiting.read < 3) lease?.release();
      });
      reads.unsubscribe();
      expect(lease?.released).toBe(true);
      expect(projected).toEqual([]);
    },
  );

  it('C1: when a synchronous source is cut by take(1), granted at once or after a wait', () => {
    for (const busy of [false, true]) {
      const log = handOver((log, lock) => {
        const lease = busy ? lock.writer.tryAcquire() : undefined;
        logged(log, 'first', (observer) => observer.next(1))
          .pipe(withWriteLock(lock), take(1))
          .subscribe({ complete: () => queueSecond(log, lock) });
        lease?.release();
      });
      expect(log).toEqual(CLEAN_HAND_OVER);
    }
  });

  it.each<[string, OperatorFunction<unknown, unknown>]>([
    ['switchMap', switchMap((inner) => inner as Observable<unknown>)],
    ['mergeMap', mergeMap((inner) => inner as Observable<unknown>)],
    ['concatAll', concatAll() as OperatorFunction<unknown, unknown>],
    ['catchError', mergeMap(() => throwError(() => 'x').pipe(catchError(() => LATE)))],
  ])('C1: with what the source has subscribed later, through %s', (_, above) => {
    for (const end of ['unsubscribe', 'take', 'project', 'error']) {
      const log: string[] = [];
      const lock = new ReadWriteLock();
      const outer = new Subject<unknown>();
      const inner = new Handle<unknown>(log, 'inner');
      LATE = inner.source;
      const source = outer.pipe(above);
      const held =
        end === 'project'
          ? of(0).pipe(withWriteLock(lock, () => source))
          : source.pipe(withWriteLock(lock), end === 'take' ? take(1) : identity);
      const first = held.subscribe({ error: () => undefined });
      queueSecond(log, lock);
      outer.next(LATE);
      if (end === 'take') inner.next(1);
      else if (end === 'error') lock.error('down');
      else first.unsubscribe();
      expect(log.slice(0, 2)).toEqual(['inner subscribed', 'inner torn down']);
    }
  });

  it('C1: when a source of another library is unsubscribed', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock();
    const foreign = {
      '@@observable': () => foreign,
      subscribe: () => ({ unsubscribe: () => log.push('first torn down') }),
    };
    const first = withWriteLock(lock)(foreign as unknown as Observable<number>).subscribe();
    queueSecond(log, lock);
    first.unsubscribe();
    expect(log).toEqual(['first torn down', 'second subscribed']);
  });

  it('C1: when the teardown throws', () => {
    const log = handOver((log, lock) => {
      const first = new Observable(() => () => {
        log.push('first torn down');
        throw new Error('teardown');
      })
        .pipe(withWriteLock(lock))
        .subscribe();
      queueSecond(log, lock);
      expect(() => first.unsubscribe()).toThrow('teardown');
    });
    expect(log).toEqual(['first torn down', 'second subscribed']);
  });

  it('C1: when the teardown of a synchronous source throws, granted after a wait', async () => {
    const log: string[] = [];
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    new Observable((subscriber) => {
      subscriber.complete();
      return () => {
        log.push('first torn down');
        throw new Error('teardown');
      };
    })
      .pipe(withWriteLock(lock))
      .subscribe();
    queueSecond(log, lock);
    await unhandled(() => lease?.release());
    expect(log).toEqual(['first torn down', 'second subscribed']);
  });
});

describe('the subscriber that a source gets', () => {
  it('C1: when a source unsubscribes it, at once or later, the teardown runs before the next source', () => {
    for (const later of [false, true]) {
      const lock = new ReadWriteLock();
      const log: string[] = [];
      const go = new Subject<void>();
      const source = new Observable<never>((subscriber) => {
        const unsubscribe = () => subscriber.unsubscribe();
        if (later) subscriber.add(go.subscribe(unsubscribe));
        else unsubscribe();
        return () => log.push('torn down');
      });
      const subscription = source.pipe(withWriteLock(lock)).subscribe();
      of('next')
        .pipe(withWriteLock(lock))
        .subscribe((value) => log.push(value));
      go.next();
      expect(log).toEqual(['torn down', 'next']);
      expect(subscription.closed).toBe(true);
    }
  });

  it('C1: an endless synchronous source stops when the consumer has enough', () => {
    const lock = new ReadWriteLock();
    const values: number[] = [];
    const take = (source: Observable<number>) =>
      source.pipe(withReadLock(lock), first()).subscribe((value) => values.push(value));
    take(range(1, Infinity));
    take(range(2, Infinity).pipe(map((value) => value)));
    lock.writer.acquire().subscribe((lease) => {
      take(range(3, Infinity).pipe(map((value) => value)));
      lease.release();
    });
    expect(values).toEqual([1, 2, 3]);
    expect(lock.reader.locked).toBe(false);
  });

  it('C1: what a source subscribes when the consumer has enough is not run', () => {
    let ran = 0;
    const source = new Observable<number>((subscriber) => {
      subscriber.next(0);
      return range(1, 1_000)
        .pipe(map(() => ran++))
        .subscribe(subscriber);
    });
    const lock = new ReadWriteLock();
    source.pipe(withWriteLock(lock), take(1)).subscribe();
    expect(ran).toBe(0);
    expect(lock.writer.locked).toBe(false);
  });

  it('C1, E4: when the source fails the lock while it is subscribed or torn down', () => {
    for (const isTornDown of [false, true]) {
      const lock = new ReadWriteLock();
      let held: number | undefined;
      const source = new Observable(() => {
        if (!isTornDown) lock.error('down');
        return () => {
          if (isTornDown) lock.error('down');
          held = lock.state.held.write;
        };
      });
      source
        .pipe(withWriteLock(lock))
        .subscribe({ error: () => undefined })
        .unsubscribe();
      expect([held, lock.state.held.write]).toEqual([1, 0]);
    }
  });

  it('C1: a teardown that a source adds after the end runs at once', () => {
    let add = (_: () => void): void => undefined;
    const source = new Observable((subscriber) => {
      add = (teardown) => subscriber.add(teardown);
    });
    source.pipe(withWriteLock(new ReadWriteLock())).subscribe().unsubscribe();
    let run = 0;
    add(() => run++);
    expect(run).toBe(1);
  });

  it('C1: a teardown that unsubscribes it again ends before the next source is subscribed', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const first = new Observable((subscriber) => () => {
      log.push('begins');
      subscriber.unsubscribe();
      log.push('ends');
    });
    const subscription = first.pipe(withWriteLock(lock)).subscribe();
    queueSecond(log, lock);
    subscription.unsubscribe();
    expect(log).toEqual(['begins', 'ends', 'second subscribed']);
  });

  it.each([
    { added: ['a'], removed: 'a', run: [] },
    { added: ['a'], removed: 'b', run: ['a'] },
    { added: ['a', 'b'], removed: 'a', run: ['b'] },
    { added: ['a', 'b', 'c'], removed: 'b', run: ['a', 'c'] },
  ])('C1: of the teardowns $added it runs all but the removed $removed', (example) => {
    const lock = new ReadWriteLock();
    const run: string[] = [];
    const teardownOf = (name: string) => new Subscription(() => run.push(name));
    const source = new Observable<never>((subscriber) => {
      const added = example.added.map((name) => [name, teardownOf(name)] as const);
      for (const [, teardown] of added) subscriber.add(teardown);
      subscriber.remove(new Map(added).get(example.removed) ?? teardownOf('another'));
    });
    source.pipe(withReadLock(lock)).subscribe().unsubscribe();
    expect(run).toEqual(example.run);
    expect(lock.reader.locked).toBe(false);
  });
});

describe('the order at the end of a hold', () => {
  it('C2: the consumer is told, the teardown runs, the lock is released, the next source is subscribed', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock();
    const first = new Handle(log, 'first');
    first.source.pipe(withWriteLock(lock)).subscribe({
      complete: () => log.push(`consumer completed, ${lock.state.held.write} held`),
    });
    queueSecond(log, lock);
    first.complete();
    expect(log).toEqual([
      'first subscribed',
      'consumer completed, 1 held',
      'first torn down',
      'second subscribed',
    ]);
  });

  it('C2: on an error the order is the same', () => {
    const log: string[] = [];
    const lock = new ReadWriteLock();
    const first = new Handle(log, 'first');
    first.source.pipe(withWriteLock(lock)).subscribe({
      error: (reason) => log.push(`consumer got ${reason}, ${lock.state.held.write} held`),
    });
    queueSecond(log, lock);
    first.error('x');
    expect(log).toEqual([
      'first subscribed',
      'consumer got x, 1 held',
      'first torn down',
      'second subscribed',
    ]);
  });
});

/** What ends a hold: a call of its source, or of the consumer's subscription. */
const ends: [string, (source: Handle<number>, consumer: { unsubscribe(): void }) => void][] = [
  ['completes', (source) => source.complete()],
  ['errors', (source) => source.error('x')],
  ['emits the one value that is taken', (source) => source.next(1)],
  ['is unsubscribed', (_, consumer) => consumer.unsubscribe()],
];

/** The same operator with and without a function. */
const ways: [string, (lock: ReadWriteLock, source: Observable<number>) => Observable<number>][] = [
  ['an operator', (lock, source) => source.pipe(withWriteLock(lock))],
  ['an operator with a function', (lock, source) => of(0).pipe(withWriteLock(lock, () => source))],
];

/** Ends a hold above a `finalize` while a reader waits; tells in what order all happens. */
function endOf(
  way: (typeof ways)[number][1],
  end: (typeof ends)[number][1],
  busy: boolean,
): string[] {
  const log: string[] = [];
  const lock = new ReadWriteLock();
  const lease = busy ? lock.writer.tryAcquire() : undefined;
  const source = new Handle<number>(log, 'source');
  const consumer = way(lock, source.source)
    .pipe(
      finalize(() => log.push('finalize below')),
      take(1),
    )
    .subscribe({ error: () => undefined });
  logged(log, 'next').pipe(withReadLock(lock)).subscribe();
  lease?.release();
  end(source, consumer);
  return log;
}

const ORDER = ['source subscribed', 'source torn down', 'next subscribed', 'finalize below'];

describe.each(ways)('a finalize below %s', (_, way) => {
  it.each(ends)('C2: it runs after the release if the source %s', (_, end) => {
    expect(endOf(way, end, false)).toEqual(ORDER);
  });

  it.each(ends)('C2: it runs after the release, also after a wait, if the source %s', (_, end) => {
    expect(endOf(way, end, true)).toEqual(ORDER);
  });
});
