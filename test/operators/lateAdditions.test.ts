import { forkJoin, map, Observable, of, range, take, throwError } from 'rxjs';
import {
  ReadWriteLock,
  withReadLock,
  withWriteLock,
  KeyedReadWriteLock,
  allOf,
  withGate,
} from 'rxjs-rwlock';
import { logged } from '../support/sources.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };

it('C1: what a synchronous source subscribes when its consumer has enough is not run', () => {
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
  expect(lock.state.held).toEqual(NOBODY);
});

it('C1: a teardown that a source adds when its consumer has gone runs at once', () => {
  let add = (_: () => void): void => undefined;
  const source = new Observable((subscriber) => {
    add = (teardown) => subscriber.add(teardown);
  });
  const subscription = source.pipe(withWriteLock(new ReadWriteLock())).subscribe();
  subscription.unsubscribe();
  let run = 0;
  add(() => run++);
  expect(run).toBe(1);
});

it('C1: a teardown that unsubscribes its own subscriber does not let the next one in half-way', () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  const first = new Observable((subscriber) => () => {
    log.push('begins');
    subscriber.unsubscribe();
    log.push('ends');
  });
  const subscription = first.pipe(withWriteLock(lock)).subscribe();
  logged(log, 'next').pipe(withWriteLock(lock)).subscribe();
  subscription.unsubscribe();
  expect(log).toEqual(['begins', 'ends', 'next subscribed']);
});

it('B1, A3: a consumer that has gone before it subscribes does not ask', () => {
  const lock = new ReadWriteLock();
  const keyed = new KeyedReadWriteLock<string>();
  const both = allOf(lock.writer, keyed.for('a').writer);
  lock.reader.tryAcquire();
  const log: string[] = [];
  for (const guard of [withWriteLock(lock), withReadLock(lock), withGate(both)])
    forkJoin([throwError(() => 'wrong'), of(1).pipe(guard)]).subscribe({
      error: (error: unknown) => log.push(String(error)),
    });
  expect(log).toEqual(['wrong', 'wrong', 'wrong']);
  expect(lock.state.waiting).toEqual(NOBODY);
  expect(lock.reader.tryAcquire()).toBeDefined();
});

it('B1: a consumer that is granted by its own teardown does not subscribe the source', () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  const log: string[] = [];
  const consumer = new Observable((subscriber) => {
    subscriber.add(() => lease?.release());
    return logged(log, 'source').pipe(withWriteLock(lock)).subscribe(subscriber);
  }).subscribe();
  expect(lock.state.waiting.write).toBe(1);
  consumer.unsubscribe();
  expect(log).toEqual([]);
  expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
});
