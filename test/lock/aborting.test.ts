import { getEventListeners } from 'node:events';
import { fromEvent, NEVER, Observable, of, takeUntil } from 'rxjs';
import {
  allOf,
  type Gate,
  type Lease,
  ReadWriteLock,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { logged, unhandled } from '../support/sources.js';
import { busyLock, IDLE, NONE } from '../support/states.js';
import { until } from '../support/turns.js';
import { WAYS } from '../support/ways.js';

const none = () => undefined;

describe('an abort', () => {
  it.each(WAYS)(
    'A7: before the request, %s errors on a free lock, too, and requests nothing',
    async (_, request) => {
      const lock = new ReadWriteLock();
      const states: unknown[] = [];
      lock.subscribe((state) => states.push(state));
      expect(await request(lock, { signal: AbortSignal.abort('gone') })).toBe('gone');
      expect(states).toHaveLength(1);
    },
  );

  it.each(WAYS)(
    'A7: while it waits, %s errors and leaves the lock to others',
    async (_, request) => {
      const { lock, lease } = busyLock();
      const controller = new AbortController();
      const waits = [request(lock, { signal: controller.signal }), request(lock, {})];
      controller.abort('gone');
      expect(await waits[0]).toBe('gone');
      lease.release();
      expect(await waits[1]).toBe('granted');
    },
  );

  it('A7: while the waiting request is announced, it ends the wait, and adds no listener', () => {
    const { lock } = busyLock();
    const controller = new AbortController();
    const listen = jest.spyOn(controller.signal, 'addEventListener');
    const errors: unknown[] = [];
    lock.subscribe(({ waiting }) => waiting.read > 0 && controller.abort('gone'));
    lock.reader
      .acquire({ signal: controller.signal })
      .subscribe({ error: (error) => errors.push(error) });
    expect([errors, lock.state.waiting.read]).toEqual([['gone'], 0]);
    expect(listen).not.toHaveBeenCalled();
  });

  it.each(['after a wait', 'at once'])(
    'A7: inside the grant of its own request, granted %s, it has no effect',
    (when) => {
      const { lock, lease } = busyLock();
      if (when === 'at once') lease.release();
      const controller = new AbortController();
      const log: string[] = [];
      logged(log, 'source', () => controller.abort())
        .pipe(withWriteLock(lock, { signal: controller.signal }))
        .subscribe({ error: () => log.push('error') });
      lease.release();
      expect(log).toEqual(['source subscribed']);
    },
  );

  // It failed the request that held the lock: https://github.com/w3c/web-locks/issues/79
  it('A7: after the grant of a request that waited, it has no effect', () => {
    const { lock, lease } = busyLock();
    const controller = new AbortController();
    const errors: unknown[] = [];
    const owner = NEVER.pipe(withWriteLock(lock, { signal: controller.signal })).subscribe({
      error: (error) => errors.push(error),
    });
    lease.release();
    controller.abort();
    expect([errors, owner.closed, lock.state.held.write]).toEqual([[], false, 1]);
    owner.unsubscribe();
    expect(lock.state).toMatchObject(IDLE);
  });

  it('A7: a signal without a waitTimeout does not limit the time of the wait', async () => {
    const { lock, lease } = busyLock();
    const { signal } = new AbortController();
    const waiting = lock.reader.lease({ signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    lease.release();
    expect((await waiting).mode).toBe('read');
  });
});

// It stayed after the grant: https://github.com/WebKit/WebKit/pull/66241
it.each([
  ['one lock', (lock: ReadWriteLock) => lock.writer],
  ['several', (lock: ReadWriteLock) => allOf(lock.writer, new ReadWriteLock().writer)],
])('A7: no callback finds the listener of a wait for %s that has ended', (_, gateOf) => {
  const { signal } = new AbortController();
  const lock = new ReadWriteLock();
  const seen: string[] = [];
  const look = (who: string) => () =>
    void seen.push(`${who} ${getEventListeners(signal, 'abort').length}`);
  lock.reader.tryAcquire();
  const waits = NEVER.pipe(withGate(gateOf(lock), { signal }));
  const first = waits.subscribe();
  lock.reader.acquire().subscribe({ next: look('granted'), error: look('owner') });
  first.unsubscribe();
  lock.writer.acquire().subscribe({ error: look('ahead') });
  waits.subscribe({ error: look('failed') });
  lock.writer.acquire().subscribe({ error: look('behind') });
  lock.error('gone');
  // When the lock fails, the request still waits while the one ahead of it is told.
  expect(seen).toEqual(['granted 0', 'ahead 1', 'failed 0', 'behind 0', 'owner 0']);
});

describe('a signal that several requests share', () => {
  it('A7: its abort starts none of them', () => {
    const [lock, other] = [new ReadWriteLock(), new ReadWriteLock()];
    const controller = new AbortController();
    const { signal } = controller;
    const log: string[] = [];
    const aborted$ = fromEvent(signal, 'abort');
    const job = (name: string, gate: Gate = lock.writer) =>
      new Observable(() => void log.push(name))
        // eslint-disable-next-line rxjs-x/no-unsafe-takeuntil -- the abort has to release the lock
        .pipe(takeUntil(aborted$), withGate(gate, { signal }))
        .subscribe({ error: (reason: unknown) => log.push(`${name} ${String(reason)}`) });
    job('1');
    job('2');
    job('3', allOf(lock.writer, other.writer));
    controller.abort('stop');
    expect(log).toEqual(['1', '2 stop', '3 stop']);
    expect(lock.state).toMatchObject(IDLE);
    expect(other.state.held).toEqual(NONE);
  });

  it('A7: its abort grants no request behind one that it ends', async () => {
    const lock = new ReadWriteLock();
    const controller = new AbortController();
    lock.reader.tryAcquire();
    const leases = [lock.writer, lock.reader].map((gate) =>
      gate.lease({ signal: controller.signal }),
    );
    controller.abort('stop');
    const results = await Promise.allSettled(leases);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(lock.state.held).toEqual({ ...NONE, read: 1 });
  });
});

describe('a signal of another kind', () => {
  /** A signal whose listener can't be removed. */
  const STUCK = {
    aborted: false,
    addEventListener: none,
    removeEventListener() {
      throw new Error('stuck');
    },
  } as unknown as AbortSignal;

  it.each([
    ['grants the request', (lease: Lease) => lease.release()],
    ['fails the lock', (_: Lease, lock: ReadWriteLock) => lock.error('gone')],
  ])('A7: its listener is removed if adding it %s', async (_, act) => {
    const { lock, lease } = busyLock();
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
  ])('A7, C8: its listener is removed when the wait for %s is over', (_, gateOf) => {
    const { lock, lease } = busyLock();
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
    expect(lock.state).toMatchObject({ held: NONE, version: 1 });
  });

  it('A7: a listener that throws when it is removed loses no request', async () => {
    const { lock, lease } = busyLock();
    const log: string[] = [];
    of('served')
      .pipe(withReadLock(lock, { signal: STUCK }))
      .subscribe((text) => log.push(text));
    NEVER.pipe(withReadLock(lock, { signal: STUCK })).subscribe();
    const errors = await unhandled(() => lease.release());
    expect(log).toEqual(['served']);
    expect(errors).toHaveLength(2);
    expect(lock.state).toMatchObject({ held: { ...NONE, read: 1 }, waiting: NONE });
  });

  it('A7: a listener that throws when it is removed keeps no error from its request', async () => {
    const [one, other] = [new ReadWriteLock(), new ReadWriteLock()];
    one.writer.tryAcquire();
    const log: string[] = [];
    const error = (reason: unknown) => log.push((reason as Error).name);
    const errors = await unhandled(() => {
      const options = { signal: STUCK, waitTimeout: 0 };
      allOf(one.writer, other.writer).acquire(options).subscribe({ error });
      return until(log, 1);
    });
    expect(log).toEqual(['LockTimeoutError']);
    expect(errors).toHaveLength(1);
    expect(other.state.held).toEqual(NONE);
  });
});
