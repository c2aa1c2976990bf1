import { catchError, EMPTY, finalize, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import {
  type Lease,
  ReadWriteLock,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';
import { logged, unhandled } from '../support/sources.js';
import { busyLock, IDLE } from '../support/states.js';

const fail = (): never => {
  throw new Error('thrown');
};

/** Requests the lock for a source that notes when it is subscribed. */
const wait = (log: string[], lock: ReadWriteLock) =>
  logged(log, 'next').pipe(withWriteLock(lock)).subscribe();

describe('a consumer that throws', () => {
  const throwing: [string, Observable<number>, object][] = [
    ['next', of(1), { next: fail }],
    ['complete', EMPTY, { complete: fail }],
    ['error', throwError(() => 'x'), { error: fail }],
  ];

  it.each(throwing)('C4: in %s, it does not keep the lock', async (_, source, observer) => {
    const lock = new ReadWriteLock();
    const errors = await unhandled(() => {
      source.pipe(withWriteLock(lock)).subscribe(observer);
    });
    expect(errors).toEqual([new Error('thrown')]);
    expect(lock.writer.tryAcquire()).toBeDefined();
  });
});

describe('a source that throws', () => {
  it('C4: a function that throws, or returns a value that is not a source, releases the lock', () => {
    const lock = new ReadWriteLock();
    const errors: unknown[] = [];
    const error = (reason: unknown) => errors.push(reason);
    of(1).pipe(withWriteLock(lock, fail)).subscribe({ error });
    of(1)
      .pipe(withWriteLock(lock, () => 1 as never))
      .subscribe({ error });
    expect(errors).toEqual([new Error('thrown'), expect.any(TypeError)]);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('C4: a source of another library whose subscribe() throws releases the lock', () => {
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
      expect(errors).toEqual([new Error('thrown')]);
      expect(lock.state).toMatchObject(IDLE);
    }
  });
});

describe('a teardown that throws', () => {
  it('C4: that of a source, it surfaces at unsubscribe(), and the next request is granted', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    const throwing = new Observable<never>(() => fail).pipe(withWriteLock(lock)).subscribe();
    wait(log, lock);
    lease.release();
    expect(() => throwing.unsubscribe()).toThrow('thrown');
    expect(log).toEqual(['next subscribed']);
  });

  const ways: [string, (lock: ReadWriteLock, source: Observable<never>) => Observable<never>][] = [
    ['an operator', (lock, source) => source.pipe(withWriteLock(lock))],
    [
      'an operator with a function',
      (lock, source) => of(0).pipe(withWriteLock(lock, () => source)),
    ],
  ];

  it.each(ways)('C4: that of a synchronous source of %s, it is reported', async (_, hold) => {
    for (const busy of [false, true]) {
      const lock = new ReadWriteLock();
      const lease = busy ? lock.writer.tryAcquire() : undefined;
      const log: string[] = [];
      const source = new Observable<never>((subscriber) => {
        subscriber.complete();
        return fail;
      });
      const errors = await unhandled(() => {
        hold(lock, source).subscribe({ complete: () => log.push('completed') });
        wait(log, lock);
        lease?.release();
      });
      expect(log).toEqual(['completed', 'next subscribed']);
      expect(errors.map(String)).toEqual([expect.stringContaining('thrown')]);
    }
  });

  it.each(ways)(
    'C4: that of a source of %s that completes later, it is thrown at the caller of complete()',
    (_, hold) => {
      const lock = new ReadWriteLock();
      const log: string[] = [];
      const end = new Subject<never>();
      const source = new Observable<never>((subscriber) => {
        end.subscribe(subscriber);
        return fail;
      });
      hold(lock, source).subscribe();
      wait(log, lock);
      expect(() => end.complete()).toThrow('thrown');
      expect(log).toEqual(['next subscribed']);
    },
  );

  it('C4: one below the operator does not keep others from their grants', async () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    of(1).pipe(withWriteLock(lock), finalize(fail)).subscribe();
    of(1).pipe(withWriteLock(lock), finalize(fail)).subscribe();
    wait(log, lock);
    await unhandled(() => lease.release());
    expect(log).toEqual(['next subscribed']);
  });

  it.each<[string, (lock: ReadWriteLock) => Observable<unknown>]>([
    ['a function', (lock) => of(1).pipe(withWriteLock(lock, fail))],
    ['a source', (lock) => new Observable(fail).pipe(withWriteLock(lock))],
    ['a live read', (lock) => of(1).pipe(withLiveReadLock(lock, fail))],
    ['a yielding read', (lock) => of(1).pipe(withYieldingReadLock(lock, fail))],
  ])('C4: one below %s that throws does not keep others from their grants', async (_, hold) => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    hold(lock).pipe(finalize(fail)).subscribe();
    wait(log, lock);
    await unhandled(() => lease.release());
    expect(log).toEqual(['next subscribed']);
  });

  it('C4, E4: one below the operator does not keep others from being failed', async () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    const error = (reason: unknown) => log.push(reason);
    for (const operator of [withReadLock, withReadLock, withWriteLock, withWriteLock])
      NEVER.pipe(operator(lock), finalize(fail)).subscribe({ error });
    const errors = await unhandled(() => lock.error('down'));
    expect(log).toEqual(['down', 'down', 'down', 'down']);
    expect(errors.length).toBeGreaterThan(0);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('C4: one below acquire() does not keep the lease', () => {
    const lock = new ReadWriteLock();
    const leases: Lease[] = [];
    lock.writer
      .acquire()
      .pipe(finalize(fail))
      .subscribe((lease) => leases.push(lease));
    expect(() => leases[0]?.release()).toThrow('thrown');
    expect(lock.writer.locked).toBe(false);
  });
});
