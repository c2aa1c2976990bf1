import {
  allOf,
  type Gate,
  type Lease,
  LockError,
  type LockRequest,
  ReadWriteLock,
  traceLock,
  withGate,
  withReadLock,
  type WriteLease,
} from 'rxjs-rwlock';

/** What a call throws, or an Observable errors with, as text. */
function messageOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return String(error);
  }
  return undefined;
}

const lock = new ReadWriteLock({ name: 'accounts' });
const bad = (value: unknown) => value as never;

it.each<[string, () => unknown]>([
  ['TypeError: options is no object', () => new ReadWriteLock(bad(null))],
  ['TypeError: options is no object', () => lock.reader.acquire(bad(1))],
  ['TypeError: policy is no function', () => new ReadWriteLock({ policy: bad(1) })],
  ['TypeError: name is no string', () => new ReadWriteLock({ name: bad(1) })],
  ['TypeError: maxWaiting is no number', () => new ReadWriteLock({ maxWaiting: bad('1') })],
  ["RangeError: maxWaiting can't be -1", () => new ReadWriteLock({ maxWaiting: -1 })],
  ['TypeError: scheduler.schedule is no function', () => new ReadWriteLock({ scheduler: bad(1) })],
  ['TypeError: ifAvailable is no boolean', () => lock.reader.acquire({ ifAvailable: bad(1) })],
  ['TypeError: priority is no number', () => lock.reader.acquire({ priority: bad('1') })],
  ["RangeError: priority can't be Infinity", () => lock.reader.acquire({ priority: Infinity })],
  ['TypeError: waitTimeout is no number', () => lock.reader.acquire({ waitTimeout: bad('1') })],
  ['TypeError: label is no string', () => lock.reader.acquire({ label: bad(1) })],
  [
    'TypeError: signal.addEventListener is no function',
    () => lock.reader.acquire({ signal: bad(null) }),
  ],
  ['TypeError: work is no function', () => lock.reader.schedule(bad(1))],
  ['TypeError: this is no ReadWriteLock', () => traceLock(bad(undefined))],
  ['TypeError: this is no ReadWriteLock', () => traceLock(bad({}))],
  ['TypeError: clock.now is no function', () => traceLock(lock, bad({}))],
  ['TypeError: this is no gate', () => withGate(bad(undefined))],
  ['TypeError: this is no lock: it has no reader', () => withReadLock(bad(undefined))],
  ['TypeError: this is no lock: it has no reader', () => withReadLock(bad({}))],
  ['TypeError: this is no lock: it has no reader', () => withReadLock(bad({ reader: { ask: 1 } }))],
  ['TypeError: this is no gate', () => withGate(bad({ ask: 1 }))],
  ['TypeError: allOf needs a gate', () => allOf()],
  ['TypeError: this is no gate', () => allOf(bad(undefined))],
  ['TypeError: x is not a mode of a lock', () => lock.next(bad({ mode: 'x' }))],
  ['TypeError: undefined is not a mode of a lock', () => lock.next(bad(undefined))],
  ['TypeError: request.granted is no function', () => lock.next(bad({ mode: 'read' }))],
  [
    'TypeError: request.failed is no function',
    () => lock.next({ mode: 'read', granted: () => undefined, failed: bad(1) }),
  ],
  [
    'TypeError: a lease is no request',
    () => lock.next(lock.reader.tryAcquire() as unknown as LockRequest),
  ],
  [
    "TypeError: a read lease can't be downgraded to write",
    () => (lock.reader.tryAcquire() as WriteLease).downgrade(bad('write')),
  ],
])('H2: what is wrong is said: %s', (message, work) => {
  expect(messageOf(work)).toBe(message);
});

/** What the first request of a gate errors with. */
function errorOf(gate: Gate | undefined, options = {}): unknown {
  let message: unknown;
  gate?.acquire(options).subscribe({ error: (error) => (message = String(error)) });
  return message;
}

it('H1: a refusal says which lock, which mode, and why', () => {
  const lock = new ReadWriteLock({ name: 'accounts', maxWaiting: 0 });
  const reader = lock.reader.tryAcquire() as Lease;
  expect([
    errorOf(reader.writer),
    errorOf(lock.writer),
    errorOf(lock.writer, { ifAvailable: true }),
  ]).toEqual([
    'LockUpgradeError: accounts: no write through a read lease: ask for an upgradable one',
    'LockQueueFullError: accounts: no write while 0 wait already',
    'LockUnavailableError: accounts: no write is available now',
  ]);
  reader.release();
  lock.complete();
  expect([errorOf(reader.reader), errorOf(lock.reader)]).toEqual([
    'LeaseReleasedError: accounts: no read through a lease that has been released',
    'LockClosedError: accounts: no read after it has been closed',
  ]);
});

it('H1: the error that all others are has a name', () => {
  expect(String(new LockError('down'))).toBe('LockError: down');
});
