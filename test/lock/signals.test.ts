import { getEventListeners, setMaxListeners } from 'node:events';
import { asapScheduler, asyncScheduler, type Observable, of } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  ReadWriteLock,
  type RequestOptions,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { collectGarbage } from '../support/collect.js';
import { orderedLocks } from '../support/order.js';
import { IDLE, NONE } from '../support/states.js';

const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time));
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

interface Place {
  readonly lock: ReadWriteLock;
  readonly before: ReadWriteLock;
  readonly behind: ReadWriteLock;
}

/** Requests that tell how they ended; what they are granted they give back. */
type Way = (place: Place, end: (how: unknown) => void, options: RequestOptions) => unknown;

const through = (source: Observable<unknown>, end: (how: unknown) => void) =>
  source.subscribe({ next: () => end('granted'), error: end });

const ways: Record<string, Way> = {
  'an operator': ({ lock }, end, options) => through(of(1).pipe(withWriteLock(lock, options)), end),
  'an operator with a function': ({ lock }, end, options) =>
    through(of(1).pipe(withReadLock(lock, () => of(1), options)), end),
  'acquire()': ({ lock }, end, options) =>
    lock.writer.acquire(options).subscribe({
      next(lease) {
        end('granted');
        lease.release();
      },
      error: end,
    }),
  'lease()': ({ lock }, end, options) =>
    lock.writer.lease(options).then((lease) => {
      end('granted');
      lease.release();
    }, end),
  'next()': ({ lock }, end, options) =>
    lock.next({
      ...options,
      mode: 'write',
      granted(lease) {
        end('granted');
        lease.release();
      },
      failed: end,
    }),
  'allOf()': ({ lock, before, behind }, end, options) =>
    through(of(1).pipe(withGate(allOf(lock.writer, before.writer, behind.reader), options)), end),
};

function place(options = {}): Place & { holder: Lease } {
  const [before, lock, behind] = orderedLocks(3, options) as [
    ReadWriteLock,
    ReadWriteLock,
    ReadWriteLock,
  ];
  return { before, lock, behind, holder: lock.writer.tryAcquire() as Lease };
}

const checkIdle = ({ lock, before, behind }: Place) =>
  expect([lock.state, before.state, behind.state]).toMatchObject([IDLE, IDLE, IDLE]);

/** A signal as React Native has it: without a reason. */
class OldSignal extends EventTarget {
  aborted = false;
}

function oldController() {
  const signal = new OldSignal();
  const abort = () => {
    signal.aborted = true;
    signal.dispatchEvent(new Event('abort'));
  };
  return { signal: signal as unknown as AbortSignal, abort };
}

const ABORT_ERROR = expect.objectContaining({
  name: 'AbortError',
  message: expect.stringMatching(/abort/) as unknown,
}) as unknown;

describe.each(Object.entries(ways))('a signal of %s', (_, way) => {
  it('A7: without a reason it ends a wait with an AbortError', async () => {
    const ends: unknown[] = [];
    const at = place();
    const { signal, abort } = oldController();
    way(at, (how) => ends.push(how), { signal });
    abort();
    await sleep(1);
    expect(ends).toEqual([ABORT_ERROR]);
    expect(ends[0]).toBeInstanceOf(Error);
    expect((ends[0] as Error).stack).toContain('AbortError');
    at.holder.release();
    checkIdle(at);
  });

  it('A7: without a reason, and aborted already, it is an AbortError on a free lock', async () => {
    const ends: unknown[] = [];
    const at = place();
    at.holder.release();
    const states: unknown[] = [];
    at.lock.subscribe((state) => states.push(state));
    const { signal, abort } = oldController();
    abort();
    way(at, (how) => ends.push(how), { signal });
    await sleep(1);
    expect(ends).toEqual([ABORT_ERROR]);
    expect(states).toHaveLength(1);
  });

  it('A7: a reason is passed on as it is, whatever it is', async () => {
    const error = new Error('stop');
    for (const reason of [error, 'text', 0, null, false]) {
      const ends: unknown[] = [];
      const at = place();
      const controller = new AbortController();
      way(at, (how) => ends.push(how), { signal: controller.signal });
      controller.abort(reason);
      await sleep(0);
      expect(ends).toEqual([reason]);
      expect(ends[0]).toBe(reason);
    }
  });

  it.each<[string, (at: Place & { holder: Lease }) => unknown, unknown]>([
    ['granted', ({ holder }) => holder.release(), 'granted'],
    ['failed', ({ lock }) => lock.error('gone'), 'gone'],
    ['timed out', () => sleep(15), expect.objectContaining({ name: 'LockTimeoutError' })],
  ])('A7: no listener is left on it when the request has been %s', async (__, end, how) => {
    const ends: unknown[] = [];
    const at = place();
    const { signal } = new AbortController();
    way(at, (how) => ends.push(how, listenersOf(signal)), { signal, waitTimeout: 10 });
    expect(listenersOf(signal)).toBe(1);
    await end(at);
    await sleep(1);
    // Neither is one left when the end is told.
    expect(ends).toEqual([how, 0]);
    expect(listenersOf(signal)).toBe(0);
  });

  it('A7: a request that does not wait never listens', async () => {
    const ends: unknown[] = [];
    const at = place();
    at.holder.release();
    const { signal } = new AbortController();
    const listen = jest.spyOn(signal, 'addEventListener');
    way(at, (how) => ends.push(how), { signal });
    await sleep(0);
    expect(ends).toEqual(['granted']);
    expect(listen).not.toHaveBeenCalled();
  });

  it.each(Object.entries({ asapScheduler, asyncScheduler }))(
    'A10, B6: an abort between the taking and the delivery on %s ends it, and passes the lock on',
    async (__, scheduler) => {
      for (const waits of [false, true]) {
        const ends: unknown[] = [];
        const at = place({ scheduler });
        const controller = new AbortController();
        if (!waits) at.holder.release();
        way(at, (how) => ends.push(how), { signal: controller.signal });
        if (waits) at.holder.release();
        // It has been taken, and the next request waits for it.
        expect(at.lock.reader.locked || at.lock.writer.locked).toBe(true);
        let next: Lease | undefined;
        const other = at.lock.writer.lease().then((lease) => (next = lease));
        expect(at.lock.state.waiting.write).toBe(1);
        controller.abort('stop');
        expect(at.lock.state).toMatchObject({ held: { write: 1 }, waiting: NONE });
        expect(listenersOf(controller.signal)).toBe(0);
        await other;
        next?.release();
        await sleep(3);
        expect(ends).toEqual(['stop']);
        checkIdle(at);
      }
    },
  );

  it('A10: an abort after the delivery has no effect', async () => {
    const ends: unknown[] = [];
    const at = place({ scheduler: asapScheduler });
    const controller = new AbortController();
    way(at, (how) => ends.push(how), { signal: controller.signal });
    at.holder.release();
    await sleep(3);
    controller.abort('stop');
    await sleep(1);
    expect(ends).toEqual(['granted']);
    checkIdle(at);
  });

  it('A6, A10: waitTimeout has ended with the taking', async () => {
    const ends: unknown[] = [];
    // Delivers after the time of the wait.
    const scheduler = {
      now: () => 0,
      schedule: (work: never) => asyncScheduler.schedule(work, 20),
    };
    const at = place({ scheduler });
    way(at, (how) => ends.push(how), { waitTimeout: 5 });
    at.holder.release();
    await sleep(40);
    expect(ends).toEqual(['granted']);
    checkIdle(at);
  });
});

describe('a signal', () => {
  it('A7: unsubscribing a waiting request leaves no listener', () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const { signal } = new AbortController();
    for (const source of [
      of(1).pipe(withWriteLock(lock, { signal })),
      of(1).pipe(withWriteLock(lock, () => of(1), { signal })),
      lock.reader.acquire({ signal }),
      allOf(lock.reader, new ReadWriteLock().reader).acquire({ signal }),
    ]) {
      const waiting = (source as Observable<unknown>).subscribe();
      expect(listenersOf(signal)).toBe(1);
      waiting.unsubscribe();
      expect(listenersOf(signal)).toBe(0);
    }
  });

  it('A7: several keys listen once, and no more when they are granted', () => {
    const locks = new KeyedReadWriteLock<string>();
    const all = locks.all.writer.tryAcquire();
    const { signal } = new AbortController();
    of(1)
      .pipe(withGate(allOf(locks.for('a').writer, locks.for('b').reader), { signal }))
      .subscribe();
    expect(listenersOf(signal)).toBe(1);
    all?.release();
    expect(listenersOf(signal)).toBe(0);
  });

  it('A7: requests on free locks never cause a warning, however many share a signal', async () => {
    const lock = new ReadWriteLock();
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    for (let i = 0; i < 5_000; i++) (await lock.writer.lease({ signal })).release();
    await sleep(2);
    process.off('warning', listen);
    expect([listenersOf(signal), warnings]).toEqual([0, []]);
  });

  it('A7: many waiting requests that share one are all ended by it, in their order', () => {
    const lock = new ReadWriteLock();
    const holder = lock.writer.tryAcquire();
    const controller = new AbortController();
    const { signal } = controller;
    setMaxListeners(0, signal);
    const ends: number[] = [];
    for (let i = 0; i < 20; i++)
      of(i)
        .pipe(withWriteLock(lock, { signal }))
        .subscribe({ next: () => ends.push(-1), error: () => ends.push(i) });
    expect(listenersOf(signal)).toBe(20);
    controller.abort();
    expect(ends).toEqual(Array.from({ length: 20 }, (_, i) => i));
    holder?.release();
    expect(listenersOf(signal)).toBe(0);
    expect(lock.state).toMatchObject(IDLE);
  });

  const waitFor = (lock: LockLike, signal: AbortSignal) =>
    lock.writer.lease({ signal }).catch((error: unknown) => error);

  it('A7: AbortSignal.timeout() ends a wait that is all that knows of it', async () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const wait = waitFor(lock, AbortSignal.timeout(30));
    await collectGarbage();
    expect(await wait).toMatchObject({ name: 'TimeoutError' });
  });

  it('A7: AbortSignal.any() ends a wait that is all that knows of it', async () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const controller = new AbortController();
    const wait = waitFor(lock, AbortSignal.any([controller.signal, new AbortController().signal]));
    await collectGarbage();
    controller.abort('stop');
    expect(await wait).toBe('stop');
  });

  it('A7: a signal of EventTarget methods of its own is listened to once and left', () => {
    const listeners = new Set<unknown>();
    const signal = {
      aborted: false,
      addEventListener: (_: string, listener: unknown) => listeners.add(listener),
      removeEventListener: (_: string, listener: unknown) => listeners.delete(listener),
    } as unknown as AbortSignal;
    const lock = new ReadWriteLock();
    const holder = lock.writer.tryAcquire();
    const errors: unknown[] = [];
    lock.reader.acquire({ signal }).subscribe();
    const other = lock.reader.acquire({ signal }).subscribe({ error: (e) => errors.push(e) });
    expect(listeners.size).toBe(2);
    other.unsubscribe();
    expect(listeners.size).toBe(1);
    holder?.release();
    expect([listeners.size, errors]).toEqual([0, []]);
  });
});
