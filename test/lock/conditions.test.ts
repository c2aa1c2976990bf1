import { asyncScheduler, EMPTY, NEVER, Observable, of, type Subscription, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  LockQueueFullError,
  LockTimeoutError,
  LockUnavailableError,
  ReadWriteLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { logged } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';
import { WAYS } from '../support/ways.js';

const policies = Object.entries(POLICIES);

describe('ifAvailable', () => {
  it.each(WAYS)(
    'A5: %s is refused at once on a lock that is held, and granted on a free one',
    async (_, request) => {
      const { lock, lease } = busyLock();
      expect(await request(lock, { ifAvailable: true })).toBeInstanceOf(LockUnavailableError);
      expect(lock.state.waiting).toEqual(NONE);
      lease.release();
      expect(await request(lock, { ifAvailable: true })).toBe('granted');
    },
  );
});

describe('waitTimeout', () => {
  it.each(WAYS)('A6: it ends the wait of %s, and leaves nothing behind', async (_, request) => {
    const { lock, lease } = busyLock();
    expect(await request(lock, { waitTimeout: 2 })).toBeInstanceOf(LockTimeoutError);
    expect(lock.state.waiting).toEqual(NONE);
    lease.release();
    expect(await request(lock, { waitTimeout: 0 })).toBe('granted');
  });

  it('A6: it runs on virtual time', () => {
    for (const [hold, expected] of [
      [4, '----(a|)'],
      [6, '-----#'],
    ] as const)
      new TestScheduler((actual, marbles) => expect(actual).toEqual(marbles)).run(
        ({ expectObservable }) => {
          const lock = new ReadWriteLock();
          timer(hold).pipe(withWriteLock(lock)).subscribe();
          const late = of('a').pipe(withWriteLock(lock, { waitTimeout: 5 }));
          const message = 'lock: timed out after 5 ms waiting to acquire write; held by write';
          expectObservable(late).toBe(expected, undefined, new LockTimeoutError(message));
        },
      );
  });

  it('A6: in the frame of the grant, either it or the grant wins, and nothing stays behind', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const ends: unknown[] = [];
      timer(5).pipe(withWriteLock(lock)).subscribe();
      const observer = { next: () => ends.push('granted'), error: () => ends.push('timed out') };
      of(1)
        .pipe(withWriteLock(lock, { waitTimeout: 5 }))
        .subscribe(observer);
      of(1).pipe(withWriteLock(lock)).subscribe(observer);
      flush();
      expect(ends).toHaveLength(2);
      expect(ends[1]).toBe('granted');
      expect(lock.state).toMatchObject(IDLE);
    });
  });

  it('A6: Infinity does not limit the wait, and starts no timer', () => {
    const { lock, lease } = busyLock();
    const schedule = jest.spyOn(asyncScheduler, 'schedule');
    const log: string[] = [];
    logged(log, 'source')
      .pipe(withWriteLock(lock, { waitTimeout: Infinity }))
      .subscribe();
    expect(schedule).not.toHaveBeenCalled();
    schedule.mockRestore();
    lease.release();
    expect(log).toEqual(['source subscribed']);
  });

  it('A6: a time that no timer can wait does not limit the wait', async () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    of('granted')
      .pipe(withWriteLock(lock, { waitTimeout: Number.MAX_SAFE_INTEGER }))
      .subscribe((value) => log.push(value));
    await new Promise((resolve) => setTimeout(resolve, 5));
    lease.release();
    expect(log).toEqual(['granted']);
  });

  it('A6: the longest time that a timer can wait is a limit', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const { lock } = busyLock();
      for (const waitTimeout of [2 ** 31 - 1, 2 ** 31])
        NEVER.pipe(withReadLock(lock, { waitTimeout })).subscribe({ error: () => undefined });
      flush();
      expect(lock.state.waiting.read).toBe(1);
    });
  });

  // The timer stayed after the grant: https://github.com/DirtyHairy/async-mutex/issues/33
  it('A6: the timer ends with the wait, whether that is cancelled or granted', () => {
    jest.useFakeTimers();
    try {
      const { lock, lease } = busyLock();
      const wait = NEVER.pipe(withWriteLock(lock, { waitTimeout: 5 }));
      wait.subscribe().unsubscribe();
      expect(jest.getTimerCount()).toBe(0);
      wait.subscribe();
      expect(jest.getTimerCount()).toBe(1);
      lease.release();
      expect(jest.getTimerCount()).toBe(0);
      expect(lock.writer.locked).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });

  describe.each(policies)('under %s', (_, policy) => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    /** Requests the lock and holds it; notes in the log when it is granted, or late. */
    function hold(
      log: string[],
      name: string,
      lock: ReadWriteLock,
      operator: typeof withReadLock,
      waitTimeout = Infinity,
    ): Subscription {
      return new Observable(() => void log.push(name))
        .pipe(operator(lock, { waitTimeout }))
        .subscribe({ error: ({ name: error }: Error) => log.push(`${name} ${error}`) });
    }

    // The readers behind it waited for ever: https://github.com/microsoft/vs-threading/issues/252,
    // https://github.com/dotnet/corefx/issues/3364, https://github.com/StephenCleary/AsyncEx/issues/134
    it('A6: when a waiting writer times out, the readers behind it are granted', () => {
      const lock = new ReadWriteLock({ policy });
      const log: string[] = [];
      const owner = hold(log, 'owner', lock, withReadLock);
      hold(log, 'writer', lock, withWriteLock, 10);
      hold(log, 'reader', lock, withReadLock);
      jest.advanceTimersByTime(11);
      expect([...log].sort()).toEqual(['owner', 'reader', 'writer LockTimeoutError']);
      owner.unsubscribe();
      expect(lock.state).toMatchObject({ held: { ...NONE, read: 1 }, waiting: NONE });
    });

    // The remedy for that woke too many: https://github.com/dotnet/corefx/pull/6317
    it('A6: when a waiting writer times out, the requests that conflict keep waiting', () => {
      const lock = new ReadWriteLock({ policy });
      const log: string[] = [];
      hold(log, 'owner', lock, withWriteLock);
      hold(log, 'writer', lock, withWriteLock, 10);
      hold(log, 'reader', lock, withReadLock);
      hold(log, 'other', lock, withWriteLock);
      jest.advanceTimersByTime(11);
      expect(log).toEqual(['owner', 'writer LockTimeoutError']);
      expect(lock.state.waiting).toEqual({ read: 1, upgradable: 0, write: 1 });
    });

    // It took another request off the queue: npm rwlock
    it('A6: a request that times out takes no other off the queue', () => {
      const { lock, lease } = busyLock({ policy });
      const log: string[] = [];
      for (const name of ['a', 'b', 'c'])
        EMPTY.pipe(withWriteLock(lock, { waitTimeout: name === 'b' ? 5 : 50 })).subscribe({
          complete: () => log.push(name),
          error: () => log.push(`${name} late`),
        });
      jest.advanceTimersByTime(10);
      lease.release();
      expect(log).toEqual(['b late', 'a', 'c']);
    });

    // It counted as held meanwhile: https://github.com/DirtyHairy/async-mutex/issues/54
    it('A6: when all waiting requests have timed out, a lock that is released is free', () => {
      const { lock, lease } = busyLock({ policy });
      const late: string[] = [];
      for (const gate of [lock.writer, lock.reader])
        gate
          .acquire({ waitTimeout: 10 })
          .subscribe({ error: ({ name }: Error) => late.push(name) });
      // A promise has no subscription that would cancel it as well.
      lock.writer.lease({ waitTimeout: 10 }).catch(() => undefined);
      jest.advanceTimersByTime(10);
      expect(late).toEqual(['LockTimeoutError', 'LockTimeoutError']);
      lease.release();
      expect([lock.writer.locked, lock.writer.tryAcquire()?.mode]).toEqual([false, 'write']);
    });
  });
});

describe('maxWaiting', () => {
  it.each(WAYS)('A8: %s is refused if the queue is full', async (_, request) => {
    const { lock, lease } = busyLock({ maxWaiting: 1 });
    const first = request(lock, {});
    expect(await request(lock, {})).toBeInstanceOf(LockQueueFullError);
    lease.release();
    expect(await first).toBe('granted');
  });

  it('A8: an upgrade is not refused', () => {
    const lock = new ReadWriteLock({ maxWaiting: 0 });
    const outer = lock.upgradable.tryAcquire() as Lease;
    const reader = lock.reader.tryAcquire() as Lease;
    const log: string[] = [];
    outer.writer.acquire().subscribe(() => log.push('upgraded'));
    reader.release();
    expect(log).toEqual(['upgraded']);
  });

  it('A8: all waiting requests count, also those that would be overtaken', () => {
    const { lock, lease } = busyLock({ maxWaiting: 1 });
    const log: unknown[] = [];
    const write = (priority: number) =>
      lock.writer.acquire({ priority }).subscribe({
        next: () => log.push(`granted ${priority}`),
        error: (error) => log.push(error),
      });
    write(0);
    write(1);
    expect(log).toEqual([expect.any(LockQueueFullError)]);
    expect(lock.state.waiting.write).toBe(1);
    lease.release();
    expect(log.slice(1)).toEqual(['granted 0']);
  });

  it('A8: the requests for the keys of a keyed lock, and for all keys, count together', () => {
    const locks = new KeyedReadWriteLock<string>({ maxWaiting: 2 });
    const log: unknown[] = [];
    const write = ({ writer }: LockLike) =>
      writer.acquire().subscribe({ error: (error) => log.push(error) });
    for (const key of ['a', 'b', 'c']) locks.for(key).writer.tryAcquire();
    write(locks.for('a'));
    write(locks.all);
    write(locks.for('c'));
    expect(log).toEqual([expect.any(LockQueueFullError)]);
    expect(locks.for('d').writer.tryAcquire()).toBeUndefined();
    expect(locks.all.state.waiting.write).toBe(2);
  });
});

describe('priority', () => {
  it.each(WAYS)('A9: %s of a higher priority goes first', async (_, request) => {
    const { lock, lease } = busyLock();
    const order: number[] = [];
    const waits = [0, 2, 1].map((priority) =>
      request(lock, { priority }).then(() => order.push(priority)),
    );
    lease.release();
    await Promise.all(waits);
    expect(order).toEqual([2, 1, 0]);
  });

  it.each(policies)('A9: under %s the higher one goes first, whatever the modes', (_, policy) => {
    const { lock, lease } = busyLock({ policy });
    const log: string[] = [];
    const request = (name: string, operator: typeof withReadLock, priority: number) =>
      of(name)
        .pipe(operator(lock, { priority }))
        .subscribe((value) => log.push(value));
    request('r1', withReadLock, 1);
    request('w2', withWriteLock, 2);
    request('r3', withReadLock, 3);
    request('w4', withWriteLock, 4);
    lease.release();
    expect(log).toEqual(['w4', 'r3', 'w2', 'r1']);
  });
});

it.each(WAYS)(
  'A6, A7: of several conditions of %s the first one that applies ends the wait, once',
  async (_, request) => {
    const { lock, lease } = busyLock();
    const controller = new AbortController();
    const { signal } = controller;
    expect(
      await request(lock, { waitTimeout: 2, signal, priority: 1, label: 'both' }),
    ).toBeInstanceOf(LockTimeoutError);
    controller.abort('late');
    lease.release();
    expect(lock.state).toMatchObject(IDLE);
  },
);
