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
import { type Lease, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { Handle, logged, unhandled } from '../support/sources.js';

/** Lets one writer hold and a second wait, ends the first in some way, and tells what happened. */
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

describe('the teardown of a source runs before the next holder starts', () => {
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
  ])('C1: when a synchronous source %s behind a wait', (_, end) => {
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

  it('C1: when a synchronous source completes at once and its consumer asks again', () => {
    const log = handOver((log, lock) => {
      logged(log, 'first', (observer) => observer.complete())
        .pipe(withWriteLock(lock))
        .subscribe({ complete: () => queueSecond(log, lock) });
    });
    expect(log).toEqual(CLEAN_HAND_OVER);
  });

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

  it('C1: a foreign source is unsubscribed before the next holder starts', () => {
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

  it('C1: when the teardown of a synchronous source throws behind a wait', async () => {
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

describe('the order at the end of a hold', () => {
  it('C2: consumer, teardown of the source, release, next waiter', () => {
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

  it('C2: an error takes the same way as a completion', () => {
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

describe('code that throws does not keep the lock', () => {
  const fail = (): never => {
    throw new Error('consumer');
  };

  it.each([
    ['next', of(1), { next: fail }],
    ['complete', EMPTY, { complete: fail }],
    ['error', throwError(() => 'x'), { error: fail }],
  ])('C4: a consumer that throws in %s', async (_, source, observer) => {
    const lock = new ReadWriteLock();
    const errors = await unhandled(() => {
      (source as Observable<number>).pipe(withWriteLock(lock)).subscribe(observer);
    });
    expect(errors).toEqual([new Error('consumer')]);
    expect(lock.state.held.write).toBe(0);
    expect(lock.writer.tryAcquire()).toBeDefined();
  });

  it('C4: a project function that throws, or returns what is no source of values', () => {
    const lock = new ReadWriteLock();
    const errors: unknown[] = [];
    const error = (reason: unknown) => errors.push(reason);
    of(1).pipe(withWriteLock(lock, fail)).subscribe({ error });
    of(1)
      .pipe(withWriteLock(lock, () => 1 as never))
      .subscribe({ error });
    expect(errors).toEqual([new Error('consumer'), expect.any(TypeError)]);
    expect(lock.state.held.write).toBe(0);
  });

  it('C4: a foreign source whose subscribe throws, granted at once or after a wait', () => {
    const foreign = new Observable<never>();
    Object.defineProperty(foreign, 'subscribe', { value: fail });
    for (const busy of [false, true]) {
      const lock = new ReadWriteLock();
      const lease = busy ? lock.writer.tryAcquire() : undefined;
      const errors: unknown[] = [];
      withWriteLock(lock)(foreign)
        .pipe(catchError((error: unknown) => of(errors.push(error))))
        .subscribe();
      lease?.release();
      expect(errors).toEqual([new Error('consumer')]);
      expect(lock.state.held.write).toBe(0);
    }
  });

  it('C4: a teardown below the operator that throws when a wait ends, does not stop the others', async () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const lease = lock.writer.tryAcquire();
    of(1).pipe(withWriteLock(lock), finalize(fail)).subscribe();
    of(1).pipe(withWriteLock(lock), finalize(fail)).subscribe();
    queueSecond(log, lock);
    await unhandled(() => lease?.release());
    expect(log).toEqual(['second subscribed']);
  });

  it('C4: a teardown below the operator that throws when the lock fails, spares nobody', async () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    const error = (reason: unknown) => log.push(reason);
    for (let i = 0; i < 2; i++) {
      NEVER.pipe(withReadLock(lock), finalize(fail)).subscribe({ error });
    }
    for (let i = 0; i < 2; i++) {
      NEVER.pipe(withWriteLock(lock), finalize(fail)).subscribe({ error });
    }
    const errors = await unhandled(() => lock.error('down'));
    expect(log).toEqual(['down', 'down', 'down', 'down']);
    expect(errors.length).toBeGreaterThan(0);
    expect(lock.state).toMatchObject({ held: { read: 0 }, waiting: { write: 0 } });
  });

  it('C4: a teardown below acquire() that throws does not keep the lease', () => {
    const lock = new ReadWriteLock();
    const leases: Lease[] = [];
    lock.writer
      .acquire()
      .pipe(finalize(fail))
      .subscribe((lease) => leases.push(lease));
    expect(() => leases[0]?.release()).toThrow('consumer');
    expect(lock.writer.locked).toBe(false);
  });

  it('C4: a throwing teardown of one holder leaves those that it lets in alone', async () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const lease = lock.writer.tryAcquire();
    const throwing = new Observable<never>(() => fail).pipe(withWriteLock(lock)).subscribe();
    queueSecond(log, lock);
    lease?.release();
    expect(() => throwing.unsubscribe()).toThrow('consumer');
    expect(log).toEqual(['second subscribed']);
  });
});

describe('the subscriber that a source gets', () => {
  it('C1: a source that unsubscribes it, at once or later, has cleaned up when the next starts', () => {
    for (const later of [false, true]) {
      const lock = new ReadWriteLock();
      const log: string[] = [];
      const go = new Subject<void>();
      const source = new Observable<never>((subscriber) => {
        const unsubscribe = () => subscriber.unsubscribe();
        if (later) subscriber.add(go.subscribe(unsubscribe));
        else unsubscribe();
        return () => log.push('cleaned up');
      });
      const subscription = source.pipe(withWriteLock(lock)).subscribe();
      of('next')
        .pipe(withWriteLock(lock))
        .subscribe((value) => log.push(value));
      go.next();
      expect(log).toEqual(['cleaned up', 'next']);
      expect(subscription.closed).toBe(true);
    }
  });

  it('C1: an endless synchronous source stops for a consumer that has enough', () => {
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

  it('takes back a teardown', () => {
    const lock = new ReadWriteLock();
    const teardown = jest.fn();
    const source = new Observable<never>((subscriber) => {
      const inner = new Subscription(teardown);
      subscriber.add(inner);
      subscriber.remove(inner);
    });
    source.pipe(withReadLock(lock)).subscribe().unsubscribe();
    expect(teardown).not.toHaveBeenCalled();
    expect(lock.reader.locked).toBe(false);
  });
});
