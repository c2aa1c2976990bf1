/* eslint-disable @typescript-eslint/no-deprecated -- RxJS 7 users still give `range` a scheduler */
import {
  asyncScheduler,
  interval,
  isObservable,
  merge,
  NEVER,
  type Observable,
  observeOn,
  of,
  range,
  type SchedulerAction,
  scheduled,
  subscribeOn,
  take,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Lease, LockClosedError, ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
import { unhandled } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';

describe('work on a gate', () => {
  it('F1: it runs while the lock is held, which is released when it returns', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    lock.writer.schedule((state) => log.push(state, lock.writer.locked), 0, 'state');
    expect(log).toEqual(['state', true]);
    expect(lock.writer.locked).toBe(false);
  });

  it('F1: a delay that work has set for itself is replaced when the action is scheduled again', () => {
    const scheduler = new TestScheduler(() => undefined);
    scheduler.run(() => {
      const runs: number[] = [];
      const action = new ReadWriteLock().reader.schedule(function (this: SchedulerAction<unknown>) {
        runs.push(scheduler.now());
        if (runs.length === 1) this.schedule(undefined, 2);
      }) as SchedulerAction<unknown>;
      timer(1).subscribe(() => action.schedule(undefined, 4));
      scheduler.flush();
      expect(runs).toEqual([0, 5]);
    });
  });

  it('F1: it waits for the lock', () => {
    const lock = new ReadWriteLock();
    const lease = lock.reader.tryAcquire() as Lease;
    const log: string[] = [];
    lock.writer.schedule(() => log.push('ran'));
    expect(log).toEqual([]);
    lease.release();
    expect(log).toEqual(['ran']);
  });

  it('F1: it waits for the delay first, and requests the lock then', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const frames: number[] = [];
      lock.writer.schedule(() => frames.push(asyncScheduler.now()), 5);
      expect(lock.state.waiting).toEqual(NONE);
      timer(3).subscribe(() => timer(4).pipe(withWriteLock(lock)).subscribe());
      flush();
      expect(frames).toEqual([7]);
    });
  });

  it('F1: when it reschedules itself, it requests the lock again, behind those that wait', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    lock.writer.schedule(
      function (this: SchedulerAction<number>, n) {
        log.push(`action ${n}`);
        if (n < 3) this.schedule(n + 1);
      },
      0,
      1,
    );
    of('other')
      .pipe(withWriteLock(lock))
      .subscribe((value) => log.push(value));
    lease.release();
    expect(log).toEqual(['action 1', 'other', 'action 2', 'action 3']);
  });

  it('F1: it is given its state, also when it reschedules itself', () => {
    const lock = new ReadWriteLock();
    const seen: number[] = [];
    lock.writer.schedule<number>(
      function (state) {
        seen.push(state);
        if (state < 3) this.schedule(state + 1);
      },
      0,
      1,
    );
    expect(seen).toEqual([1, 2, 3]);
  });

  it('F1: unsubscribing the action cancels its wait, its delay and its next run', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const { lock, lease } = busyLock();
      const log: string[] = [];
      const waiting = lock.writer.schedule(() => log.push('waited'));
      const delayed = lock.writer.schedule(() => log.push('delayed'), 5);
      lock.writer.schedule(function () {
        log.push('once');
        this.schedule();
        this.unsubscribe();
      });
      expect(lock.state.waiting.write).toBe(2);
      waiting.unsubscribe();
      delayed.unsubscribe();
      lease.release();
      flush();
      expect(log).toEqual(['once']);
      expect(lock.state).toMatchObject(IDLE);
    });
  });

  it('F1: of two reschedulings in one run the later one counts', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const frames: number[] = [];
      lock.reader.schedule(function () {
        frames.push(asyncScheduler.now());
        if (frames.length > 1) return;
        this.schedule();
        this.schedule(undefined, 5);
      });
      flush();
      expect(frames).toEqual([0, 5]);
    });
  });

  it('F1: when it unsubscribes its own action, it holds the lock until it returns', () => {
    const lock = new ReadWriteLock();
    const log: boolean[] = [];
    lock.writer.schedule(function () {
      this.unsubscribe();
      log.push(lock.writer.locked);
    });
    expect([...log, lock.writer.locked]).toEqual([true, false]);
  });

  it('F1: an action that is cancelled by an observer of its grant does not run', async () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const action = lock.writer.schedule(() => log.push('runs'), 1);
    lock.subscribe(({ held }) => held.write > 0 && action.unsubscribe());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log).toEqual([]);
    expect(lock.state).toMatchObject({ held: NONE, version: 1 });
  });

  it('B8, F1: an action that is cancelled by an observer, which fails the lock then, reports nothing', async () => {
    const lock = new ReadWriteLock();
    const errors = await unhandled(() => {
      const action = lock.writer.schedule(() => undefined, 1);
      lock.subscribe({
        next({ held }) {
          if (held.write === 0) return;
          action.unsubscribe();
          lock.error('failure');
        },
        error: () => undefined,
      });
      return new Promise((resolve) => setTimeout(resolve, 5));
    });
    expect([lock.state.closed, errors]).toEqual([true, []]);
  });

  it('F1: an action that has been unsubscribed is not scheduled again', () => {
    jest.useFakeTimers();
    try {
      const action = new ReadWriteLock().reader.schedule(
        () => undefined,
      ) as SchedulerAction<unknown>;
      action.unsubscribe();
      action.schedule(undefined, 1);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('F1: a gate tells the time of RxJS', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const { reader } = new ReadWriteLock();
      const times: number[] = [];
      timer(3).subscribe(() => times.push(reader.now(), asyncScheduler.now()));
      flush();
      expect(times).toEqual([3, 3]);
    });
    expect(Math.abs(new ReadWriteLock().reader.now() - Date.now())).toBeLessThan(1000);
  });

  it('F1: an action that is always granted at once does not grow the stack', () => {
    const lock = new ReadWriteLock();
    let last = 0;
    range(1, 100_000, lock.reader).subscribe((n) => (last = n));
    expect(last).toBe(100_000);
  });

  it('F1, H2: a value that is not a function is refused', () => {
    expect(() => new ReadWriteLock().reader.schedule(undefined as never)).toThrow(TypeError);
  });
});

describe('operators on a gate', () => {
  const values = (source: Observable<unknown>) => {
    const seen: unknown[] = [];
    source.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('|') });
    return seen;
  };

  it.each<[string, (lock: ReadWriteLock) => Observable<unknown>]>([
    ['subscribeOn', (lock) => of(1, 2).pipe(subscribeOn(lock.writer))],
    ['observeOn', (lock) => of(1, 2).pipe(observeOn(lock.writer))],
    ['scheduled', (lock) => scheduled([1, 2], lock.writer)],
    ['range', (lock) => range(1, 2, lock.writer)],
  ])('F2: %s works: it waits for the lock, and releases it', (_, source) => {
    const lock = new ReadWriteLock();
    const lease = lock.reader.tryAcquire() as Lease;
    const seen = values(source(lock));
    expect(seen).toEqual([]);
    lease.release();
    expect(seen).toEqual([1, 2, '|']);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('F2: timer and interval work, in RxJS time', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ expectObservable }) => {
        const lock = new ReadWriteLock();
        timer(4).pipe(withWriteLock(lock)).subscribe();
        expectObservable(timer(2, lock.reader)).toBe('----(0|)', [0]);
        expectObservable(interval(3, lock.reader).pipe(take(2))).toBe('----0--(1|)', [0, 1]);
      },
    );
  });

  it('F2: with observeOn each notification is delivered under the lock', () => {
    const lock = new ReadWriteLock();
    const locked: boolean[] = [];
    of(1, 2)
      .pipe(observeOn(lock.writer))
      .subscribe(() => locked.push(lock.writer.locked));
    expect(locked).toEqual([true, true]);
  });

  it('F2: a request made by the consumer of a value waits until the value has been delivered', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    of('value')
      .pipe(observeOn(lock.writer))
      .subscribe((value) => {
        of(`${value} written`)
          .pipe(withWriteLock(lock))
          .subscribe((value) => log.push(value));
        log.push('value delivered');
      });
    expect(log).toEqual(['value delivered', 'value written']);
  });

  it('F2: observeOn(writer) above withWriteLock waits for itself, and on the gate of the lease it works', () => {
    const lock = new ReadWriteLock();
    const seen: string[] = [];
    const stuck = of('a')
      .pipe(observeOn(lock.writer), withWriteLock(lock))
      .subscribe((value) => seen.push(value));
    // The value waits, and the completion behind it.
    expect([...seen, lock.state.waiting.write]).toEqual([2]);
    stuck.unsubscribe();
    of('a')
      .pipe(withWriteLock(lock, (value, lease) => of(value).pipe(observeOn(lease.writer))))
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual(['a']);
    expect(lock.state).toMatchObject(IDLE);
  });
});

describe('work that throws', () => {
  it('F3: it releases the lock, and ends no other action', async () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    lock.writer.schedule(() => {
      throw new Error('work');
    });
    lock.writer.schedule(() => log.push('other'));
    const errors = await unhandled(() => lease.release());
    expect(log).toEqual(['other']);
    expect(errors).toEqual([new Error('work')]);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('F3: granted at once, it does not throw at the caller of schedule()', async () => {
    const lock = new ReadWriteLock();
    const errors = await unhandled(() => {
      lock.reader.schedule(() => {
        throw new Error('work');
      });
    });
    expect(errors).toEqual([new Error('work')]);
    expect(lock.reader.locked).toBe(false);
  });

  it('F3: after it has rescheduled itself, it is not run again', async () => {
    const lock = new ReadWriteLock();
    let runs = 0;
    await unhandled(() => {
      lock.writer.schedule(function () {
        runs++;
        this.schedule();
        throw new Error('work');
      });
    });
    expect(runs).toBe(1);
  });

  it('F3: a refusal of the lock ends the action without running it, and is reported', async () => {
    const lock = new ReadWriteLock();
    lock.complete();
    let runs = 0;
    const errors = await unhandled(() => lock.reader.schedule(() => runs++));
    expect(errors).toEqual([expect.any(LockClosedError)]);
    expect(runs).toBe(0);
  });
});

describe('schedulers and Observables', () => {
  it('F4: a lock has no schedule method, and a gate is not an Observable', () => {
    const lock = new ReadWriteLock();
    expect('schedule' in lock).toBe(false);
    expect([lock, lock.reader, lock.writer].map(isObservable)).toEqual([true, false, false]);
  });

  it('F4: merge takes the states of a lock as a source', () => {
    const lock = new ReadWriteLock();
    let states = 0;
    merge(NEVER, lock).subscribe(() => states++);
    expect(states).toBe(1);
  });
});
