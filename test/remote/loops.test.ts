import { NEVER, Observable, of, retry, Subject, throwError } from 'rxjs';
import { withLiveReadLock, withReadLock } from 'rxjs-rwlock';
import { type RemoteGrant, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { IDLE } from '../support/states.js';

// A driver may answer within the call. If the lock requested the next lease inside of that answer, a
// few hundred answers in a row would overflow the stack.

const TIMES = 5_000;

const fails = throwError(() => new Error('down'));

const grants = new Observable<RemoteGrant>((subscriber) => subscriber.next({}));

const grantsAndLoses = new Observable<RemoteGrant>((subscriber) => {
  subscriber.next({});
  subscriber.error(new Error('cut'));
});

/** A lock whose driver gives these answers in turn, each so many times, and then none. */
function lockOf(...answers: readonly (readonly [Observable<RemoteGrant>, times: number])[]) {
  const left = answers.flatMap(([answer, times]) => Array.from({ length: times }, () => answer));
  let requested = 0;
  const hold = () => left[requested++] ?? NEVER;
  const lock = new RemoteReadWriteLock({ hold }, { cohort: { time: Infinity, linger: Infinity } });
  return { lock, requested: () => requested };
}

it.each([
  ['fails', fails, 'LockEngineError'],
  ['grants and loses', grantsAndLoses, 'LockLostError'],
] as const)(
  'J4, J5: a request is retried for as long as a driver %s at once',
  (_, answer, name) => {
    for (const ifAvailable of [false, true]) {
      const first = new Subject<RemoteGrant>();
      const { lock, requested } = lockOf([first, 1], [answer, TIMES]);
      const log: string[] = [];
      NEVER.pipe(withReadLock(lock, { ifAvailable }), retry(TIMES)).subscribe({
        error: (error: Error) => log.push(error.name),
      });
      // From here on each retry is made when `subscribe` has returned: else RxJS's `retry` would recurse.
      first.error(new Error('down'));
      expect(log).toEqual([name]);
      expect(requested()).toBe(1 + TIMES);
      expect(lock.state).toMatchObject(IDLE);
    }
  },
);

it('J4: a request waits on for as long as a driver loses at once what nobody has been told of', () => {
  const { lock, requested } = lockOf([grantsAndLoses, TIMES], [grants, 1]);
  const log: string[] = [];
  lock.reader.acquire().subscribe(({ mode }) => log.push(mode));
  expect(log).toEqual(['read']);
  expect(requested()).toBe(TIMES + 1);
});

it('J4, I1: a live read reads again for as long as a driver grants and loses at once', () => {
  const first = new Subject<RemoteGrant>();
  const { lock, requested } = lockOf([first, 1], [grantsAndLoses, TIMES], [grants, 1]);
  let reads = 0;
  of('value')
    .pipe(withLiveReadLock(lock))
    .subscribe(() => reads++);
  first.next({});
  first.error(new Error('cut'));
  expect(reads).toBe(1 + TIMES + 1);
  expect(requested()).toBe(1 + TIMES + 1);
});

it('J3: what a driver itself requests while it is requested changes the mode afterwards', () => {
  const modes: string[] = [];
  const lock = new RemoteReadWriteLock({
    hold({ mode }) {
      modes.push(mode);
      if (modes.length === 1) lock.writer.acquire({ priority: 1 }).subscribe();
      return NEVER;
    },
  });
  lock.reader.acquire().subscribe();
  expect(modes).toEqual(['shared', 'exclusive']);
});
