import { getEventListeners } from 'node:events';
import { asapScheduler, NEVER, Observable, of, type SchedulerLike, Subscription } from 'rxjs';
import { type Lease, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { logged, unhandled } from '../support/sources.js';
import { IDLE, NONE } from '../support/states.js';

/** Resolves when all that `asapScheduler` is to deliver has been delivered. */
const delivered = () => new Promise((resolve) => setTimeout(resolve));

const slowLock = () => new ReadWriteLock({ scheduler: asapScheduler });

describe('a lock with a scheduler', () => {
  it('A10: it is taken at once, and the source is subscribed later', async () => {
    const lock = slowLock();
    const log: string[] = [];
    logged(log, 'source').pipe(withWriteLock(lock)).subscribe();
    expect(lock.writer.locked).toBe(true);
    expect(log).toEqual([]);
    await delivered();
    expect(log).toEqual(['source subscribed']);
  });

  it('A10: acquire() and lease() deliver on it, too', async () => {
    const lock = slowLock();
    const log: string[] = [];
    lock.reader.acquire().subscribe(() => log.push('acquired'));
    expect(log).toEqual([]);
    await lock.reader.lease();
    expect(log).toEqual(['acquired']);
  });

  it('A10: tryAcquire() answers at once all the same', () => {
    expect(slowLock().writer.tryAcquire()?.mode).toBe('write');
  });

  it('A10: the listener on the signal stays until the delivery, and no longer', async () => {
    const lock = slowLock();
    const lease = lock.writer.tryAcquire();
    const { signal } = new AbortController();
    const listeners = () => getEventListeners(signal, 'abort').length;
    const waiting = NEVER.pipe(withReadLock(lock, { signal })).subscribe();
    expect(listeners()).toBe(1);
    lease?.release();
    const atOnce = NEVER.pipe(withReadLock(lock, { signal })).subscribe();
    const cancelled = NEVER.pipe(withReadLock(lock, { signal })).subscribe();
    expect(listeners()).toBe(3);
    cancelled.unsubscribe();
    expect(listeners()).toBe(2);
    await delivered();
    expect(listeners()).toBe(0);
    expect(lock.state.held.read).toBe(2);
    for (const reader of [waiting, atOnce]) reader.unsubscribe();
  });

  it('A10: what has limited the wait does not end the delivery', async () => {
    const gates = new ReadWriteLock();
    const lock = new ReadWriteLock({ scheduler: gates.writer });
    const reader = gates.reader.tryAcquire();
    const { signal } = new AbortController();
    const first = NEVER.pipe(withWriteLock(lock)).subscribe();
    const second = lock.writer.lease({ signal });
    gates.reader.acquire().subscribe((lease) => {
      lock.reader.acquire().subscribe().unsubscribe();
      lease.release();
    });
    first.unsubscribe();
    reader?.release();
    expect((await second).mode).toBe('write');
  }, 2_000);

  it('A10, C4: a consumer that throws when it is granted does not keep others from their grants', async () => {
    const [one, other] = [slowLock(), slowLock()];
    const log: string[] = [];
    // RxJS guards an observer, but takes a subscription with these methods as a subscriber.
    const throwing = Object.assign(new Subscription(), {
      next(): void {
        throw new Error('granted');
      },
      error: () => undefined,
      complete: () => undefined,
    });
    const errors = await unhandled(() => {
      one.writer.acquire().subscribe(throwing);
      of('served')
        .pipe(withWriteLock(other))
        .subscribe((text) => log.push(text));
    });
    expect(log).toEqual(['served']);
    expect(errors.map(String)).toEqual(['Error: granted']);
  });

  it('A10: a scheduler that throws fails the request, and the lock is released', async () => {
    const scheduler = {
      now: () => 0,
      schedule(): Subscription {
        throw new Error('broken');
      },
    } as SchedulerLike;
    const lock = new ReadWriteLock({ scheduler });
    const log: string[] = [];
    const error = (reason: unknown) => log.push(String(reason));
    lock.writer.acquire().subscribe({ error });
    of(1).pipe(withReadLock(lock)).subscribe({ error });
    await lock.writer.lease().catch(error);
    const lease = lock.writer.tryAcquire();
    of(1).pipe(withReadLock(lock)).subscribe({ error });
    lease?.release();
    expect(log).toEqual(Array.from({ length: 4 }, () => 'Error: broken'));
    expect(lock.state).toMatchObject(IDLE);
  });

  it.each<[string, (gates: ReadWriteLock) => unknown, (gates: ReadWriteLock) => void]>([
    ['is closed', (gates) => gates.complete(), () => undefined],
    ['has failed', (gates) => gates.error('failure'), () => undefined],
    ['fails later', (gates) => gates.writer.tryAcquire(), (gates) => gates.error('failure')],
  ])(
    'A10: a grant that the scheduler cancels is an error, and the lock is free: its lock %s',
    async (_, before, after) => {
      const gates = new ReadWriteLock();
      const lock = new ReadWriteLock({ name: 'settings', scheduler: gates.reader });
      const log: string[] = [];
      before(gates);
      const refusals = await unhandled(() => {
        of('granted')
          .pipe(withWriteLock(lock))
          .subscribe({
            next: (value) => log.push(value),
            error: (error) => log.push(String(error)),
          });
        after(gates);
      });
      expect(log).toEqual(['LockError: settings: its scheduler cancelled a grant']);
      expect(refusals).toHaveLength(1);
      expect(lock.state).toMatchObject(IDLE);
    },
  );

  it('A10, C8: a gate that is the scheduler is released when the state of the lock is settled', () => {
    const gates = new ReadWriteLock();
    const lock = new ReadWriteLock({ scheduler: gates.writer });
    gates.reader.tryAcquire();
    const first = NEVER.pipe(withWriteLock(lock)).subscribe();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    const seen: unknown[] = [];
    new Observable(() => void seen.push(lock.state.held, lock.state.waiting))
      .pipe(withReadLock(gates))
      .subscribe();
    expect(seen).toEqual([]);
    first.unsubscribe();
    expect(seen).toEqual([{ ...NONE, write: 1 }, NONE]);
  });
});

describe('granted but not yet delivered', () => {
  // The request kept the lock for ever: https://github.com/microsoft/vs-threading/issues/201,
  // https://github.com/Effect-TS/effect/pull/6910
  it.each(Object.entries(POLICIES))(
    'B6: under %s a request that was granted at once and is cancelled releases the lock',
    async (_, policy) => {
      const lock = new ReadWriteLock({ policy, scheduler: asapScheduler });
      const log: string[] = [];
      for (const operator of [withReadLock, withWriteLock]) {
        const request = logged(log, 'source').pipe(operator(lock)).subscribe();
        expect(lock.state).not.toMatchObject(IDLE);
        request.unsubscribe();
        expect(lock.state).toMatchObject(IDLE);
      }
      await delivered();
      expect(log).toEqual([]);
      expect(lock.writer.tryAcquire()?.mode).toBe('write');
    },
  );

  // The next request was never granted: https://github.com/python/asyncio/issues/270
  it.each(Object.entries(POLICIES))(
    'B6: under %s a request that waited and is cancelled passes the lock on',
    async (_, policy) => {
      for (const operator of [withReadLock, withWriteLock]) {
        const lock = new ReadWriteLock({ policy, scheduler: asapScheduler });
        const log: string[] = [];
        const lease = lock.writer.tryAcquire();
        const first = logged(log, 'first').pipe(operator(lock)).subscribe();
        logged(log, 'second').pipe(withWriteLock(lock)).subscribe();
        lease?.release();
        first.unsubscribe();
        await delivered();
        expect(log).toEqual(['second subscribed']);
        expect(lock.state).toMatchObject({ held: { ...NONE, write: 1 }, waiting: NONE });
      }
    },
  );

  it('B6: the lock is passed on once, also if the request is cancelled twice', async () => {
    const lock = slowLock();
    const log: string[] = [];
    const first = logged(log, 'first').pipe(withWriteLock(lock)).subscribe();
    logged(log, 'second').pipe(withWriteLock(lock)).subscribe();
    const third = logged(log, 'third').pipe(withWriteLock(lock)).subscribe();
    first.unsubscribe();
    first.unsubscribe();
    expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: { write: 1 } });
    await delivered();
    expect(log).toEqual(['second subscribed']);
    third.unsubscribe();
  });

  it('B6: a scheduler that runs what has been cancelled subscribes no source', () => {
    const work: (() => void)[] = [];
    const schedule = (deliver: () => void) => {
      work.push(deliver);
      return new Subscription();
    };
    const lock = new ReadWriteLock({ scheduler: { now: Date.now, schedule } as SchedulerLike });
    const log: string[] = [];
    logged(log, 'source').pipe(withWriteLock(lock)).subscribe().unsubscribe();
    for (const deliver of work) deliver();
    expect([work.length, log]).toEqual([1, []]);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('B6, E4: when the lock fails, the request errors and never subscribes its source', async () => {
    const lock = slowLock();
    const log: string[] = [];
    logged(log, 'source')
      .pipe(withReadLock(lock))
      .subscribe({ error: (error) => log.push(`failed ${error}`) });
    lock.error('down');
    await delivered();
    expect(log).toEqual(['failed down']);
    expect(lock.state.held).toEqual(NONE);
  });

  it('A10, B4: a grant whose signal has aborted is not given to the scheduler', () => {
    let calls = 0;
    const scheduler: SchedulerLike = {
      now: () => 0,
      schedule() {
        calls++;
        return Subscription.EMPTY;
      },
    };
    const lock = new ReadWriteLock({ scheduler });
    const errors: unknown[] = [];
    const abort = new AbortController();
    const lease = lock.writer.tryAcquire();
    // This listener is called before that of the request, and causes its grant.
    abort.signal.addEventListener('abort', () => lease?.release());
    lock.writer
      .acquire({ signal: abort.signal })
      .subscribe({ error: (error: unknown) => errors.push(error) });
    abort.abort('late');
    expect([calls, errors, lock.state.held]).toEqual([0, ['late'], NONE]);
  });

  it('B6, F1: an action that is cancelled while its delivery waits for a gate does not run', () => {
    const gates = new ReadWriteLock();
    const lock = new ReadWriteLock({ scheduler: gates.writer });
    const reader = gates.reader.tryAcquire();
    const log: string[] = [];
    const lease = lock.reader.tryAcquire();
    const action: Subscription = lock.writer.schedule(() => log.push('runs'));
    gates.subscribe(({ waiting }) => waiting.write > 0 && action.unsubscribe());
    lease?.release();
    expect(gates.state.waiting.write).toBe(0);
    reader?.release();
    expect(log).toEqual([]);
    expect(lock.state.held.write).toBe(0);
  });

  it('B6, F1: an action that is cancelled when the gate of its delivery is granted does not run', () => {
    const gates = new ReadWriteLock();
    const lock = new ReadWriteLock({ scheduler: gates.writer });
    const log: string[] = [];
    const lease = lock.reader.tryAcquire() as Lease;
    const action: Subscription = lock.writer.schedule(() => log.push('runs'));
    gates.subscribe(({ held }) => held.write > 0 && action.unsubscribe());
    lease.release();
    expect(log).toEqual([]);
    expect([lock.state.held, gates.state.held]).toEqual([NONE, NONE]);
  });
});
