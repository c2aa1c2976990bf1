import { asapScheduler, EMPTY, Observable, of, Subject, type Subscription } from 'rxjs';
import {
  type Lease,
  LockTimeoutError,
  ReadWriteLock,
  type ReadWriteLockOptions,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { TestScheduler } from 'rxjs/testing';

const NOBODY = { read: 0, upgradable: 0, write: 0 };

/** Runs on virtual time; `at` does something after some milliseconds. */
function onVirtualTime(work: (at: (time: number, what: () => void) => void) => void): void {
  new TestScheduler(() => undefined).run(({ cold }) => {
    work((time, what) => cold(`${time}ms a`).subscribe(what));
  });
}

/** Asks and keeps what it gets until it is unsubscribed; tells in `log` when it has got it. */
function ask(
  lock: ReadWriteLock,
  operator: typeof withReadLock,
  name: string,
  log: string[],
  waitTimeout = Infinity,
): Subscription {
  const source = new Observable<never>(() => void log.push(name));
  return source.pipe(operator(lock, { waitTimeout })).subscribe({
    error: (error: unknown) =>
      log.push(error instanceof LockTimeoutError ? `${name} late` : 'other'),
  });
}

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  const newLock = (options: ReadWriteLockOptions = {}) => new ReadWriteLock({ policy, ...options });

  it('a writer whose wait times out strands no reader', () => {
    onVirtualTime((at) => {
      const lock = newLock();
      const log: string[] = [];
      const holder = ask(lock, withReadLock, 'holder', log);
      ask(lock, withWriteLock, 'writer', log, 10);
      ask(lock, withReadLock, 'reader', log);
      at(11, () => {
        expect([...log].sort()).toEqual(['holder', 'reader', 'writer late']);
        holder.unsubscribe();
        expect(lock.state).toMatchObject({ held: { ...NOBODY, read: 1 }, waiting: NOBODY });
      });
    });
    expect.assertions(2);
  });

  it('a writer whose wait times out wakes nobody who has to wait', () => {
    onVirtualTime((at) => {
      const lock = newLock();
      const log: string[] = [];
      ask(lock, withWriteLock, 'holder', log);
      ask(lock, withWriteLock, 'writer', log, 10);
      ask(lock, withReadLock, 'reader', log);
      ask(lock, withWriteLock, 'other', log);
      at(11, () => {
        expect(log).toEqual(['holder', 'writer late']);
        expect(lock.state.waiting).toEqual({ read: 1, upgradable: 0, write: 1 });
      });
    });
    expect.assertions(2);
  });

  it('a cancelled wait takes back no count that it has not added', () => {
    const lock = newLock();
    const log: string[] = [];
    const holder = ask(lock, withWriteLock, 'holder', log);
    const cancelled = [withReadLock, withWriteLock].map((operator) =>
      ask(lock, operator, 'cancelled', log),
    );
    for (const waiter of [...cancelled, ...cancelled]) waiter.unsubscribe();
    expect(lock.state).toMatchObject({ held: { ...NOBODY, write: 1 }, waiting: NOBODY });
    expect(lock.reader.tryAcquire()).toBeUndefined();
    holder.unsubscribe();
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY, version: 1 });
  });

  it('two writers never hold at once, whoever is cancelled as they are woken', () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const lock = newLock();
      let [holding, most] = [0, 0];
      const writer = new Observable<never>(() => {
        most = Math.max(most, ++holding);
        return () => holding--;
      }).pipe(withWriteLock(lock));
      const log: string[] = [];
      const holder = ask(lock, withReadLock, 'holder', log);
      const writers = [writer.subscribe(), writer.subscribe(), writer.subscribe()];
      holder.unsubscribe();
      writers[first]?.unsubscribe();
      writers[second]?.unsubscribe();
      expect([most, holding]).toEqual([1, 1]);
      writers[2]?.unsubscribe();
      expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
    }
  });

  it('a writer that lets go wakes every reader that waits', () => {
    const lock = newLock();
    const log: string[] = [];
    const holder = ask(lock, withWriteLock, 'holder', log);
    for (let i = 0; i < 100; i++) ask(lock, withReadLock, 'reader', log);
    holder.unsubscribe();
    expect(log.filter((name) => name === 'reader')).toHaveLength(100);
    expect(lock.state.held.read).toBe(100);
  });

  it('a waiter that is cancelled when it has been woken passes the lock on', async () => {
    for (const operator of [withReadLock, withWriteLock]) {
      const lock = newLock({ scheduler: asapScheduler });
      const log: string[] = [];
      const holder = lock.writer.tryAcquire() as Lease;
      const woken = ask(lock, operator, 'woken', log);
      ask(lock, withWriteLock, 'next', log);
      holder.release();
      woken.unsubscribe();
      await new Promise((resolve) => setTimeout(resolve));
      expect(log).toEqual(['next']);
      expect(lock.state).toMatchObject({ held: { ...NOBODY, write: 1 }, waiting: NOBODY });
    }
  });

  it('a downgrade wakes the readers, and the lock is let go once', () => {
    const lock = newLock();
    const log: string[] = [];
    const lease = lock.writer.tryAcquire();
    const reader = ask(lock, withReadLock, 'reader', log);
    lease?.downgrade('read');
    expect(log).toEqual(['reader']);
    lease?.release();
    lease?.release();
    expect(lock.state.held).toEqual({ ...NOBODY, read: 1 });
    expect(lock.writer.tryAcquire()).toBeUndefined();
    reader.unsubscribe();
    expect(lock.writer.tryAcquire()?.mode).toBe('write');
  });

  it('a chain of synchronous grants does not grow the stack', () => {
    const lock = newLock();
    const lease = lock.writer.tryAcquire();
    let depth = 0;
    let deepest = 0;
    const source = new Observable<never>((subscriber) => {
      deepest = Math.max(deepest, ++depth);
      subscriber.complete();
      depth--;
    });
    const pipes = [source.pipe(withWriteLock(lock)), source.pipe(withReadLock(lock))];
    let run = 0;
    for (let i = 0; i < 20_000; i++) pipes[i % 2]?.subscribe({ complete: () => run++ });
    lease?.release();
    expect([run, deepest]).toEqual([20_000, 1]);
  });

  it('a wait that times out takes nobody else off the queue', () => {
    onVirtualTime((at) => {
      const lock = newLock();
      const log: string[] = [];
      const holder = ask(lock, withWriteLock, 'holder', log);
      const waiters = ['a', 'b', 'c'].map((name) =>
        EMPTY.pipe(withWriteLock(lock, { waitTimeout: name === 'b' ? 5 : 50 })).subscribe({
          complete: () => log.push(name),
          error: () => log.push(`${name} late`),
        }),
      );
      at(10, () => {
        holder.unsubscribe();
        expect(waiters).toHaveLength(3);
        expect(log).toEqual(['holder', 'b late', 'a', 'c']);
      });
    });
    expect.assertions(2);
  });

  it('disposing a lease twice does not free its next owner', () => {
    const lock = newLock();
    const lease = lock.writer.tryAcquire() as Lease;
    const log: string[] = [];
    ask(lock, withWriteLock, 'next', log);
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    lease.release();
    expect(log).toEqual(['next']);
    expect(lock.state.held.write).toBe(1);
    expect(lock.reader.tryAcquire()).toBeUndefined();
  });
});

it('a batch of grants lets no later reader pass an earlier writer', () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  const log: string[] = [];
  const first = new Subject<never>();
  // The first of the batch asks again from inside its grant, behind the writer.
  new Observable<never>((subscriber) => {
    log.push('first');
    ask(lock, withReadLock, 'late', log);
    return first.subscribe(subscriber);
  })
    .pipe(withReadLock(lock))
    .subscribe();
  ask(lock, withReadLock, 'second', log);
  const writer = of('writer')
    .pipe(withWriteLock(lock))
    .subscribe((name) => log.push(name));
  lease?.release();
  expect(log).toEqual(['first', 'second']);
  writer.unsubscribe();
  expect(log).toEqual(['first', 'second', 'late']);
});
