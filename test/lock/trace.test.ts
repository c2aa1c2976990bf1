import { NEVER, of, Subject, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  allOf,
  KeyedReadWriteLock,
  type LockEvent,
  ReadWriteLock,
  traceLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { unhandled } from '../support/sources.js';
import { busyLock } from '../support/states.js';

/** Writes down what a trace tells. */
function record(lock: ReadWriteLock): string[] {
  const log: string[] = [];
  const words = ({ type, id, mode, label, blockedBy }: LockEvent) =>
    [type, label ?? id, mode, ...blockedBy].join(' ');
  traceLock(lock).subscribe({
    next: (event) => log.push(words(event)),
    error: (reason) => log.push(`failed: ${reason}`),
    complete: () => log.push('completed'),
  });
  return log;
}

describe('the events of a trace', () => {
  it('tell of a request from its making to its release', () => {
    const lock = new ReadWriteLock();
    const log = record(lock);
    of(1)
      .pipe(withWriteLock(lock, { label: 'save' }))
      .subscribe();
    expect(log).toEqual(['requested save write', 'granted save write', 'released save write']);
  });

  it('tell what blocks a waiting request: conflicting leases, and conflicting requests ahead', () => {
    const lock = new ReadWriteLock();
    const log = record(lock);
    lock.reader.tryAcquire();
    lock.reader.tryAcquire();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    NEVER.pipe(withReadLock(lock)).subscribe();
    NEVER.pipe(withReadLock(lock)).subscribe();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    expect(log.slice(4)).toEqual([
      'requested 3 write 1 2',
      'requested 4 read 3',
      'requested 5 read 3',
      'requested 6 write 1 2 3 4 5',
    ]);
  });

  it('tell of the leases first, and then of the requests ahead in their order', () => {
    const lock = new ReadWriteLock();
    const log = record(lock);
    lock.reader.tryAcquire();
    lock.reader.tryAcquire();
    for (const priority of [1, 3, 2, 0]) lock.writer.acquire({ priority }).subscribe();
    expect(log.at(-1)).toBe('requested 6 write 1 2 4 5 3');
  });

  it('tell of blockers with an overlapping key only', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log = record(locks.all);
    for (const key of ['a', 'b']) locks.for(key).writer.tryAcquire();
    locks.for('b').writer.acquire().subscribe();
    locks.all.reader.acquire().subscribe();
    expect(log.slice(4)).toEqual(['requested 3 write 2', 'requested 4 read 1 2 3']);
  });

  it('tell of several keys of one lock as of one request', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log = record(locks.all);
    const lease = locks.for('b').writer.tryAcquire();
    const both = allOf(locks.for('a').writer, locks.for('b').reader);
    const request = both.acquire({ label: 'both' }).subscribe();
    lease?.release();
    request.unsubscribe();
    expect(log.slice(2)).toEqual([
      'requested both write 1',
      'released 1 write',
      'granted both write',
      'released both write',
    ]);
  });

  it('tell of a cancelled request, and of those that are granted for it', () => {
    const lock = new ReadWriteLock();
    lock.reader.tryAcquire();
    const writer = NEVER.pipe(withWriteLock(lock)).subscribe();
    const log = record(lock);
    NEVER.pipe(withReadLock(lock)).subscribe();
    writer.unsubscribe();
    expect(log).toEqual(['requested 3 read 2', 'cancelled 2 write', 'granted 3 read']);
  });

  it('tell of upgrades, which only other readers block, and of downgrades', () => {
    const lock = new ReadWriteLock();
    const log = record(lock);
    const outer = lock.upgradable.tryAcquire();
    const reader = lock.reader.tryAcquire();
    outer?.writer.acquire({ label: 'up' }).subscribe((lease) => {
      lease.downgrade('read');
      lease.release();
    });
    lock.writer.acquire().subscribe();
    reader?.release();
    expect(log.slice(4)).toEqual([
      'requested up write 2',
      'requested 4 write 1 2 3',
      'released 2 read',
      'upgraded up write',
      'downgraded up read',
      'released up read',
    ]);
  });

  it('tell of an upgrade that does not wait that it was requested', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    const log = record(lock);
    lease?.writer.tryAcquire();
    expect(log).toEqual(['requested 2 write', 'upgraded 2 write']);
  });

  it('call only a write an upgrade', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    const log = record(lock);
    lease?.reader.tryAcquire();
    lease?.upgradable.tryAcquire();
    expect(log).toEqual([
      'requested 2 read',
      'granted 2 read',
      'requested 3 upgradable',
      'granted 3 upgradable',
    ]);
  });

  it('D4: call a write no upgrade if its parent lease has been released meanwhile', () => {
    const lock = new ReadWriteLock();
    const log = record(lock);
    const reader = lock.reader.tryAcquire();
    const lease = lock.upgradable.tryAcquire();
    lease?.writer.acquire({ label: 'save' }).subscribe();
    lease?.release();
    reader?.release();
    expect(log.at(-1)).toBe('granted save write');
  });

  it('D5: do not tell of a downgrade that changes nothing', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    const log = record(lock);
    lease?.downgrade('upgradable' as never);
    expect(log).toEqual([]);
  });

  it('do not tell of a request that is refused at once', () => {
    const { lock } = busyLock({ maxWaiting: 0 });
    const log = record(lock);
    const error = () => undefined;
    lock.reader.acquire({ ifAvailable: true }).subscribe({ error });
    lock.reader.acquire().subscribe({ error });
    lock.reader.tryAcquire();
    expect(log).toEqual([]);
  });

  it('E4: tell of the waiting requests of a lock that fails, in the order of the queue', () => {
    const { lock } = busyLock();
    const log = record(lock);
    const error = () => undefined;
    for (const priority of [1, 5]) lock.reader.acquire({ priority }).subscribe({ error });
    lock.error('down');
    expect(log.slice(2)).toEqual([
      'cancelled 3 read',
      'cancelled 2 read',
      'released 1 write',
      'failed: down',
    ]);
  });

  it('E3: do not tell of a waiting request that it is cancelled when the lock is closed', () => {
    const { lock } = busyLock();
    const log = record(lock);
    lock.reader.acquire().subscribe();
    lock.complete();
    expect(log).toEqual(['requested 2 read 1']);
  });

  it('come in their order, also when an observer calls back into the lock', () => {
    const lock = new ReadWriteLock();
    const types: string[] = [];
    traceLock(lock).subscribe(({ type, id }) => {
      types.push(`${type} ${id}`);
      if (type === 'granted' && id === 1) lock.reader.tryAcquire()?.release();
    });
    const lease = lock.reader.tryAcquire();
    lease?.release();
    expect(types).toEqual([
      'requested 1',
      'granted 1',
      'requested 2',
      'granted 2',
      'released 2',
      'released 1',
    ]);
  });

  it('end as the states of the lock do', () => {
    const closed = new ReadWriteLock();
    const log = record(closed);
    closed.complete();
    expect([log, record(closed)]).toEqual([['completed'], ['completed']]);
    const failed = new ReadWriteLock();
    const events = record(failed);
    new Subject().pipe(withReadLock(failed)).subscribe({ error: () => undefined });
    failed.error('down');
    expect(events).toEqual([
      'requested 1 read',
      'granted 1 read',
      'released 1 read',
      'failed: down',
    ]);
  });
});

describe('the clock of a trace', () => {
  it('is that of RxJS', () => {
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const times: number[] = [];
      traceLock(lock).subscribe(({ time }) => times.push(time));
      timer(3).pipe(withWriteLock(lock)).subscribe();
      flush();
      expect(times).toEqual([0, 0, 3]);
    });
  });

  it('C8: is read when the state is settled', () => {
    const { lock, lease } = busyLock();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    const seen: unknown[] = [];
    const now = () => seen.push(lock.state.held.write, lock.state.waiting.write);
    traceLock(lock, { now }).subscribe();
    lease.release();
    expect(seen.join()).toMatch(/^1,0(,1,0)*$/);
  });

  it('C8: may call the lock, and still every event has a time', () => {
    const lock = new ReadWriteLock();
    const times: number[] = [];
    let calls = 0;
    const now = () => {
      if (calls++ === 0) of(1).pipe(withReadLock(lock)).subscribe();
      return calls;
    };
    traceLock(lock, { now }).subscribe(({ time }) => times.push(time));
    lock.reader.tryAcquire();
    expect(times.length).toBeGreaterThan(2);
    expect(times.filter(Number.isNaN)).toEqual([]);
  });

  it('may throw: the events have no time then, and the error is reported', async () => {
    const lock = new ReadWriteLock();
    const times: number[] = [];
    const now = () => {
      throw new Error('no time');
    };
    const reported = await unhandled(() => {
      traceLock(lock, { now }).subscribe(({ time }) => times.push(time));
      lock.reader.tryAcquire();
    });
    expect(times).toEqual([NaN, NaN]);
    expect(reported.map(String)).toEqual(['Error: no time']);
  });
});

it('a trace that is not subscribed reads no clock', () => {
  const lock = new ReadWriteLock();
  const now = jest.fn(() => 0);
  const subscription = traceLock(lock, { now }).subscribe();
  lock.reader.tryAcquire()?.release();
  expect(now).toHaveBeenCalled();
  subscription.unsubscribe();
  now.mockClear();
  lock.reader.tryAcquire()?.release();
  expect(now).not.toHaveBeenCalled();
});
