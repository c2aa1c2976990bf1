import { asapScheduler, asyncScheduler, NEVER, type Observable, of, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  LockQueueFullError,
  LockTimeoutError,
  LockUnavailableError,
  ReadWriteLock,
  type RequestOptions,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { logged } from '../support/sources.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };

/** A lock that a writer holds. */
function busyLock(options = {}): { lock: ReadWriteLock; lease: Lease } {
  const lock = new ReadWriteLock(options);
  return { lock, lease: lock.writer.tryAcquire() as Lease };
}

/** The three ways of asking with conditions; each promises how the request ended. */
const ways: [string, (lock: ReadWriteLock, options: RequestOptions) => Promise<unknown>][] = [
  ['an operator', (lock, options) => outcome(of('granted').pipe(withWriteLock(lock, options)))],
  [
    'an operator with a function',
    (lock, options) => outcome(of(0).pipe(withWriteLock(lock, () => of('granted'), options))),
  ],
  ['acquire()', (lock, options) => outcome(lock.writer.acquire(options), true)],
  [
    'lease()',
    (lock, options) =>
      lock.writer.lease(options).then(
        (lease) => {
          lease.release();
          return 'granted';
        },
        (error: unknown) => error,
      ),
  ],
];

function outcome(source: Observable<unknown>, release = false): Promise<unknown> {
  return new Promise((resolve) => {
    source.subscribe({
      next: (value) => {
        resolve('granted');
        if (release) (value as Lease).release();
      },
      error: resolve,
    });
  });
}

describe.each(ways)('conditions of %s', (_, ask) => {
  it('A5: ifAvailable is refused at once on a busy lock, and granted on a free one', async () => {
    const { lock, lease } = busyLock();
    expect(await ask(lock, { ifAvailable: true })).toBeInstanceOf(LockUnavailableError);
    expect(lock.state.waiting).toEqual(NOBODY);
    lease.release();
    expect(await ask(lock, { ifAvailable: true })).toBe('granted');
  });

  it('A6: waitTimeout ends the wait, and leaves nothing behind', async () => {
    const { lock, lease } = busyLock({ name: 'accounts' });
    const error = await ask(lock, { waitTimeout: 2 });
    expect(error).toBeInstanceOf(LockTimeoutError);
    expect(String(error)).toContain('accounts: no write within 2 ms');
    expect(lock.state.waiting).toEqual(NOBODY);
    lease.release();
    expect(await ask(lock, { waitTimeout: 0 })).toBe('granted');
  });

  it('A7: a signal that has aborted errors even if the lock is free, and asks nothing', async () => {
    const lock = new ReadWriteLock();
    const states: unknown[] = [];
    lock.subscribe((state) => states.push(state));
    expect(await ask(lock, { signal: AbortSignal.abort('gone') })).toBe('gone');
    expect(states).toHaveLength(1);
  });

  it('A7: a signal ends the wait with its reason; the listener is gone once the wait ends', async () => {
    const { lock, lease } = busyLock();
    const controller = new AbortController();
    const added = jest.spyOn(controller.signal, 'addEventListener');
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const waits = [ask(lock, { signal: controller.signal }), ask(lock, {})];
    controller.abort('gone');
    expect(await waits[0]).toBe('gone');
    lease.release();
    expect(await waits[1]).toBe('granted');
    const later = busyLock();
    const wait = ask(later.lock, { signal: new AbortController().signal });
    later.lease.release();
    expect(await wait).toBe('granted');
    expect(removed.mock.calls).toEqual(added.mock.calls);
    expect(added).toHaveBeenCalledTimes(1);
  });

  it('A8: a full queue refuses', async () => {
    const { lock, lease } = busyLock({ maxWaiting: 1 });
    const first = ask(lock, {});
    expect(await ask(lock, {})).toBeInstanceOf(LockQueueFullError);
    lease.release();
    expect(await first).toBe('granted');
  });

  it('A9: a higher priority goes first', async () => {
    const { lock, lease } = busyLock();
    const order: number[] = [];
    const waits = [0, 2, 1].map((priority) =>
      ask(lock, { priority }).then(() => order.push(priority)),
    );
    lease.release();
    await Promise.all(waits);
    expect(order).toEqual([2, 1, 0]);
  });

  it('the conditions compose: the first that applies ends the wait, and only once', async () => {
    const { lock, lease } = busyLock();
    const controller = new AbortController();
    const both = { waitTimeout: 2, signal: controller.signal, priority: 1, label: 'both' };
    const wait = ask(lock, both);
    expect(await wait).toBeInstanceOf(LockTimeoutError);
    controller.abort('late');
    lease.release();
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
  });
});

describe('the limit of a wait', () => {
  it('A6: it runs on virtual time; grant and timeout in one turn have one winner', () => {
    for (const [hold, expected] of [
      [4, '----a'],
      [6, '-----#'],
    ] as const)
      new TestScheduler((actual, marbles) => expect(actual).toEqual(marbles)).run(
        ({ expectObservable }) => {
          const lock = new ReadWriteLock();
          timer(hold).pipe(withWriteLock(lock)).subscribe();
          const late = of('a').pipe(withWriteLock(lock, { waitTimeout: 5 }));
          expectObservable(late).toBe(
            expected.replace('a', '(a|)'),
            undefined,
            new LockTimeoutError('lock: no write within 5 ms'),
          );
        },
      );
  });

  it('A6: in the frame of the grant the timeout loses, or wins and keeps nobody out', () => {
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
      expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
    });
  });

  it('A6: an infinite waitTimeout is none', () => {
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

  it('A6: a waiter that is cancelled, or granted, takes its timer along', () => {
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

  it('A7: a signal that aborts while the request is announced ends the wait', () => {
    const { lock } = busyLock();
    const controller = new AbortController();
    const errors: unknown[] = [];
    lock.subscribe(({ waiting }) => waiting.read > 0 && controller.abort('gone'));
    lock.reader
      .acquire({ signal: controller.signal })
      .subscribe({ error: (error) => errors.push(error) });
    expect([errors, lock.state.waiting.read]).toEqual([['gone'], 0]);
  });

  it('A6: a time that no timer can wait is no limit', async () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    of('granted')
      .pipe(withWriteLock(lock, { waitTimeout: Number.MAX_SAFE_INTEGER }))
      .subscribe((value) => log.push(value));
    await new Promise((resolve) => setTimeout(resolve, 5));
    lease.release();
    expect(log).toEqual(['granted']);
  });

  it('A6: the longest time that a timer can wait is one, and the next is none', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const { lock } = busyLock();
      for (const waitTimeout of [2 ** 31 - 1, 2 ** 31])
        NEVER.pipe(withReadLock(lock, { waitTimeout })).subscribe({ error: () => undefined });
      flush();
      expect(lock.state.waiting.read).toBe(1);
    });
  });

  it.each(['after a wait', 'at once'])(
    'A7: a signal that aborts inside the grant of its own request has no effect: %s',
    (when) => {
      const { lock, lease } = busyLock();
      if (when === 'at once') lease.release();
      const controller = new AbortController();
      const log: string[] = [];
      logged(log, 'source', () => controller.abort())
        .pipe(withWriteLock(lock, { signal: controller.signal }))
        .subscribe({ error: () => log.push('error') });
      lease.release();
      expect(log).toEqual(['source subscribed']);
    },
  );

  it('A7: waitTimeout and signal end the wait of an upgrade, and leave its holder as it was', () => {
    const lock = new ReadWriteLock();
    const outer = lock.upgradable.tryAcquire() as Lease;
    lock.reader.tryAcquire();
    const controller = new AbortController();
    const errors: unknown[] = [];
    outer.writer
      .acquire({ signal: controller.signal })
      .subscribe({ error: (error) => errors.push(error) });
    expect(lock.reader.tryAcquire()).toBeUndefined();
    controller.abort('gone');
    expect(errors).toEqual(['gone']);
    expect(lock.state).toMatchObject({ held: { read: 1, upgradable: 1 }, waiting: NOBODY });
    expect(lock.reader.tryAcquire()).toBeDefined();
  });

  it('A8: an upgrade is not refused by a full queue', () => {
    const lock = new ReadWriteLock({ maxWaiting: 0 });
    const outer = lock.upgradable.tryAcquire() as Lease;
    const reader = lock.reader.tryAcquire() as Lease;
    const log: string[] = [];
    outer.writer.acquire().subscribe(() => log.push('upgraded'));
    reader.release();
    expect(log).toEqual(['upgraded']);
  });

  it('A8: all who wait count, also those whom the request would overtake by its priority', () => {
    const { lock, lease } = busyLock({ maxWaiting: 1 });
    const log: unknown[] = [];
    const ask = (priority: number) =>
      lock.writer.acquire({ priority }).subscribe({
        next: () => log.push(`granted ${priority}`),
        error: (error) => log.push(error),
      });
    ask(0);
    ask(1);
    expect(log).toEqual([expect.any(LockQueueFullError)]);
    expect(lock.state.waiting.write).toBe(1);
    lease.release();
    expect(log.slice(1)).toEqual(['granted 0']);
  });

  it('A8: the requests for all keys of a keyed lock, and for all at once, count together', () => {
    const locks = new KeyedReadWriteLock<string>({ maxWaiting: 2 });
    const log: unknown[] = [];
    const ask = ({ writer }: LockLike) =>
      writer.acquire().subscribe({ error: (error) => log.push(error) });
    for (const key of ['a', 'b', 'c']) locks.for(key).writer.tryAcquire();
    ask(locks.for('a'));
    ask(locks.all);
    ask(locks.for('c'));
    expect(log).toEqual([expect.any(LockQueueFullError)]);
    expect(locks.for('d').writer.tryAcquire()).toBeUndefined();
    expect(locks.all.state.waiting.write).toBe(2);
  });
});

describe('grants on a scheduler', () => {
  it('A10: the lock is taken at once, the source is subscribed later', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const log: string[] = [];
    logged(log, 'source').pipe(withWriteLock(lock)).subscribe();
    expect(lock.writer.locked).toBe(true);
    expect(log).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(log).toEqual(['source subscribed']);
  });

  it('A10: tryAcquire() answers at once all the same', () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    expect(lock.writer.tryAcquire()?.mode).toBe('write');
  });

  it('A10: acquire() and lease() are delivered on it, too', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const log: string[] = [];
    lock.reader.acquire().subscribe(() => log.push('acquired'));
    expect(log).toEqual([]);
    await lock.reader.lease();
    expect(log).toEqual(['acquired']);
  });

  it('B6: granted but not yet delivered, then unsubscribed: the slot passes on, once', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const log: string[] = [];
    const first = logged(log, 'first').pipe(withWriteLock(lock)).subscribe();
    logged(log, 'second').pipe(withWriteLock(lock)).subscribe();
    const third = logged(log, 'third').pipe(withWriteLock(lock)).subscribe();
    first.unsubscribe();
    first.unsubscribe();
    expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: { write: 1 } });
    await new Promise((resolve) => setTimeout(resolve));
    expect(log).toEqual(['second subscribed']);
    third.unsubscribe();
  });

  it('B6: a lock that fails before the delivery errors, and never subscribes the source', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const log: string[] = [];
    logged(log, 'source')
      .pipe(withReadLock(lock))
      .subscribe({ error: (error) => log.push(`failed ${error}`) });
    lock.error('down');
    await new Promise((resolve) => setTimeout(resolve));
    expect(log).toEqual(['failed down']);
    expect(lock.state.held).toEqual(NOBODY);
  });
});

it('E5: a request as a value takes the conditions too', () => {
  const { lock } = busyLock();
  const errors: unknown[] = [];
  lock.next({
    mode: 'read',
    ifAvailable: true,
    granted: () => undefined,
    failed: (error) => errors.push(error),
  });
  expect(errors).toEqual([expect.any(LockUnavailableError)]);
});

it('A6: a gate takes no condition that it can not keep', () => {
  const gate: Gate = new ReadWriteLock().reader;
  expect(() => gate.acquire({ waitTimeout: -1 })).toThrow("waitTimeout can't be -1");
});
