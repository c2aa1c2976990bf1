import {
  concatWith,
  defer,
  finalize,
  NEVER,
  of,
  startWith,
  Subject,
  switchMap,
  take,
  takeUntil,
  timeout,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { logged } from '../support/sources.js';

/* eslint-disable rxjs-x/no-unsafe-takeuntil -- what stands above another operator is what is shown */

// What cancels a request is what unsubscribes the operator: operators below it. An operator above it
// is part of the source, and is not subscribed before the grant.

const run = (test: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

it('A12: takeUntil below the operator cancels the wait, and the source never runs', () => {
  run(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
    const lock = new ReadWriteLock();
    const holder = cold('    ------|').pipe(withWriteLock(lock));
    const notifier = hot('   ---x----');
    const source = cold('    --a|    ');
    const behind = cold('    b|      ');
    expectObservable(holder).toBe('------|');
    expectObservable(source.pipe(withWriteLock(lock), takeUntil(notifier))).toBe('---|');
    // The request behind it is granted when the holder has ended.
    expectObservable(behind.pipe(withReadLock(lock))).toBe('------b|');
    expectSubscriptions(source.subscriptions).toBe([]);
    expectSubscriptions(notifier.subscriptions).toBe('^--!');
    flush();
    expect(lock.state).toMatchObject({ held: { write: 0 }, waiting: { write: 0 } });
  });
});

it('A12: takeUntil above the operator does not: what it would have heard is lost, and the source runs', () => {
  run(({ cold, hot, expectObservable, expectSubscriptions }) => {
    const lock = new ReadWriteLock();
    const holder = cold('    ------|     ').pipe(withWriteLock(lock));
    const notifier = hot('   ---x--------');
    const source = cold('          --a--|');
    expectObservable(holder).toBe('------|');
    expectObservable(source.pipe(takeUntil(notifier), withWriteLock(lock))).toBe('--------a--|');
    expectSubscriptions(source.subscriptions).toBe('------^----!');
    expectSubscriptions(notifier.subscriptions).toBe('------^----!');
  });
});

it('A12: once it is granted, takeUntil above the operator ends the source, and the hold with it', () => {
  run(({ cold, hot, expectObservable, expectSubscriptions }) => {
    const lock = new ReadWriteLock();
    const holder = cold('    --|       ').pipe(withWriteLock(lock));
    const notifier = hot('   -----x----');
    const source = cold('      -a------');
    expectObservable(holder).toBe('--|');
    expectObservable(source.pipe(takeUntil(notifier), withWriteLock(lock))).toBe('---a-|');
    expectObservable(of('b').pipe(withWriteLock(lock))).toBe('-----(b|)');
    expectSubscriptions(source.subscriptions).toBe('--^--!');
  });
});

it('A12: a takeUntil below ends the hold, too, and the next source starts after its teardown', () => {
  run(({ cold, hot, expectObservable, flush }) => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const notifier = hot('   ---x--');
    const source = cold('    -a----').pipe(finalize(() => log.push('torn down')));
    const next = defer(() => of(log.push('next')));
    expectObservable(source.pipe(withWriteLock(lock), takeUntil(notifier))).toBe('-a-|');
    expectObservable(next.pipe(withWriteLock(lock))).toBe('---(a|)', { a: 2 });
    flush();
    expect(log).toEqual(['torn down', 'next']);
  });
});

it('A12: a timeout above the operator begins with the hold, one below it with the wait', () => {
  run(({ cold, expectObservable }) => {
    const lock = new ReadWriteLock();
    const name = { a: 'TimeoutError' };
    const late = { each: 4, with: () => of(name.a) };
    expectObservable(cold('-----|').pipe(withWriteLock(lock))).toBe('-----|');
    expectObservable(NEVER.pipe(timeout(late), withReadLock(lock))).toBe('---------(a|)', name);
    expectObservable(NEVER.pipe(withReadLock(lock), timeout(late))).toBe('----(a|)', name);
  });
});

it('A12: what startWith gives above the operator waits with the source, below it does not', () => {
  run(({ cold, expectObservable }) => {
    const lock = new ReadWriteLock();
    const source = cold('-b|');
    expectObservable(cold('---|').pipe(withWriteLock(lock))).toBe('---|');
    expectObservable(source.pipe(startWith('a'), withReadLock(lock))).toBe('---ab|');
    expectObservable(source.pipe(withReadLock(lock), startWith('a'))).toBe('a---b|');
  });
});

it('A12: a switchMap below a waiting operator cancels it with the next value', () => {
  run(({ cold, hot, expectObservable, flush }) => {
    const lock = new ReadWriteLock();
    const started: string[] = [];
    expectObservable(cold('------|').pipe(withWriteLock(lock))).toBe('------|');
    const requests = hot('  -a-b-c---|').pipe(
      switchMap((name) =>
        defer(() => {
          started.push(name);
          return of(name);
        }).pipe(withWriteLock(lock)),
      ),
    );
    expectObservable(requests).toBe('------c--|');
    flush();
    expect(started).toEqual(['c']);
  });
});

describe('outside virtual time', () => {
  it('A12: a Subject that has told its value before the grant is not heard above the operator', () => {
    const lock = new ReadWriteLock();
    const leave = new Subject();
    const log: string[] = [];
    const holder = lock.writer.tryAcquire();
    const source = logged(log, 'source', (observer) => observer.next(1));
    const above = source.pipe(takeUntil(leave), withReadLock(lock)).subscribe();
    const below = source.pipe(withReadLock(lock), takeUntil(leave)).subscribe();
    expect(leave.observed).toBe(true);
    leave.next(undefined);
    expect(lock.state.waiting.read).toBe(1);
    expect([above.closed, below.closed]).toEqual([false, true]);
    holder?.release();
    expect(log).toEqual(['source subscribed']);
    leave.next(undefined);
    expect(log).toEqual(['source subscribed', 'source torn down']);
    expect(lock.state).toMatchObject({ held: { read: 0 }, waiting: { read: 0 } });
  });

  it('A12: a take(1) below ends the hold with the first value; above it is the source that ends', () => {
    for (const isAbove of [true, false]) {
      const lock = new ReadWriteLock();
      const values: number[] = [];
      const source = of(1, 2).pipe(concatWith(timer(1_000)));
      const one = isAbove
        ? source.pipe(take(1), withWriteLock(lock))
        : source.pipe(withWriteLock(lock), take(1));
      one.subscribe((value) => values.push(value));
      expect([values, lock.writer.locked]).toEqual([[1], false]);
    }
  });
});
