import { getEventListeners } from 'node:events';
import { asapScheduler, NEVER } from 'rxjs';
import {
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  type UpgradableLease,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };
const FREE = { held: NOBODY, waiting: NOBODY };

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  let lock: ReadWriteLock;

  beforeEach(() => {
    lock = new ReadWriteLock({ policy });
  });

  it('a waiting upgradable request keeps no reader out', () => {
    const holder = lock.upgradable.tryAcquire();
    const waiter = lock.upgradable.acquire().subscribe();
    expect(lock.state.waiting.upgradable).toBe(1);
    expect(lock.reader.tryAcquire()?.mode).toBe('read');
    holder?.release();
    expect(lock.state).toMatchObject({ held: { read: 1, upgradable: 1 }, waiting: NOBODY });
    waiter.unsubscribe();
  });

  it('an upgradable lease is upgraded a second time', () => {
    const lease = lock.upgradable.tryAcquire() as UpgradableLease;
    for (let time = 0; time < 3; time++) {
      const write = lease.writer.tryAcquire();
      expect(lock.reader.tryAcquire()).toBeUndefined();
      write?.release();
      expect(lock.reader.tryAcquire()?.[Symbol.dispose]()).toBeUndefined();
    }
    lease.release();
    expect(lock.state).toMatchObject({ ...FREE, version: 3 });
  });

  it('an upgrade lets no waiting writer in half-way', () => {
    const log: string[] = [];
    const reader = lock.reader.tryAcquire();
    const lease = lock.upgradable.tryAcquire() as UpgradableLease;
    const writer = lock.writer.acquire().subscribe(() => log.push('writer'));
    lease.writer.acquire().subscribe((write) => {
      log.push(`upgrade at version ${lock.state.version}`);
      write.release();
    });
    reader?.release();
    expect(log).toEqual(['upgrade at version 0']);
    lease.release();
    expect(log).toEqual(['upgrade at version 0', 'writer']);
    writer.unsubscribe();
  });

  it('a reader that reads again does not wait for the writer that waits for it', () => {
    const lease = lock.reader.tryAcquire() as Lease;
    const writer = lock.writer.acquire().subscribe();
    const again = lease.reader.tryAcquire();
    expect(again?.mode).toBe('read');
    lease.release();
    expect(lock.state.waiting.write).toBe(1);
    again?.release();
    expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: NOBODY });
    writer.unsubscribe();
  });

  it('a reader is not forgotten when one writer hands over to another', () => {
    const log: string[] = [];
    const take = (name: string) => (lease: Lease) => {
      log.push(name);
      lease.release();
    };
    const first = lock.writer.tryAcquire();
    lock.reader.acquire().subscribe(take('reader'));
    lock.writer.acquire().subscribe(take('second'));
    lock.reader.acquire().subscribe(take('late reader'));
    first?.release();
    expect(log.sort()).toEqual(['late reader', 'reader', 'second']);
    expect(lock.state).toMatchObject(FREE);
  });

  it('a lock is free as soon as it is released, whoever has stopped waiting', () => {
    jest.useFakeTimers();
    try {
      const lease = lock.writer.tryAcquire();
      const late: string[] = [];
      for (const gate of [lock.writer, lock.reader])
        gate
          .acquire({ waitTimeout: 10 })
          .subscribe({ error: ({ name }: Error) => late.push(name) });
      // A promise has no subscription that would withdraw it as well.
      lock.writer.lease({ waitTimeout: 10 }).catch(() => undefined);
      jest.advanceTimersByTime(10);
      expect(late).toEqual(['LockTimeoutError', 'LockTimeoutError']);
      lease?.release();
      expect([lock.writer.locked, lock.writer.tryAcquire()?.mode]).toEqual([false, 'write']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('a grant leaves no timer and no listener behind', () => {
    jest.useFakeTimers();
    try {
      const { signal } = new AbortController();
      const lease = lock.writer.tryAcquire();
      const waiter = lock.writer.acquire({ signal, waitTimeout: 1_000 }).subscribe();
      const left = () => [jest.getTimerCount(), getEventListeners(signal, 'abort').length];
      expect(left()).toEqual([1, 1]);
      lease?.release();
      expect(left()).toEqual([0, 0]);
      waiter.unsubscribe();
    } finally {
      jest.useRealTimers();
    }
  });

  it('a signal that aborts after the grant takes nothing away', () => {
    const abort = new AbortController();
    const before = lock.writer.tryAcquire();
    const errors: unknown[] = [];
    const holder = NEVER.pipe(withWriteLock(lock, { signal: abort.signal })).subscribe({
      error: (error) => errors.push(error),
    });
    before?.release();
    abort.abort();
    expect([errors, holder.closed, lock.state.held.write]).toEqual([[], false, 1]);
    holder.unsubscribe();
    expect(lock.state).toMatchObject(FREE);
  });

  it('a request that is cancelled between its grant and the delivery keeps nothing', async () => {
    const yielding = new ReadWriteLock({ policy, scheduler: asapScheduler });
    for (const operator of [withReadLock, withWriteLock]) {
      const holder = NEVER.pipe(operator(yielding)).subscribe();
      expect(yielding.state).not.toMatchObject(FREE);
      holder.unsubscribe();
      expect(yielding.state).toMatchObject(FREE);
    }
    await new Promise((resolve) => setTimeout(resolve));
    expect(yielding.writer.tryAcquire()?.mode).toBe('write');
  });

  it('a key that is waited for is not forgotten when its holder lets go', () => {
    const keys = new KeyedReadWriteLock<string>({ policy });
    const holder = keys.for('a').writer.tryAcquire();
    const [waiter, cancelled] = [1, 2].map(() => keys.for('a').writer.acquire().subscribe());
    cancelled?.unsubscribe();
    holder?.release();
    expect(keys.for('a').writer.locked).toBe(true);
    expect(keys.for('a').reader.tryAcquire()).toBeUndefined();
    waiter?.unsubscribe();
    expect(keys.for('a').writer.tryAcquire()?.mode).toBe('write');
  });
});
