import { finalize, NEVER, Observable, of, Subscription } from 'rxjs';
import { ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { logged } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';

it('B1: a consumer whose own teardown grants its request never subscribes the source', () => {
  const { lock, lease } = busyLock();
  const log: string[] = [];
  const consumer = new Observable((subscriber) => {
    subscriber.add(() => lease.release());
    return logged(log, 'source').pipe(withWriteLock(lock)).subscribe(subscriber);
  }).subscribe();
  expect(lock.state.waiting.write).toBe(1);
  consumer.unsubscribe();
  expect(log).toEqual([]);
  expect(lock.state).toMatchObject(IDLE);
});

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  // It took back a count that it had never added: https://github.com/aio-libs/aiorwlock/issues/400
  it('B1: cancelling a wait, once or twice, changes what waits and not what is held', () => {
    const { lock, lease } = busyLock({ policy });
    const cancelled = [withReadLock, withWriteLock].map((operator) =>
      NEVER.pipe(operator(lock)).subscribe(),
    );
    for (const request of [...cancelled, ...cancelled]) request.unsubscribe();
    expect(lock.state).toMatchObject({ held: { ...NONE, write: 1 }, waiting: NONE });
    expect(lock.reader.tryAcquire()).toBeUndefined();
    lease.release();
    expect(lock.state).toMatchObject({ ...IDLE, version: 1 });
  });

  // Two writers held at once: https://github.com/aio-libs/aiorwlock/issues/235
  it('B1: two writers never hold the lock together, whichever is cancelled at a hand-over', () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const lock = new ReadWriteLock({ policy });
      let [holding, most] = [0, 0];
      const writer = new Observable<never>(() => {
        most = Math.max(most, ++holding);
        return () => holding--;
      }).pipe(withWriteLock(lock));
      const reader = lock.reader.tryAcquire();
      const writers = [writer.subscribe(), writer.subscribe(), writer.subscribe()];
      reader?.release();
      writers[first]?.unsubscribe();
      writers[second]?.unsubscribe();
      expect([most, holding]).toEqual([1, 1]);
      writers[2]?.unsubscribe();
      expect(lock.state).toMatchObject(IDLE);
    }
  });

  it('B2: when a waiting writer is cancelled, the readers behind it are granted', () => {
    const lock = new ReadWriteLock({ policy });
    lock.reader.tryAcquire();
    const writer = NEVER.pipe(withWriteLock(lock)).subscribe();
    const log: string[] = [];
    of('r')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    writer.unsubscribe();
    expect(log).toEqual(['r']);
  });
});

describe('cancelling inside a callback', () => {
  it('B7: a reader that is cancelled by one granted with it never subscribes its source', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    let second = Subscription.EMPTY;
    logged(log, 'first', () => second.unsubscribe())
      .pipe(withReadLock(lock))
      .subscribe();
    second = logged(log, 'second').pipe(withReadLock(lock)).subscribe();
    logged(log, 'third').pipe(withReadLock(lock)).subscribe();
    lease.release();
    expect(log).toEqual(['first subscribed', 'third subscribed']);
    expect(lock.state.held).toEqual({ ...NONE, read: 2 });
  });

  it('B7: a request that an observer of the states cancels when it is granted never subscribes its source', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const consumer = new Subscription();
    lock.subscribe(({ held }) => held.write > 0 && consumer.unsubscribe());
    const source = new Observable((subscriber) => {
      consumer.add(() => subscriber.unsubscribe());
      return logged(log, 'source').pipe(withWriteLock(lock)).subscribe(subscriber);
    });
    source.subscribe();
    expect(log).toEqual([]);
    expect(lock.state.held).toEqual(NONE);
  });

  it('B7: unsubscribing an operator with a function starts none of its waiting requests', () => {
    const lock = new ReadWriteLock();
    const started: number[] = [];
    const consumer = of(1, 2, 3)
      .pipe(
        withWriteLock(lock, (value) => {
          started.push(value);
          return NEVER;
        }),
      )
      .subscribe();
    consumer.unsubscribe();
    expect(started).toEqual([1]);
    expect(lock.state).toMatchObject({ ...IDLE, version: 1 });
  });

  it.each<[string, (cancel: () => void, lock: ReadWriteLock) => void]>([
    [
      'a grant',
      (cancel, lock) => {
        const source = logged<never>([], 'granted', (observer) => {
          cancel();
          observer.complete();
        });
        source.pipe(withReadLock(lock)).subscribe();
      },
    ],
    [
      'a release',
      (cancel, lock) => {
        lock.writer.acquire().subscribe({ next: (lease) => lease.release(), complete: cancel });
      },
    ],
    [
      'a teardown',
      (cancel, lock) => {
        of(0).pipe(finalize(cancel), withReadLock(lock)).subscribe();
      },
    ],
    [
      'a state notification',
      (cancel, lock) => {
        lock.subscribe(({ version }) => version === 1 && cancel());
      },
    ],
  ])('B8: cancelling inside %s ends, and loses no other request', (_, cancelInside) => {
    const { lock, lease } = busyLock();
    const served: string[] = [];
    const cancelled = new Subscription();
    const serve = (name: string) =>
      of(name)
        .pipe(withWriteLock(lock))
        .subscribe((n) => served.push(n));
    const wait = () => cancelled.add(NEVER.pipe(withWriteLock(lock)).subscribe());
    cancelInside(() => cancelled.unsubscribe(), lock);
    serve('first');
    wait();
    serve('second');
    wait();
    lease.release();
    expect(cancelled.closed).toBe(true);
    expect(served).toEqual(['first', 'second']);
    expect(lock.state).toMatchObject(IDLE);
  });
});
