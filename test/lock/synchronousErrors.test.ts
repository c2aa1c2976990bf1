import type * as Rx from 'rxjs';
import type * as Package from 'rxjs-rwlock';
import type { Lease, LockLike, ReadWriteLock as Lock } from 'rxjs-rwlock';
import type * as Remote from 'rxjs-rwlock/remote';

// RxJS's deprecated synchronous error handling throws what nobody handles, where it happens: in the
// middle of a transition of the lock. What it can't throw out of a `subscribe` is lost, for any
// Observable; so what is looked at here is who is served, and what the lock itself reports.

/* eslint-disable @typescript-eslint/no-deprecated -- it is what is tested */

let { asapScheduler, config, finalize, NEVER, Observable, observeOn, of, Subject, tap }: typeof Rx =
  {} as never;
let {
  allOf,
  KeyedReadWriteLock,
  ReadWriteLock,
  traceLock,
  withGate,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
}: typeof Package = {} as never;
let { RemoteReadWriteLock }: typeof Remote = {} as never;

const NOBODY = { read: 0, upgradable: 0, write: 0 };
const idle = { held: NOBODY, waiting: NOBODY };
const sleep = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

/** What has been thrown, at once or in a turn of its own. */
let thrown: unknown[] = [];

beforeEach(async () => {
  // In this mode RxJS forgets where it is when a teardown throws inside `subscribe`, for good.
  jest.resetModules();
  ({ asapScheduler, config, finalize, NEVER, Observable, observeOn, of, Subject, tap } =
    await import('rxjs'));
  ({
    allOf,
    KeyedReadWriteLock,
    ReadWriteLock,
    traceLock,
    withGate,
    withLiveReadLock,
    withReadLock,
    withWriteLock,
  } = await import('rxjs-rwlock'));
  ({ RemoteReadWriteLock } = await import('rxjs-rwlock/remote'));
  thrown = [];
  // It warns when the mode is set.
  jest.spyOn(console, 'warn').mockImplementation();
  config.useDeprecatedSynchronousErrorHandling = true;
  config.onUnhandledError = (error) => thrown.push(error);
});

afterEach(() => {
  config.useDeprecatedSynchronousErrorHandling = false;
  config.onUnhandledError = null;
  jest.restoreAllMocks();
});

/** Runs what may throw, as code that knows this mode would. */
function quiet(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    thrown.push(error);
  }
}

type Timer = (work: () => void, time?: number) => NodeJS.Timeout;

/** Runs what may throw, at once or in later turns, and waits for these. */
async function turns(run: () => unknown): Promise<void> {
  const { setTimeout, setInterval } = globalThis;
  // What is thrown in a turn would end the process, or this test.
  const caught =
    (timer: Timer): Timer =>
    (work, time) =>
      timer(() => quiet(work), time);
  Object.assign(globalThis, {
    setTimeout: caught(setTimeout),
    setInterval: caught(setInterval),
  });
  quiet(run);
  await new Promise((resolve) => setTimeout(resolve, 10));
  Object.assign(globalThis, { setTimeout, setInterval });
}

const fault = (what: string) => () => {
  throw new Error(what);
};

const messages = () => thrown.map((error) => (error as Error).message).sort();

/** Another request, which has to be served in the end. */
function behind(lock: LockLike): string[] {
  const served: string[] = [];
  for (const side of ['writer', 'reader'] as const)
    quiet(() =>
      lock[side].acquire().subscribe((lease) => {
        served.push(side);
        lease.release();
      }),
    );
  return served;
}

it('C4: the mode is on: what a consumer throws is thrown out of subscribe', () => {
  expect(() => of(1).subscribe(fault('consumer'))).toThrow('consumer');
});

it('C4: scheduled work that throws on a held lock ends itself only', async () => {
  const { writer } = new ReadWriteLock();
  const lease = writer.tryAcquire();
  writer.schedule(fault('work'));
  let runs = 0;
  writer.schedule(() => runs++);
  await turns(() => lease?.release());
  expect([writer.locked, runs]).toEqual([false, 1]);
  expect(messages()).toEqual(['work']);
  writer.schedule(() => runs++);
  expect(runs).toBe(2);
});

it('C4: scheduled work that throws on a free lock ends itself only', async () => {
  const { writer } = new ReadWriteLock();
  let runs = 0;
  await turns(() => writer.schedule(fault('work')));
  writer.schedule(() => runs++);
  expect([writer.locked, runs]).toEqual([false, 1]);
  expect(messages()).toEqual(['work']);
});

it('C4, C8: a policy that throws serves everybody, by the answer of fifo', async () => {
  const lock = new ReadWriteLock({ policy: fault('policy') });
  const lease = lock.reader.tryAcquire();
  let served: string[] = [];
  await turns(() => (served = behind(lock)));
  await turns(() => lease?.release());
  expect(served).toEqual(['writer', 'reader']);
  expect(lock.state).toMatchObject(idle);
  expect(new Set(messages())).toEqual(new Set(['policy']));
});

it('C4, C8: a policy that misuses its lock serves everybody', async () => {
  let misuse: (() => void) | undefined;
  const lock = new ReadWriteLock({
    policy(reader, writer) {
      const act = misuse;
      misuse = undefined;
      act?.();
      return reader.order < writer.order;
    },
  });
  const lease = lock.reader.tryAcquire();
  lock.writer.acquire().subscribe((next) => next.release());
  misuse = () => lease?.release();
  let served = 0;
  await turns(() =>
    lock.reader.acquire().subscribe((next) => {
      served++;
      next.release();
    }),
  );
  expect(served).toBe(1);
  expect(lock.state).toMatchObject(idle);
  expect(messages()).toHaveLength(1);
});

it('C4: a clock of a trace that throws keeps nobody from being served', async () => {
  const lock = new ReadWriteLock();
  let isBroken = false;
  const now = () => (isBroken ? fault('clock')() : 0);
  traceLock(lock, { now }).subscribe();
  const lease = lock.writer.tryAcquire();
  const served = behind(lock);
  isBroken = true;
  await turns(() => lease?.release());
  isBroken = false;
  expect(served).toEqual(['writer', 'reader']);
  expect(lock.state).toMatchObject(idle);
});

it.each<[string, (lock: Lock) => unknown]>([
  ['a state subscriber', (lock) => lock.subscribe(broken)],
  ['a trace subscriber', (lock) => traceLock(lock).subscribe(broken)],
])('C4: %s that throws keeps nobody from being told or served', async (_, watch) => {
  const lock = new ReadWriteLock();
  isBroken = false;
  quiet(() => watch(lock));
  const told: number[] = [];
  lock.subscribe(({ held }) => told.push(held.write));
  const lease = lock.writer.tryAcquire();
  const served = behind(lock);
  isBroken = true;
  await turns(() => lease?.release());
  expect(served).toEqual(['writer', 'reader']);
  expect(told.at(-1)).toBe(0);
  expect(lock.state).toMatchObject(idle);
  expect(isBroken).toBe(true);
});

let isBroken = false;
const broken = () => {
  if (isBroken) throw new Error('subscriber');
};

it('C4: a grant on a scheduler whose consumer throws serves the next', async () => {
  const lock = new ReadWriteLock({ scheduler: asapScheduler });
  let served: string[] = [];
  await turns(() => {
    lock.next({ mode: 'write', granted: fault('granted') });
    served = behind(lock);
  });
  await sleep(10);
  expect(served).toEqual(['writer', 'reader']);
  expect(lock.state).toMatchObject(idle);
});

it('C4, E4: a lock that fails tells everybody, though a waiting action reports it', async () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  const told: string[] = [];
  lock.writer.schedule(() => undefined);
  lock.writer.acquire().subscribe({ error: () => told.push('waiting') });
  NEVER.pipe(withReadLock(lock)).subscribe();
  lock.reader.acquire().subscribe({ error: () => told.push('waiting, too') });
  lock.subscribe({ error: () => told.push('state') });
  await turns(() => lock.error(new Error('gone')));
  expect(told).toEqual(['waiting', 'waiting, too', 'state']);
  expect(lease?.released).toBe(true);
  expect(lock.state).toMatchObject(idle);
  expect(messages()).toContain('gone');
});

it.each<[string, (lock: Lock) => unknown]>([
  [
    'a teardown that throws when it is unsubscribed',
    (lock) =>
      new Observable(() => fault('fault')).pipe(withWriteLock(lock)).subscribe().unsubscribe(),
  ],
  [
    'a teardown that throws when the source completes',
    (lock) => {
      const source = new Subject();
      source.pipe(finalize(fault('fault')), withWriteLock(lock)).subscribe();
      source.complete();
    },
  ],
  [
    'a synchronous source with a teardown that throws',
    (lock) =>
      of(1)
        .pipe(finalize(fault('fault')), withWriteLock(lock))
        .subscribe(),
  ],
  [
    'a source that throws when it is subscribed',
    (lock) => new Observable(fault('fault')).pipe(withWriteLock(lock)).subscribe(),
  ],
  [
    'a source that errors, and nobody handles it',
    (lock) =>
      of(1)
        .pipe(tap(fault('fault')), withWriteLock(lock))
        .subscribe(),
  ],
  ['a consumer that throws', (lock) => of(1).pipe(withWriteLock(lock)).subscribe(fault('fault'))],
  [
    'a consumer that throws when it is completed',
    (lock) =>
      of(1)
        .pipe(withWriteLock(lock))
        .subscribe({ complete: fault('fault') }),
  ],
  [
    'a consumer that throws when it is told of an error',
    (lock) =>
      of(1)
        .pipe(tap(fault('source')), withWriteLock(lock))
        .subscribe({ error: fault('fault') }),
  ],
  [
    'a consumer of a later value that throws',
    (lock) => {
      const source = new Subject();
      source.pipe(withWriteLock(lock)).subscribe(fault('fault'));
      quiet(() => source.next(1));
      source.complete();
    },
  ],
  [
    'a function of an operator that throws',
    (lock) =>
      of(1)
        .pipe(withWriteLock(lock, fault('fault')))
        .subscribe(),
  ],
  [
    'an inner consumer that throws',
    (lock) =>
      of(1)
        .pipe(withWriteLock(lock, () => of(2)))
        .subscribe(fault('fault')),
  ],
  [
    'a request as a value whose function throws',
    (lock) => lock.next({ mode: 'write', granted: fault('fault') }),
  ],
  [
    'a consumer that throws when its lease is released',
    (lock) =>
      lock.writer.acquire().subscribe({
        next: (lease) => lease.release(),
        complete: fault('fault'),
      }),
  ],
  [
    'several locks whose consumer throws',
    (lock) =>
      of(1)
        .pipe(withGate(allOf(lock.writer, new ReadWriteLock().writer)))
        .subscribe(fault('fault')),
  ],
  [
    'observeOn(gate) whose consumer throws',
    (lock) => of(1).pipe(observeOn(lock.writer)).subscribe(fault('fault')),
  ],
])('C4: the lock is not kept by %s: at once, and after a wait', async (_, use) => {
  for (const waits of [false, true]) {
    const lock = new ReadWriteLock();
    const holder = waits ? lock.writer.tryAcquire() : undefined;
    await turns(() => use(lock));
    let served: string[] = [];
    await turns(() => (served = behind(lock)));
    await turns(() => holder?.release());
    expect([waits, lock.state]).toMatchObject([waits, idle]);
    expect(served).toEqual(['writer', 'reader']);
  }
});

it('C4, E3: a refusal that nobody handles is thrown, and changes nothing', async () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  const served = behind(lock);
  lock.complete();
  await turns(() => lock.reader.acquire().subscribe());
  expect((thrown[0] as Error).name).toBe('LockClosedError');
  lease?.release();
  expect(served).toEqual(['writer', 'reader']);
  expect(lock.state).toMatchObject(idle);
});

it('A6, C4: a timeout that nobody handles is thrown, and the request behind it is served', async () => {
  const lock = new ReadWriteLock();
  lock.reader.tryAcquire();
  let served = 0;
  await turns(() => {
    lock.writer.acquire({ waitTimeout: 2 }).subscribe();
    lock.reader.acquire().subscribe(() => served++);
  });
  expect(served).toBe(1);
  expect(lock.state.waiting).toEqual(NOBODY);
});

it('A7, C4: an abort that nobody handles does not keep the lock', async () => {
  const lock = new ReadWriteLock();
  const controller = new AbortController();
  lock.reader.tryAcquire();
  let served = 0;
  quiet(() => lock.writer.acquire({ signal: controller.signal }).subscribe());
  lock.reader.acquire().subscribe(() => served++);
  await turns(() => controller.abort(new Error('stop')));
  expect(served).toBe(1);
  expect(lock.state).toMatchObject({ held: { read: 2 }, waiting: NOBODY });
});

it('C4, G2: a key whose consumer throws serves those behind it, of the key and of all', async () => {
  const locks = new KeyedReadWriteLock<string>();
  const holder = locks.for('a').writer.tryAcquire() as Lease;
  quiet(() =>
    of(1)
      .pipe(withWriteLock(locks.for('a')))
      .subscribe(fault('consumer')),
  );
  const served = [behind(locks.for('a')), behind(locks.all)];
  await turns(() => holder.release());
  expect(served).toEqual([
    ['writer', 'reader'],
    ['writer', 'reader'],
  ]);
  expect(locks.all.state).toMatchObject(idle);
});

it('A11, C4: a context that throws serves everybody', async () => {
  const lock = new ReadWriteLock({ context: fault('context') });
  const holder = lock.writer.tryAcquire();
  let served: string[] = [];
  await turns(() => (served = behind(lock)));
  await turns(() => holder?.release());
  expect(served).toEqual(['writer', 'reader']);
  expect(lock.state).toMatchObject(idle);
  expect(messages()).toEqual(['context', 'context']);
});

it('I1, C4: a live read whose consumer throws keeps no other from reading, and nobody from the lock', async () => {
  const lock = new ReadWriteLock();
  const holder = lock.writer.tryAcquire();
  const seen: unknown[] = [];
  quiet(() => of(1).pipe(withLiveReadLock(lock)).subscribe(fault('consumer')));
  quiet(() =>
    of('read')
      .pipe(withLiveReadLock(lock))
      .subscribe((text) => seen.push(text)),
  );
  await turns(() => holder?.release());
  await turns(() => lock.writer.tryAcquire()?.release());
  expect(seen).toEqual(['read', 'read']);
  expect(lock.state).toMatchObject(idle);
  expect(messages()).toContain('consumer');
});

describe('a failure of an engine that no consumer handles', () => {
  const WHAT = "lock: can't acquire write, down";

  it('C4: does not keep its lock from requesting the next lease', async () => {
    const answers = ['grants', 'fails', 'grants'];
    const hold = () =>
      new Observable<Remote.RemoteGrant>((subscriber) => {
        if (answers.shift() === 'grants') subscriber.next({});
        else subscriber.error(new Error('down'));
      });
    const { writer } = new RemoteReadWriteLock({ hold }, { cohort: { grants: 1 } });
    const leases: Lease[] = [];
    writer.acquire().subscribe((lease) => leases.push(lease));
    writer.acquire().subscribe();
    await turns(() => leases[0]?.release());
    expect(messages()).toEqual([WHAT]);
    writer.acquire().subscribe((lease) => leases.push(lease));
    expect(leases).toHaveLength(2);
  });

  it('C4: does not keep its lock from trying the engine', async () => {
    const waiting: Rx.Subscriber<Remote.RemoteGrant>[] = [];
    const hold = ({ ifAvailable }: Remote.RemoteRequest) =>
      new Observable<Remote.RemoteGrant>((subscriber) => {
        if (ifAvailable) subscriber.error(new Error('down'));
        else waiting.push(subscriber);
      });
    const { writer } = new RemoteReadWriteLock({ hold });
    const failed: string[] = [];
    for (const observer of [{}, { error: () => failed.push('told') }]) {
      const error = () => writer.acquire({ ifAvailable: true }).subscribe(observer);
      writer.acquire().subscribe({ error });
      await turns(() => waiting.shift()?.error(new Error('cut')));
    }
    expect(messages()).toEqual([WHAT]);
    expect(failed).toEqual(['told']);
  });
});
