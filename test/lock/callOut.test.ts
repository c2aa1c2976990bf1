import {
  asapScheduler,
  fromEvent,
  NEVER,
  Observable,
  of,
  type SchedulerLike,
  Subscription,
  takeUntil,
} from 'rxjs';
import {
  allOf,
  type Gate,
  type Lease,
  ReadWriteLock,
  traceLock,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { unhandled } from '../support/sources.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };
const none = () => undefined;

/** A signal that can not be left. */
const STUCK = {
  aborted: false,
  addEventListener: none,
  removeEventListener() {
    throw new Error('stuck');
  },
} as unknown as AbortSignal;

describe('A7: a signal that several requests share', () => {
  it('starts nobody by its abort', () => {
    const lock = new ReadWriteLock();
    const other = new ReadWriteLock();
    const { signal, abort } = sharedSignal();
    const log: string[] = [];
    const aborted$ = fromEvent(signal, 'abort');
    const job = (name: string, gate: Gate = lock.writer) =>
      new Observable(() => void log.push(name))
        // eslint-disable-next-line rxjs-x/no-unsafe-takeuntil -- the lock is to be let go by the abort
        .pipe(takeUntil(aborted$), withGate(gate, { signal }))
        .subscribe({ error: (reason: unknown) => log.push(`${name} ${String(reason)}`) });
    job('1');
    job('2');
    job('3', allOf(lock.writer, other.writer));
    abort();
    expect(log).toEqual(['1', '2 stop', '3 stop']);
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
    expect(other.state.held).toEqual(NOBODY);
  });

  it('grants nothing to who waits behind one that it ends', async () => {
    const lock = new ReadWriteLock();
    const { signal, abort } = sharedSignal();
    lock.reader.tryAcquire();
    const leases = [lock.writer, lock.reader].map((gate) => gate.lease({ signal }));
    abort();
    const results = await Promise.allSettled(leases);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(lock.state.held).toEqual({ ...NOBODY, read: 1 });
  });

  function sharedSignal() {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort('stop') };
  }
});

it('A7: a signal without a timeout limits the wait for no time', async () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  const { signal } = new AbortController();
  const waiting = lock.reader.lease({ signal });
  await new Promise((resolve) => setTimeout(resolve, 20));
  lease?.release();
  expect((await waiting).mode).toBe('read');
});

it('F1: an action that an observer cancels when it is granted does not run', async () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  const action = lock.writer.schedule(() => log.push('runs'), 1);
  lock.subscribe(({ held }) => held.write > 0 && action.unsubscribe());
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(log).toEqual([]);
  expect(lock.state).toMatchObject({ held: NOBODY, version: 1 });
});

describe('A10: a scheduler of grants', () => {
  it('C4: whose action throws keeps no other from its grant', async () => {
    const [one, other] = [1, 2].map(() => new ReadWriteLock({ scheduler: asapScheduler }));
    const log: string[] = [];
    const rude = Object.assign(new Subscription(), {
      next(): void {
        throw new Error('granted');
      },
      error: none,
      complete: none,
    });
    const errors = await unhandled(() => {
      one?.writer.acquire().subscribe(rude);
      of('served')
        .pipe(withWriteLock(other as ReadWriteLock))
        .subscribe((text) => log.push(text));
    });
    expect(log).toEqual(['served']);
    expect(errors.map(String)).toEqual(['Error: granted']);
  });

  it('that throws itself fails the request, and keeps nothing', async () => {
    const broken = {
      now: () => 0,
      schedule(): Subscription {
        throw new Error('broken');
      },
    } as SchedulerLike;
    const lock = new ReadWriteLock({ scheduler: broken });
    const log: string[] = [];
    const error = (reason: unknown) => log.push(String(reason));
    lock.writer.acquire().subscribe({ error });
    of(1).pipe(withReadLock(lock)).subscribe({ error });
    await lock.writer.lease().catch(error);
    const lease = lock.writer.tryAcquire();
    of(1).pipe(withReadLock(lock)).subscribe({ error });
    lease?.release();
    expect(log).toEqual(Array.from({ length: 4 }, () => 'Error: broken'));
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
  });

  it('C8: that is a gate is left when the state of the lock is settled', () => {
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
    expect(seen).toEqual([{ ...NOBODY, write: 1 }, NOBODY]);
  });
});

describe('a signal that is none of the platform', () => {
  it('H2: is refused where it can not be left', () => {
    const lock = new ReadWriteLock();
    const signal = { aborted: false, addEventListener: none } as unknown as AbortSignal;
    expect(() => lock.reader.acquire({ signal })).toThrow('signal.removeEventListener');
  });

  it.each([
    ['lets the request in', (lease: Lease) => lease.release()],
    ['fails the lock', (_: Lease, lock: ReadWriteLock) => lock.error('gone')],
  ])('A7: is left where listening to it %s', async (_, act) => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire() as Lease;
    let listeners = 0;
    const signal = {
      aborted: false,
      addEventListener() {
        listeners++;
        act(lease, lock);
      },
      removeEventListener: () => listeners--,
    } as unknown as AbortSignal;
    await lock.reader.lease({ signal }).catch(none);
    expect(listeners).toBe(0);
  });

  it.each([
    ['one lock', (lock: ReadWriteLock) => lock.writer],
    ['several', (lock: ReadWriteLock) => allOf(lock.writer, new ReadWriteLock().writer)],
  ])('B1, C8: is left when nobody waits for %s any more', (_, gateOf) => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire() as Lease;
    const seen: unknown[] = [];
    const removeEventListener = () => {
      seen.push(lock.state.waiting.write);
      lease.release();
    };
    const signal = { aborted: false, addEventListener: none, removeEventListener };
    NEVER.pipe(withGate(gateOf(lock), { signal: signal as unknown as AbortSignal }))
      .subscribe()
      .unsubscribe();
    expect(seen).toEqual([0]);
    expect(lock.state).toMatchObject({ held: NOBODY, version: 1 });
  });

  it('B8: loses nobody where it throws when it is left', async () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire() as Lease;
    const log: string[] = [];
    of('served')
      .pipe(withReadLock(lock, { signal: STUCK }))
      .subscribe((text) => log.push(text));
    NEVER.pipe(withReadLock(lock, { signal: STUCK })).subscribe();
    const errors = await unhandled(() => lease.release());
    expect(log).toEqual(['served']);
    expect(errors).toHaveLength(2);
    expect(lock.state).toMatchObject({ held: { ...NOBODY, read: 1 }, waiting: NOBODY });
  });
});

describe('a trace', () => {
  it('C8: asks its clock when the state is settled', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    const seen: unknown[] = [];
    const now = () => seen.push(lock.state.held.write, lock.state.waiting.write);
    traceLock(lock, { now }).subscribe();
    lease?.release();
    expect(seen.join()).toMatch(/^1,0(,1,0)*$/);
  });

  it('E4: tells of waiters that fail in the order of the queue', () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const cancelled: number[] = [];
    traceLock(lock).subscribe({
      next: ({ type, id }) => type === 'cancelled' && cancelled.push(id),
      error: none,
    });
    for (const priority of [1, 5]) lock.reader.acquire({ priority }).subscribe({ error: none });
    lock.error('gone');
    expect(cancelled).toEqual([3, 2]);
  });
});

it('A7, A10: what ends with a wait ends before the grant is delivered, also where it calls the lock', async () => {
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

it('B6, F1: an action that is cancelled while a gate is asked to deliver its grant does not run', () => {
  const gates = new ReadWriteLock();
  const lock = new ReadWriteLock({ scheduler: gates.writer });
  const reader = gates.reader.tryAcquire();
  const log: string[] = [];
  const holder = lock.reader.tryAcquire();
  const action: Subscription = lock.writer.schedule(() => log.push('runs'));
  gates.subscribe(({ waiting }) => waiting.write > 0 && action.unsubscribe());
  holder?.release();
  expect(gates.state.waiting.write).toBe(0);
  reader?.release();
  expect(log).toEqual([]);
  expect(lock.state.held.write).toBe(0);
});

it('B6, F1: an action that is cancelled when a gate lets its delivery in does not run', () => {
  const gates = new ReadWriteLock();
  const lock = new ReadWriteLock({ scheduler: gates.writer });
  const log: string[] = [];
  const holder = lock.reader.tryAcquire();
  const action: Subscription = lock.writer.schedule(() => log.push('runs'));
  gates.subscribe(({ held }) => held.write > 0 && action.unsubscribe());
  holder?.release();
  expect(log).toEqual([]);
  expect(lock.state.held).toEqual(NOBODY);
  expect(gates.state.held).toEqual(NOBODY);
});

it('C8: a clock that calls the lock does not take the time from what it is asked for', () => {
  const lock = new ReadWriteLock();
  const times: number[] = [];
  let calls = 0;
  const now = () => {
    if (calls++ === 0) of(1).pipe(withReadLock(lock)).subscribe();
    return calls;
  };
  traceLock(lock, { now }).subscribe(({ time }) => times.push(time));
  lock.reader.tryAcquire();
  expect(times.filter(Number.isNaN)).toEqual([]);
});

it('A6: a listener that can not be left does not keep the error from who waits for several locks', async () => {
  const [one, other] = [new ReadWriteLock(), new ReadWriteLock()];
  one.writer.tryAcquire();
  const log: string[] = [];
  const error = (reason: unknown) => log.push((reason as Error).name);
  const errors = await unhandled(() => {
    allOf(one.writer, other.writer).acquire({ signal: STUCK, waitTimeout: 0 }).subscribe({ error });
  }, 200);
  expect(log).toEqual(['LockTimeoutError']);
  expect(errors).toHaveLength(1);
  expect(other.state.held).toEqual(NOBODY);
});
