import { finalize, map, NEVER, type Observer, of, skip, Subject, take, tap } from 'rxjs';
import {
  type Lease,
  LockClosedError,
  type LockRequest,
  type LockState,
  ReadWriteLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { logged, unhandled } from '../support/sources.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };

/** What an observer was told, in words. */
function record<T>(log: unknown[], name = ''): Observer<T> {
  return {
    next: (value) => log.push([name, value].filter((part) => part !== '')),
    error: (reason) => log.push(`${name} failed: ${String(reason)}`),
    complete: () => log.push(`${name} completed`),
  };
}

describe('states come out', () => {
  it('E1: each state is frozen, all the way down', () => {
    const states: LockState[] = [];
    new ReadWriteLock().subscribe((state) => states.push(state));
    const [state] = states as [LockState];
    expect([state, state.held, state.waiting].every(Object.isFrozen)).toBe(true);
  });

  it('E1: states arrive in order, for every observer, also when one calls back into the lock', () => {
    const lock = new ReadWriteLock();
    const seen: number[][] = [[], []];
    lock.subscribe(({ held }) => {
      seen[0]?.push(held.read);
      if (held.read < 5) lock.reader.tryAcquire();
    });
    lock.subscribe(({ held }) => seen[1]?.push(held.read));
    lock.reader.tryAcquire();
    expect(seen).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [5, 6],
    ]);
  });

  it('E1: who subscribes inside a notification gets the current state, and none that is older', () => {
    const lock = new ReadWriteLock();
    const late: number[] = [];
    lock.reader.tryAcquire();
    lock.pipe(take(2)).subscribe(({ held }) => {
      if (held.read !== 2) return;
      lock.reader.tryAcquire();
      lock.subscribe(({ held }) => late.push(held.read));
    });
    lock.reader.tryAcquire();
    expect(late).toEqual([3]);
  });

  it('E1: the first state comes first, also when an operator calls back before it passes it on', () => {
    const lock = new ReadWriteLock();
    const seen: number[] = [];
    lock
      .pipe(tap(({ held }) => held.read < 2 && lock.reader.tryAcquire()))
      .subscribe(({ held }) => seen.push(held.read));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('E1: who leaves and comes back inside a notification misses nothing', () => {
    const lock = new ReadWriteLock();
    const seen: number[] = [];
    lock.pipe(skip(1), take(1)).subscribe({
      complete: () => {
        lock.reader.tryAcquire();
        lock.subscribe(({ held }) => seen.push(held.read));
      },
    });
    lock.reader.tryAcquire();
    expect([seen, lock.state.held.read]).toEqual([[2], 2]);
  });

  it('E1: states are told before the grant that they announce is delivered', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const lease = lock.writer.tryAcquire();
    lock.pipe(skip(1)).subscribe(({ held }) => log.push(`${held.read} hold`));
    logged(log, 'reader').pipe(withReadLock(lock)).subscribe();
    lease?.release();
    expect(log).toEqual(['0 hold', '0 hold', '1 hold', 'reader subscribed']);
  });

  it('E1: an observer whose teardown throws stops neither the lock nor other observers', async () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const fail = () => {
      throw new Error('teardown');
    };
    lock
      .pipe(
        map(({ version }) => (version > 0 ? fail() : version)),
        finalize(fail),
      )
      .subscribe({ error: () => undefined });
    lock.pipe(finalize(fail)).subscribe();
    lock.subscribe({ complete: () => log.push('completed') });
    const lease = lock.writer.tryAcquire();
    of(1)
      .pipe(withWriteLock(lock))
      .subscribe(() => log.push('served'));
    await unhandled(() => {
      lease?.release();
      lock.complete();
    });
    expect(log).toEqual(['served', 'completed']);
  });

  it('E1: nothing is built while nobody subscribes', () => {
    const lock = new ReadWriteLock();
    const freeze = jest.spyOn(Object, 'freeze');
    try {
      const observer = lock.subscribe();
      lock.reader.tryAcquire()?.release();
      expect(freeze).toHaveBeenCalled();
      observer.unsubscribe();
      freeze.mockClear();
      lock.reader.tryAcquire()?.release();
      NEVER.pipe(withWriteLock(lock)).subscribe().unsubscribe();
      expect(freeze).not.toHaveBeenCalled();
    } finally {
      freeze.mockRestore();
    }
  });

  it('E6: locked and state answer synchronously', () => {
    const lock = new ReadWriteLock();
    const locked = () => [lock.reader.locked, lock.upgradable.locked, lock.writer.locked];
    expect(locked()).toEqual([false, false, false]);
    const reader = lock.reader.tryAcquire();
    const upgradable = lock.upgradable.tryAcquire();
    expect(locked()).toEqual([true, true, false]);
    reader?.release();
    upgradable?.release();
    lock.writer.tryAcquire();
    expect(locked()).toEqual([false, false, true]);
    expect(lock.state).toEqual({
      held: { ...NOBODY, write: 1 },
      waiting: NOBODY,
      version: 0,
      closed: false,
    });
  });
});

describe('completing', () => {
  it('E3: an idle lock completes at once, and for those that subscribe later', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    lock.subscribe(record(log, 'early'));
    lock.complete();
    lock.subscribe(record(log, 'late'));
    const open = { held: NOBODY, waiting: NOBODY, version: 0, closed: false };
    const closed = { ...open, closed: true };
    expect(log).toEqual([
      ['early', open],
      ['early', closed],
      'early completed',
      ['late', closed],
      'late completed',
    ]);
  });

  it('E3: a closed lock refuses on every way in', async () => {
    const lock = new ReadWriteLock({ name: 'accounts' });
    lock.complete();
    const log: unknown[] = [];
    of(1).pipe(withReadLock(lock)).subscribe(record(log, 'operator'));
    lock.writer.acquire().subscribe(record(log, 'acquire'));
    await expect(lock.reader.lease()).rejects.toThrow(LockClosedError);
    expect(() => lock.writer.tryAcquire()).toThrow(LockClosedError);
    expect(log).toEqual([
      'operator failed: LockClosedError: accounts: no read after it has been closed',
      'acquire failed: LockClosedError: accounts: no write after it has been closed',
    ]);
  });

  it('E3: the stream completes when the last waiter has been served or has gone', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const holder = lock.writer.tryAcquire();
    const waiter = NEVER.pipe(withWriteLock(lock)).subscribe();
    lock.subscribe({ complete: () => log.push('completed') });
    lock.complete();
    holder?.release();
    expect(log).toEqual([]);
    waiter.unsubscribe();
    expect(log).toEqual(['completed']);
  });

  it('E3, E4: an observer that closes or fails the lock hears of its end', () => {
    const log: unknown[] = [];
    const closed = new ReadWriteLock();
    closed.subscribe({
      next: ({ closed: isClosed }) => !isClosed && closed.complete(),
      complete: () => log.push('completed'),
    });
    const failed = new ReadWriteLock();
    failed.subscribe({
      next: ({ closed: isClosed }) => !isClosed && failed.error('down'),
      error: (reason) => log.push(reason),
    });
    expect(log).toEqual(['completed', 'down']);
  });

  it('E3: completing twice changes nothing', () => {
    const lock = new ReadWriteLock();
    const states: LockState[] = [];
    lock.reader.tryAcquire();
    lock.subscribe((state) => states.push(state));
    lock.complete();
    lock.complete();
    expect(states.map(({ closed }) => closed)).toEqual([false, true]);
  });
});

describe('failing', () => {
  it('E4: waiters error in queue order, then holders; then the stream does', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    const error = (name: string) => ({
      error: (reason: unknown) => log.push(`${name} ${String(reason)}`),
    });
    logged(log as string[], 'holder')
      .pipe(withReadLock(lock))
      .subscribe(error('holder'));
    of(1).pipe(withWriteLock(lock)).subscribe(error('first'));
    of(1).pipe(withReadLock(lock)).subscribe(error('second'));
    of(1).pipe(withWriteLock(lock)).subscribe(error('third'));
    lock.subscribe(error('states'));
    lock.error('down');
    expect(log).toEqual([
      'holder subscribed',
      'first down',
      'second down',
      'third down',
      'holder down',
      'holder torn down',
      'states down',
    ]);
  });

  it('E4: later requests error with the reason, and so do later subscribers', async () => {
    const lock = new ReadWriteLock();
    lock.error('down');
    const log: unknown[] = [];
    of(1).pipe(withWriteLock(lock)).subscribe(record(log, 'operator'));
    lock.subscribe({ error: (reason) => log.push(`states failed: ${reason}`) });
    await expect(lock.reader.lease()).rejects.toBe('down');
    expect(() => lock.reader.tryAcquire()).toThrow('down');
    expect(log).toEqual(['operator failed: down', 'states failed: down']);
  });

  it('E4: any reason will do, also undefined', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    NEVER.pipe(withReadLock(lock)).subscribe({ error: (reason) => log.push(reason) });
    lock.error(undefined);
    of(1)
      .pipe(withReadLock(lock))
      .subscribe({ error: (reason) => log.push(reason) });
    expect(log).toEqual([undefined, undefined]);
  });

  it('E4: leases are revoked', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    lock.error('down');
    expect(lease?.released).toBe(true);
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY, closed: true, version: 1 });
  });

  it('E4: who was granted but not called back yet errors, and is never subscribed', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const lease = lock.writer.tryAcquire();
    logged(log, 'first', () => lock.error('down'))
      .pipe(withReadLock(lock))
      .subscribe({ error: (reason) => log.push(`first ${reason}`) });
    logged(log, 'second')
      .pipe(withReadLock(lock))
      .subscribe({ error: (reason) => log.push(`second ${reason}`) });
    lease?.release();
    expect(log).toEqual(['first subscribed', 'first down', 'second down', 'first torn down']);
    expect(lock.state.held).toEqual(NOBODY);
  });

  it('E4: a request that fails the lock while its own grant is announced is not subscribed', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    lock.subscribe({
      next: ({ held }) => held.write > 0 && lock.error('down'),
      error: () => undefined,
    });
    logged(log, 'source')
      .pipe(withWriteLock(lock))
      .subscribe({ error: (reason) => log.push(`failed ${reason}`) });
    expect(log).toEqual(['failed down']);
  });

  it('E4: a consumer that throws does not spare the others', async () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    lock.writer.tryAcquire();
    const throws = () => {
      throw new Error('consumer');
    };
    of(1).pipe(withReadLock(lock)).subscribe({ error: throws });
    of(1)
      .pipe(withReadLock(lock))
      .subscribe({ error: (reason) => log.push(reason) });
    expect(await unhandled(() => lock.error('down'))).toEqual([new Error('consumer')]);
    expect(log).toEqual(['down']);
  });

  it('E4: tryAcquire() throws the reason where an observer fails the lock while it is granted', () => {
    const lock = new ReadWriteLock();
    lock.subscribe({
      next: ({ held }) => held.write > 0 && lock.error('down'),
      error: () => undefined,
    });
    expect(() => lock.writer.tryAcquire()).toThrow('down');
  });

  it('E4: failing a lock that has completed or failed changes nothing', () => {
    const lock = new ReadWriteLock();
    lock.complete();
    lock.error('down');
    expect(() => lock.reader.tryAcquire()).toThrow(LockClosedError);
    const failed = new ReadWriteLock();
    failed.error('first');
    failed.error('second');
    expect(() => failed.reader.tryAcquire()).toThrow('first');
  });
});

describe('requests go in', () => {
  it('E5: a stream of requests can be subscribed with the lock as its observer', () => {
    const lock = new ReadWriteLock();
    const requests = new Subject<LockRequest>();
    const log: string[] = [];
    const leases: Lease[] = [];
    const request = (mode: 'read' | 'write'): LockRequest => ({
      mode,
      granted: (lease) => {
        log.push(`${lease.mode} granted`);
        leases.push(lease);
      },
    });
    requests.subscribe(lock);
    requests.next(request('write'));
    requests.next(request('read'));
    expect(log).toEqual(['write granted']);
    leases[0]?.release();
    expect(log).toEqual(['write granted', 'read granted']);
    requests.complete();
    expect(lock.state.closed).toBe(true);
  });

  it('E5: an error of the stream of requests fails the lock', () => {
    const lock = new ReadWriteLock();
    const requests = new Subject<LockRequest>();
    const log: unknown[] = [];
    requests.subscribe(lock);
    const failed = (error: unknown) => log.push(error);
    requests.next({ mode: 'write', granted: () => undefined, failed });
    requests.next({ mode: 'read', granted: () => undefined, failed });
    requests.error('down');
    expect(log).toEqual(['down', 'down']);
  });

  it('E5: every gate asks through next', async () => {
    const modes: string[] = [];
    class Watched extends ReadWriteLock {
      override next(request: LockRequest): void {
        modes.push(request.mode);
        super.next(request);
      }
    }
    const lock = new Watched();
    of(1).pipe(withReadLock(lock)).subscribe();
    lock.upgradable.acquire().subscribe().unsubscribe();
    const lease = await lock.writer.lease();
    lease.reader.acquire().subscribe();
    expect(modes).toEqual(['read', 'upgradable', 'write', 'read']);
  });

  it('E5: a granted callback that throws releases the lease; the error is reported', async () => {
    const lock = new ReadWriteLock();
    const granted = () => {
      throw new Error('granted');
    };
    expect(await unhandled(() => lock.next({ mode: 'write', granted }))).toEqual([
      new Error('granted'),
    ]);
    expect(lock.writer.locked).toBe(false);
  });

  it('E5: a refusal that nobody listens to is reported as unhandled', async () => {
    const lock = new ReadWriteLock();
    lock.complete();
    const errors = await unhandled(() => lock.next({ mode: 'read', granted: () => undefined }));
    expect(errors).toEqual([expect.any(LockClosedError)]);
  });
});
