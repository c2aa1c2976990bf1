import { finalize, of, Subject } from 'rxjs';
import {
  type Lease,
  type LockState,
  ReadWriteLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { logged } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';

describe('releasing twice', () => {
  it('C5: it does nothing', () => {
    const { lock, lease } = busyLock();
    lease.release();
    lease.release();
    expect(lock.state).toMatchObject({ ...IDLE, version: 1 });
  });

  it('C5: a stale read lease does not count against the other readers', () => {
    const lock = new ReadWriteLock();
    const [first, second] = [lock.reader.tryAcquire(), lock.reader.tryAcquire()];
    first?.release();
    first?.release();
    expect(lock.writer.tryAcquire()).toBeUndefined();
    second?.release();
    expect(lock.writer.tryAcquire()).toBeDefined();
  });

  // It freed the lock of the next owner: https://github.com/StephenCleary/AsyncEx/issues/66
  it.each(Object.entries(POLICIES))(
    'C5: under %s a stale lease never releases the lease of the next owner',
    (_, policy) => {
      const { lock, lease } = busyLock({ policy });
      const leases: Lease[] = [];
      lock.writer.acquire().subscribe((next) => leases.push(next));
      lease[Symbol.dispose]();
      lease[Symbol.dispose]();
      lease.release();
      expect(leases.map(({ released }) => released)).toEqual([false]);
      expect(lock.state.held).toEqual({ ...NONE, write: 1 });
      expect(lock.reader.tryAcquire()).toBeUndefined();
    },
  );
});

describe('requests from inside a callback', () => {
  it('C7: a writer that is requested inside a grant waits for all that were granted with it', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    const first = logged(log, 'first', () => {
      logged(log, 'writer').pipe(withWriteLock(lock)).subscribe();
      logged(log, 'late').pipe(withReadLock(lock)).subscribe();
    })
      .pipe(withReadLock(lock))
      .subscribe();
    const second = logged(log, 'second').pipe(withReadLock(lock)).subscribe();
    lease.release();
    expect(log).toEqual(['first subscribed', 'second subscribed']);
    first.unsubscribe();
    second.unsubscribe();
    expect(log.slice(2)).toEqual(['first torn down', 'second torn down', 'writer subscribed']);
  });

  // A reader passed an earlier writer, in one batch of grants: https://github.com/oven-sh/bun/pull/37020
  it('C7: a reader that is requested inside a grant stands behind the writer that waits already', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    const end = new Subject<never>();
    logged(log, 'first', (subscriber) => {
      logged(log, 'late').pipe(withReadLock(lock)).subscribe();
      end.subscribe(subscriber);
    })
      .pipe(withReadLock(lock))
      .subscribe();
    const writer = logged(log, 'writer').pipe(withWriteLock(lock)).subscribe();
    lease.release();
    expect(log).toEqual(['first subscribed']);
    writer.unsubscribe();
    expect(log).toEqual(['first subscribed', 'late subscribed']);
  });

  it('C7: a request inside a release stands behind those that wait already', () => {
    const { lock, lease } = busyLock();
    const order: number[] = [];
    const write = (n: number) =>
      of(n)
        .pipe(withWriteLock(lock))
        .subscribe((n) => order.push(n));
    of(1)
      .pipe(
        finalize(() => write(4)),
        withWriteLock(lock),
      )
      .subscribe((n) => order.push(n));
    write(2);
    write(3);
    lease.release();
    expect(order).toEqual([1, 2, 3, 4]);
  });
});

describe('the state that user code finds', () => {
  it('C8: a source finds its own lease among those that are held', () => {
    const lock = new ReadWriteLock();
    let held = 0;
    logged([], 'writer', () => (held = lock.state.held.write))
      .pipe(withWriteLock(lock))
      .subscribe();
    expect(held).toBe(1);
  });

  it('C8: it is settled at every grant: no request waits that could be granted', () => {
    const { lock, lease } = busyLock();
    const seen: LockState[] = [];
    const look = () => seen.push(lock.state);
    for (let i = 0; i < 3; i++) logged([], 'reader', look).pipe(withReadLock(lock)).subscribe();
    lease.release();
    expect(seen.map(({ held, waiting }) => [held.read, waiting.read])).toEqual([
      [3, 0],
      [3, 0],
      [3, 0],
    ]);
  });

  it('C8: it is settled for consumers at the end, for teardowns and for observers of the states', () => {
    const { lock, lease } = busyLock();
    // Under fifo a request waits only behind a lease, or behind a waiting request, that conflicts.
    const isSettled = ({ held, waiting }: LockState) =>
      held.write > 0 || waiting.write === 0 ? waiting.read === 0 || held.write > 0 : held.read > 0;
    const seen: boolean[] = [];
    const look = () => seen.push(isSettled(lock.state));
    lock.subscribe(look);
    for (const op of [withReadLock, withReadLock, withWriteLock, withReadLock])
      of(1)
        .pipe(finalize(look), op(lock), finalize(look))
        .subscribe({ next: look, complete: look });
    lease.release();
    expect(new Set(seen)).toEqual(new Set([true]));
    expect(seen.length).toBeGreaterThan(16);
  });
});
