import { finalize, map, NEVER, type Observer, of, skip, Subject, take, tap } from 'rxjs';
import {
  KeyedReadWriteLock,
  type Lease,
  LockClosedError,
  type LockRequest,
  type LockState,
  ReadWriteLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { formatState } from 'rxjs-rwlock/testing';
import { logged, unhandled } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';

/** An observer that writes down what it is told. */
function record<T>(log: unknown[], name = ''): Observer<T> {
  return {
    next: (value) => log.push([name, value].filter((part) => part !== '')),
    error: (reason) => log.push(`${name} failed: ${String(reason)}`),
    complete: () => log.push(`${name} completed`),
  };
}

describe('the states', () => {
  it('E1: each is frozen, all the way down', () => {
    const states: LockState[] = [];
    new ReadWriteLock().subscribe((state) => states.push(state));
    const [state] = states as [LockState];
    expect([state, state.held, state.waiting].every(Object.isFrozen)).toBe(true);
  });

  it('E1: a hand-over from one owner to the next is one state', () => {
    const { lock, lease } = busyLock();
    const readers = [1, 2].map(() => lock.reader.acquire().subscribe());
    const writer = lock.writer.acquire().subscribe();
    const states: string[] = [];
    lock.subscribe((state) => states.push(formatState(state)));
    lease.release();
    for (const reader of readers) reader.unsubscribe();
    writer.unsubscribe();
    expect(states).toEqual(['w/rrw@0', 'rr/w@1', 'r/w@1', 'w@1', '-@2']);
  });

  it('E1: a hand-over by a downgrade, by a timeout or by an abort is one state', () => {
    jest.useFakeTimers();
    try {
      const lock = new ReadWriteLock();
      const lease = lock.writer.tryAcquire();
      lock.reader.acquire().subscribe();
      const controller = new AbortController();
      const error = () => undefined;
      lock.writer.acquire({ waitTimeout: 5 }).subscribe({ error });
      lock.reader.acquire().subscribe();
      lock.writer.acquire({ signal: controller.signal }).subscribe({ error });
      lock.reader.acquire().subscribe();
      const states: string[] = [];
      lock.subscribe((state) => states.push(formatState(state, false)));
      lease?.downgrade('read');
      jest.advanceTimersByTime(5);
      controller.abort();
      expect(states).toEqual(['w/rrrww', 'rr/rrww', 'rrr/rw', 'rrrr']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('E1: they arrive in order, for every observer, also when one calls back into the lock', () => {
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

  it('E1: each is fixed when it settles, before any observer is told', () => {
    const lock = new ReadWriteLock();
    const seen: string[] = [];
    lock.pipe(skip(1), take(1)).subscribe(() => {
      lock.reader.tryAcquire();
      lock.reader.tryAcquire();
    });
    lock.subscribe((state) => seen.push(formatState(state)));
    lock.reader.tryAcquire();
    expect(seen).toEqual(['-@0', 'r@0', 'rr@0', 'rrr@0']);
  });

  it('E1: an observer that subscribes inside a notification gets the current one first', () => {
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

  it('E1: the current one comes first, also when an operator calls back before it passes it on', () => {
    const lock = new ReadWriteLock();
    const seen: number[] = [];
    lock
      .pipe(tap(({ held }) => held.read < 2 && lock.reader.tryAcquire()))
      .subscribe(({ held }) => seen.push(held.read));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('E1: an observer that unsubscribes and comes back inside a notification misses none', () => {
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

  it('E1: they are told before the grant that they announce is delivered', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    lock.pipe(skip(1)).subscribe((state) => log.push(formatState(state, false)));
    logged(log, 'reader').pipe(withReadLock(lock)).subscribe();
    lease.release();
    expect(log).toEqual(['w/r', 'r', 'reader subscribed']);
  });

  it('E1: they are told before that grant, also if an observer makes a request that is refused', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    const error = () => log.push('refused');
    logged(log, 'reader').pipe(withReadLock(lock)).subscribe();
    lock
      .pipe(skip(1), take(1))
      .subscribe(() => lock.writer.acquire({ ifAvailable: true }).subscribe({ error }));
    lock.pipe(skip(1)).subscribe((state) => log.push(formatState(state, false)));
    lease.release();
    expect(log).toEqual(['refused', 'r', 'reader subscribed']);
  });

  it('E1: they are told before that grant, also if an observer releases another key', () => {
    const locks = new KeyedReadWriteLock<string>();
    const [lock, other] = [locks.for('a'), locks.for('b').writer.tryAcquire()];
    const lease = lock.writer.tryAcquire();
    const log: string[] = [];
    logged(log, 'reader').pipe(withReadLock(lock)).subscribe();
    lock.pipe(skip(1), take(1)).subscribe(() => other?.release());
    lock.pipe(skip(1)).subscribe((state) => log.push(formatState(state, false)));
    lease?.release();
    expect([other?.released, log]).toEqual([true, ['r', 'reader subscribed']]);
  });

  it('E1: an observer whose release causes a grant is told of that before it is delivered', () => {
    const lock = new ReadWriteLock();
    const leases = [1, 2].map(() => lock.reader.tryAcquire() as Lease);
    const log: string[] = [];
    logged(log, 'writer').pipe(withWriteLock(lock)).subscribe();
    lock.pipe(skip(1)).subscribe((state) => {
      log.push(formatState(state, false));
      leases[1]?.release();
    });
    leases[0]?.release();
    expect(log).toEqual(['r/w', 'w', 'writer subscribed']);
  });

  it('E1: an observer whose teardown throws stops neither the lock nor other observers', async () => {
    const { lock, lease } = busyLock();
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
    of(1)
      .pipe(withWriteLock(lock))
      .subscribe(() => log.push('served'));
    const errors = await unhandled(() => {
      lease.release();
      lock.complete();
    });
    expect(log).toEqual(['served', 'completed']);
    expect(errors).toHaveLength(2);
    for (const error of errors) expect(String(error)).toContain('teardown');
  });

  it('E1: what an observer of the core throws is reported, and keeps no grant back', async () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    logged(log, 'reader').pipe(withReadLock(lock)).subscribe();
    const tell = () => {
      throw new Error('tell');
    };
    lock.core.observe({ note: () => true, settle: () => undefined, tell }, undefined);
    lock.pipe(skip(1)).subscribe((state) => log.push(formatState(state, false)));
    const errors = await unhandled(() => lease.release());
    expect([String(errors), log]).toEqual(['Error: tell', ['r', 'reader subscribed']]);
  });

  it('E1: none is built without subscribers', () => {
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

  it('E1: state is the same object until it changes, and the one that is emitted', () => {
    const lock = new ReadWriteLock();
    const { state } = lock;
    expect(lock.state).toBe(state);
    const lease = lock.reader.tryAcquire();
    const held = lock.state;
    expect(held).not.toBe(state);
    expect(lock.state).toBe(held);
    const states: LockState[] = [];
    lock.subscribe((state) => states.push(state));
    expect(lock.writer.tryAcquire()).toBeUndefined();
    lock.reader.acquire({ ifAvailable: true }).subscribe().unsubscribe();
    lease?.release();
    expect(states.map((state) => formatState(state))).toEqual(['r@0', 'rr@0', 'r@0', '-@0']);
    expect(states[0]).toBe(held);
    expect(states.at(-1)).toBe(lock.state);
    lock.complete();
    expect(lock.state).not.toBe(states.at(-2));
    expect(lock.state.closed).toBe(true);
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
      held: { ...NONE, write: 1 },
      waiting: NONE,
      version: 0,
      closed: false,
    });
  });
});

describe('completing the lock', () => {
  it('E3: an idle lock completes at once, also for observers that subscribe later', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    lock.subscribe(record(log, 'early'));
    lock.complete();
    lock.subscribe(record(log, 'late'));
    const open = { held: NONE, waiting: NONE, version: 0, closed: false };
    const closed = { ...open, closed: true };
    expect(log).toEqual([
      ['early', open],
      ['early', closed],
      'early completed',
      ['late', closed],
      'late completed',
    ]);
  });

  it('E3: a closed lock refuses every kind of request', async () => {
    const lock = new ReadWriteLock({ name: 'accounts' });
    lock.complete();
    const log: unknown[] = [];
    of(1).pipe(withReadLock(lock)).subscribe(record(log, 'operator'));
    lock.writer.acquire().subscribe(record(log, 'acquire'));
    await expect(lock.reader.lease()).rejects.toThrow(LockClosedError);
    expect(() => lock.writer.tryAcquire()).toThrow(LockClosedError);
    expect(log).toEqual([
      "operator failed: LockClosedError: accounts: can't acquire read, the lock is closed",
      "acquire failed: LockClosedError: accounts: can't acquire write, the lock is closed",
    ]);
  });

  it('E3: the states complete when the last waiting request has been served or cancelled', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const lease = lock.writer.tryAcquire();
    const writer = NEVER.pipe(withWriteLock(lock)).subscribe();
    lock.subscribe({ complete: () => log.push('completed') });
    lock.complete();
    lease?.release();
    expect(log).toEqual([]);
    writer.unsubscribe();
    expect(log).toEqual(['completed']);
  });

  it('E3, E4: an observer that closes or fails the lock is told of the end of the states', () => {
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

describe('failing the lock', () => {
  it('E4: waiting requests error in the order of the queue, then owners, then the states', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    const error = (name: string) => ({
      error: (reason: unknown) => log.push(`${name} ${String(reason)}`),
    });
    logged(log as string[], 'owner')
      .pipe(withReadLock(lock))
      .subscribe(error('owner'));
    of(1).pipe(withWriteLock(lock)).subscribe(error('first'));
    of(1).pipe(withReadLock(lock)).subscribe(error('second'));
    of(1).pipe(withWriteLock(lock)).subscribe(error('third'));
    lock.subscribe(error('states'));
    lock.error('down');
    expect(log).toEqual([
      'owner subscribed',
      'first down',
      'second down',
      'third down',
      'owner down',
      'owner torn down',
      'states down',
    ]);
  });

  it('E4: later requests and later observers error with the reason, too', async () => {
    const lock = new ReadWriteLock();
    lock.error('down');
    const log: unknown[] = [];
    of(1).pipe(withWriteLock(lock)).subscribe(record(log, 'operator'));
    lock.subscribe({ error: (reason) => log.push(`states failed: ${reason}`) });
    await expect(lock.reader.lease()).rejects.toBe('down');
    expect(() => lock.reader.tryAcquire()).toThrow('down');
    expect(log).toEqual(['operator failed: down', 'states failed: down']);
  });

  it('E4: the reason may be anything, also undefined', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    NEVER.pipe(withReadLock(lock)).subscribe({ error: (reason) => log.push(reason) });
    lock.error(undefined);
    of(1)
      .pipe(withReadLock(lock))
      .subscribe({ error: (reason) => log.push(reason) });
    expect(log).toEqual([undefined, undefined]);
  });

  it('E4: leases are released', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    lock.error('down');
    expect(lease?.released).toBe(true);
    expect(lock.state).toMatchObject({ held: NONE, waiting: NONE, closed: true, version: 1 });
  });

  it('E4: a request that is granted and not yet called back errors, and its source is never subscribed', () => {
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
    expect(lock.state.held).toEqual(NONE);
  });

  it('E4: a request whose grant makes an observer of the states fail the lock errors, too', () => {
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

  it('E4: a consumer that throws does not keep others from being failed', async () => {
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

  it('E4: tryAcquire() throws the reason if its grant makes an observer fail the lock', () => {
    const lock = new ReadWriteLock();
    lock.subscribe({
      next: ({ held }) => held.write > 0 && lock.error('down'),
      error: () => undefined,
    });
    expect(() => lock.writer.tryAcquire()).toThrow('down');
  });

  it('E4: a waiting request leaves when it is told, and not before', () => {
    const { lock } = busyLock();
    const waiting: number[] = [];
    const error = () => waiting.push(lock.state.waiting.read);
    for (let i = 0; i < 3; i++) lock.reader.acquire().subscribe({ error });
    lock.error('down');
    expect(waiting).toEqual([3, 2, 1]);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('E4: the waiting upgrade and the nested leases of an owner fail, too', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const outer = lock.upgradable.tryAcquire() as Lease;
    lock.reader.tryAcquire();
    const nested = outer.reader.tryAcquire();
    outer.writer.acquire().subscribe({ error: (reason) => log.push(`upgrade ${reason}`) });
    lock.error('down');
    expect(log).toEqual(['upgrade down']);
    expect([outer.released, nested?.released]).toEqual([true, true]);
    expect(lock.state).toMatchObject(IDLE);
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

describe('requests as values', () => {
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

  it('E5: they take the conditions of a request', () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    const failed = (error: unknown) => log.push((error as Error).name);
    const granted = (lease: Lease) => {
      log.push(`${lease.mode} granted`);
      lease.release();
    };
    lock.next({ mode: 'read', ifAvailable: true, granted, failed });
    lock.next({ mode: 'read', signal: AbortSignal.abort(new Error('gone')), granted, failed });
    lock.next({ mode: 'write', priority: 1, granted, failed });
    lock.next({ mode: 'read', priority: 2, granted, failed });
    expect(log).toEqual(['LockUnavailableError', 'Error']);
    lease.release();
    expect(log.slice(2)).toEqual(['read granted', 'write granted']);
  });

  it('E4, E5: a request whose grant makes an observer fail the lock is told the failure only', () => {
    const [lock, log]: [ReadWriteLock, string[]] = [new ReadWriteLock(), []];
    lock.subscribe({
      next: ({ held }) => held.write > 0 && lock.error('failure'),
      error: () => undefined,
    });
    lock.next({
      mode: 'write',
      granted: () => log.push('granted'),
      failed: (error) => log.push(String(error)),
    });
    expect(log).toEqual(['failure']);
  });

  it('E5: a granted function that throws releases the lease, and the error is reported', async () => {
    const lock = new ReadWriteLock();
    const granted = () => {
      throw new Error('granted');
    };
    expect(await unhandled(() => lock.next({ mode: 'write', granted }))).toEqual([
      new Error('granted'),
    ]);
    expect(lock.writer.locked).toBe(false);
  });

  it('E5: a refusal without a failed function is reported as unhandled', async () => {
    const lock = new ReadWriteLock();
    lock.complete();
    const errors = await unhandled(() => lock.next({ mode: 'read', granted: () => undefined }));
    expect(errors).toEqual([expect.any(LockClosedError)]);
  });
});
