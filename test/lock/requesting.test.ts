import { finalize, forkJoin, NEVER, Observable, of, throwError } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { logged } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';

describe('subscribing', () => {
  it('A1: a consumer that has unsubscribed before makes no request', () => {
    for (const busy of [false, true]) {
      const lock = new ReadWriteLock();
      const keyed = new KeyedReadWriteLock<string>();
      const both = allOf(lock.writer, keyed.for('a').writer);
      if (busy) lock.reader.tryAcquire();
      const log: string[] = [];
      for (const operator of [withWriteLock(lock), withReadLock(lock), withGate(both)])
        forkJoin([throwError(() => 'wrong'), logged(log, 'source').pipe(operator)]).subscribe({
          error: (error: unknown) => log.push(String(error)),
        });
      expect(log).toEqual(['wrong', 'wrong', 'wrong']);
      expect(lock.state).toMatchObject({ held: { ...NONE, read: busy ? 1 : 0 }, waiting: NONE });
      expect(keyed.all.state).toMatchObject(IDLE);
    }
  });

  it('A1: a consumer that unsubscribes itself before makes no request either', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    new Observable((consumer) => {
      consumer.unsubscribe();
      return logged(log, 'source').pipe(withWriteLock(lock)).subscribe(consumer);
    }).subscribe();
    expect(log).toEqual([]);
    expect(lock.writer.locked).toBe(false);
  });
});

describe('a request without a conflict', () => {
  const log: string[] = [];

  beforeEach(() => log.splice(0));

  /** A source that requests the lock for another source when it is subscribed. */
  const requesting = (lock: ReadWriteLock) =>
    logged(log, 'outer', () => {
      logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
      log.push('requested');
    });

  it('A2: it is granted synchronously inside the grant of another', () => {
    const lock = new ReadWriteLock();
    requesting(lock).pipe(withReadLock(lock)).subscribe();
    expect(log).toEqual(['outer subscribed', 'inner subscribed', 'requested']);
  });

  it('A2: it is granted synchronously inside a grant that was delivered after a wait', () => {
    const { lock, lease } = busyLock();
    requesting(lock).pipe(withReadLock(lock)).subscribe();
    lease.release();
    expect(log).toEqual(['outer subscribed', 'inner subscribed', 'requested']);
  });

  it('A2: it is granted synchronously inside a release', () => {
    const lock = new ReadWriteLock();
    const other = NEVER.pipe(withReadLock(lock)).subscribe();
    const owner = NEVER.pipe(
      finalize(() => {
        logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
        log.push('requested');
      }),
      withReadLock(lock),
    ).subscribe();
    owner.unsubscribe();
    expect(log).toEqual(['inner subscribed', 'requested']);
    other.unsubscribe();
  });

  it('A2: it is granted synchronously inside a state notification', () => {
    const lock = new ReadWriteLock();
    const once = lock.subscribe(({ held }) => {
      if (held.read !== 1) return;
      logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
      log.push('requested');
      once.unsubscribe();
    });
    logged(log, 'outer').pipe(withReadLock(lock)).subscribe();
    expect(log).toEqual(['inner subscribed', 'requested', 'outer subscribed']);
  });
});

it('A3: requests that are granted together are called back in their order, whatever their modes', () => {
  for (const order of [['reader', 'upgradable'] as const, ['upgradable', 'reader'] as const]) {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    for (const side of order) lock[side].acquire().subscribe(() => log.push(side));
    lease.release();
    expect(log).toEqual(order);
  }
});

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  it('A2: a request without a conflict is granted synchronously', () => {
    const lock = new ReadWriteLock({ policy });
    const log: string[] = [];
    of('r')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    of('w')
      .pipe(withWriteLock(lock))
      .subscribe((value) => log.push(value));
    expect(log).toEqual(['r', 'w']);
  });

  it('A3: waiting requests of one mode are granted in their order', () => {
    const { lock, lease } = busyLock({ policy });
    const log: number[] = [];
    for (let i = 0; i < 5; i++)
      of(i)
        .pipe(withWriteLock(lock))
        .subscribe((n) => log.push(n));
    lease.release();
    expect(log).toEqual([0, 1, 2, 3, 4]);
  });

  // Of many waiting readers one was woken: https://github.com/aio-libs/aiorwlock/issues/60
  it('A3: when a writer releases the lock, every waiting reader is granted', () => {
    const { lock, lease } = busyLock({ policy });
    let granted = 0;
    for (let i = 0; i < 100; i++) lock.reader.acquire().subscribe(() => granted++);
    lease.release();
    expect([granted, lock.state.held.read]).toEqual([100, 100]);
  });

  // Waiting readers were never woken: https://github.com/microsoft/litebox/pull/809
  it('A3: when a writer hands over to another, the readers are granted, too', () => {
    const { lock, lease } = busyLock({ policy });
    const log: string[] = [];
    const take = (name: string) => (lease: Lease) => {
      log.push(name);
      lease.release();
    };
    lock.reader.acquire().subscribe(take('reader'));
    lock.writer.acquire().subscribe(take('writer'));
    lock.reader.acquire().subscribe(take('late reader'));
    lease.release();
    expect(log.sort()).toEqual(['late reader', 'reader', 'writer']);
    expect(lock.state).toMatchObject(IDLE);
  });

  // It held back plain readers: https://github.com/Amanieu/parking_lot/issues/101
  it('A3: an upgradable, held or waiting, blocks another and a writer, but no reader', () => {
    const lock = new ReadWriteLock({ policy });
    const lease = lock.upgradable.tryAcquire();
    expect(lock.upgradable.tryAcquire()).toBeUndefined();
    expect(lock.writer.tryAcquire()).toBeUndefined();
    const waiting = lock.upgradable.acquire().subscribe();
    expect(lock.state.waiting).toEqual({ ...NONE, upgradable: 1 });
    expect(lock.reader.tryAcquire()?.mode).toBe('read');
    lease?.release();
    expect(lock.state).toMatchObject({ held: { read: 1, upgradable: 1, write: 0 }, waiting: NONE });
    waiting.unsubscribe();
    expect(lock.upgradable.tryAcquire()?.mode).toBe('upgradable');
  });
});
