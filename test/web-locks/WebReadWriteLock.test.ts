import { defer, firstValueFrom, NEVER, of, Subscription } from 'rxjs';
import {
  allOf,
  LockUnavailableError,
  withGate,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
} from '../../src/index.js';
import { LockEngineError, LockLostError } from '../../src/remote/index.js';
import { KeyedWebReadWriteLock, WebReadWriteLock } from '../../src/web-locks/index.js';
import { FakeLockManager } from './FakeLockManager.js';
import { managers, settle } from './managers.js';

let names = 0;

describe.each(managers)('with %s', (_, managerOf) => {
  let locks: LockManager;
  let name: string;
  let open: Subscription;

  beforeEach(() => {
    locks = managerOf();
    name = `lock ${++names}`;
    open = new Subscription();
  });

  afterEach(async () => {
    open.unsubscribe();
    await settle();
    const { held, pending } = await locks.query();
    if ([held, pending].flat().length > 0) throw new Error('something was left in the locks');
  });

  const tab = () => new WebReadWriteLock(name, { locks });

  it('K1, A5: a lease that this tab keeps for readers does not refuse its own write', async () => {
    const cohort = { linger: Infinity, time: Infinity };
    const lock = new WebReadWriteLock(name, { locks, cohort });
    await firstValueFrom(of('read').pipe(withReadLock(lock)));
    const written$ = of('written').pipe(withWriteLock(lock, { ifAvailable: true }));
    expect(await firstValueFrom(written$)).toBe('written');
    await lock.close();
  });

  it('K1: writers of two tabs exclude each other, and a reader of a third one waits for both', async () => {
    const [here, there, elsewhere] = [tab(), tab(), tab()];
    const log: string[] = [];
    const hold = (label: string) => defer(() => (log.push(label), NEVER));
    const first = hold('first').pipe(withWriteLock(here)).subscribe();
    await settle();
    const second = hold('second').pipe(withWriteLock(there)).subscribe();
    open.add(hold('third').pipe(withReadLock(elsewhere)).subscribe());
    await settle();
    expect(log).toEqual(['first']);
    first.unsubscribe();
    await settle();
    expect(log).toEqual(['first', 'second']);
    second.unsubscribe();
    await settle();
    expect(log).toEqual(['first', 'second', 'third']);
  });

  it('K1: allOf takes the locks of two tabs in one order', async () => {
    const lock = (one: string) => new WebReadWriteLock(`${name} ${one}`, { locks }).writer;
    const gates = [allOf(lock('a'), lock('b')), allOf(lock('b'), lock('a'))];
    const counted: number[] = [];
    for (let n = 0; n < 10; n++)
      for (const gate of gates)
        open.add(
          of(n)
            .pipe(withGate(gate))
            .subscribe(() => counted.push(n)),
        );
    for (let turn = 0; turn < 20 && counted.length < 20; turn++) await settle();
    expect(counted).toHaveLength(20);
  });

  it('K1: a keyed lock has a lock for each key', async () => {
    const [here, there] = [0, 1].map(() => new KeyedWebReadWriteLock(name, { locks })) as [
      KeyedWebReadWriteLock,
      KeyedWebReadWriteLock,
    ];
    open.add(NEVER.pipe(withWriteLock(here.for('ann'))).subscribe());
    await settle();
    expect((await locks.query()).held?.map((one) => one.name)).toEqual([`${name}[ann]`]);
    const now = { ifAvailable: true };
    await expect(there.for('ann').reader.lease(now)).rejects.toThrow(LockUnavailableError);
    const lease = await there.for('bob').writer.lease(now);
    lease.release();
  });

  it('K1: a live read reads again when another tab has written, not after its own lease', async () => {
    const [here, there] = [tab(), tab()];
    let reads = 0;
    open.add(
      defer(() => of(++reads))
        .pipe(withLiveReadLock(here))
        .subscribe(),
    );
    await settle();
    expect(reads).toBe(1);
    await firstValueFrom(of(1).pipe(withReadLock(there)));
    await firstValueFrom(of(1).pipe(withReadLock(here)));
    await settle();
    expect(reads).toBe(1);
    await firstValueFrom(of(1).pipe(withWriteLock(there)));
    await settle();
    expect(reads).toBe(2);
  });

  it('K1: nothing of a closed lock is left', async () => {
    const lock = tab();
    const held = NEVER.pipe(withWriteLock(lock)).subscribe();
    await settle();
    const closed = lock.close();
    held.unsubscribe();
    await closed;
    await settle();
    expect(await locks.query()).toEqual({ held: [], pending: [] });
  });
});

it('K3: a lock that is stolen ends its source, and errors with the reason', async () => {
  const locks = new FakeLockManager();
  const lock = new WebReadWriteLock('stolen', { locks });
  const log: Error[] = [];
  NEVER.pipe(withWriteLock(lock)).subscribe({ error: (error: Error) => log.push(error) });
  await settle();
  await locks.request('stolen', { steal: true }, () => undefined);
  await settle();
  expect(log).toHaveLength(1);
  expect(log[0]).toBeInstanceOf(LockLostError);
  expect((log[0]?.cause as Error).name).toBe('AbortError');
});

describe('where there are no locks', () => {
  const globals = globalThis as { navigator?: unknown };
  const before = Object.getOwnPropertyDescriptor(globals, 'navigator');

  afterEach(() => {
    if (before) Object.defineProperty(globals, 'navigator', before);
    else delete globals.navigator;
  });

  const told = (make: () => unknown) => {
    try {
      return make();
    } catch (error) {
      return error;
    }
  };

  it.each([
    ['a platform without a navigator', undefined],
    ['a page that is not secure', {}],
  ])('K4: on %s the constructor throws what to do', (_, navigator) => {
    Object.defineProperty(globals, 'navigator', { value: navigator, configurable: true });
    for (const make of [() => new WebReadWriteLock('a'), () => new KeyedWebReadWriteLock('a')]) {
      const error = told(make);
      expect(error).toBeInstanceOf(LockEngineError);
      expect((error as LockEngineError).code).toBe('unsupported');
      expect((error as Error).message).toMatch(/https or from localhost.*use a ReadWriteLock/);
    }
  });

  it('K4: locks that are given take the place of those of the platform', async () => {
    Object.defineProperty(globals, 'navigator', { value: undefined, configurable: true });
    const lock = new WebReadWriteLock('given', { locks: new FakeLockManager() });
    const lease = await lock.writer.lease();
    expect(lease.released).toBe(false);
    lease.release();
  });
});

it('K4: a name that Web Locks refuse is a TypeError of the constructor', () => {
  const locks = new FakeLockManager();
  expect(() => new WebReadWriteLock('-token', { locks })).toThrow(
    new TypeError('name must not begin with "-", which Web Locks do not allow, got "-token"'),
  );
  expect(() => new KeyedWebReadWriteLock('-token', { locks })).toThrow(TypeError);
  expect(() => new WebReadWriteLock(undefined as unknown as string, { locks })).toThrow(
    new TypeError('name must be a string, got undefined'),
  );
});

it.each([
  ['given', { name: 'shown' }, 'shown'],
  ['undefined', { name: undefined }, 'token'],
  ['not given', {}, 'token'],
])('K1: a name for messages that is %s', (_, options, shown) => {
  const locks = new FakeLockManager();
  const lock = new WebReadWriteLock('token', { locks, ...options });
  const ann = new KeyedWebReadWriteLock('token', { locks, ...options }).for('ann');
  const names: (string | undefined)[] = [];
  for (const { core, writer } of [lock, ann]) {
    core.close();
    const error = ({ message }: Error) => names.push(message.split(':')[0]);
    writer.acquire().subscribe({ error });
  }
  expect(names).toEqual([shown, `${shown}[ann]`]);
});

it.each([
  ['SecurityError', 'permission'],
  ['InvalidStateError', 'unreachable'],
  ['NotSupportedError', 'unsupported'],
  ['UnknownError', undefined],
])('K4: %s of the platform errors the request', async (name, code) => {
  const locks = new FakeLockManager();
  const cause = new DOMException('it is denied', name);
  locks.request = () => Promise.reject(cause);
  const lock = new WebReadWriteLock('refused', { locks });
  const error = await lock.writer.lease().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LockEngineError);
  expect(error).toMatchObject({ code, cause });
  expect((error as Error).message).toMatch('it is denied');
});
