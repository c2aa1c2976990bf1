import { runInNewContext } from 'node:vm';
import { EMPTY, of, Subject } from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  LeaseReleasedError,
  LockClosedError,
  LockError,
  LockQueueFullError,
  LockTimeoutError,
  LockUnavailableError,
  LockUpgradeError,
  ReadWriteLock,
  type RequestOptions,
  traceLock,
  type UpgradableLease,
  withGate,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { TestScheduler } from 'rxjs/testing';
import { IDLE } from '../support/states.js';

/** What a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a request errors with. */
function errorOf(gate: Gate | undefined, options?: RequestOptions): Error {
  let failure: unknown;
  gate?.acquire(options).subscribe({ error: (error: unknown) => (failure = error) });
  return failure as Error;
}

describe('the errors of a lock', () => {
  const accounts = (options = {}) => new ReadWriteLock({ name: 'accounts', ...options });

  const upgrade = () => errorOf(accounts().reader.tryAcquire()?.writer);

  const released = () => {
    const lease = accounts().reader.tryAcquire();
    lease?.release();
    return errorOf(lease?.writer);
  };

  const closed = () => {
    const lock = accounts();
    lock.complete();
    return errorOf(lock.writer);
  };

  const refused = (options: RequestOptions) => {
    const lock = accounts({ maxWaiting: 0 });
    lock.reader.tryAcquire();
    return errorOf(lock.writer, options);
  };

  const late = () => {
    let error: unknown;
    new TestScheduler(() => undefined).run(() => {
      const lock = accounts();
      lock.reader.tryAcquire();
      const options = { waitTimeout: 1 };
      lock.writer.acquire(options).subscribe({ error: (late: unknown) => (error = late) });
    });
    return error as Error;
  };

  it.each([
    [LockClosedError, 'LockClosedError', closed],
    [LeaseReleasedError, 'LeaseReleasedError', released],
    [LockUpgradeError, 'LockUpgradeError', upgrade],
    [LockUnavailableError, 'LockUnavailableError', () => refused({ ifAvailable: true })],
    [LockQueueFullError, 'LockQueueFullError', () => refused({})],
    [LockTimeoutError, 'LockTimeoutError', late],
  ])('H1: a %p has its own name and stack, and is new each time', (type, name, make) => {
    const [first, second] = [make(), make()];
    expect(first).toBeInstanceOf(type);
    expect(first).toBeInstanceOf(LockError);
    expect(first.name).toBe(name);
    expect(first.stack).toContain('errors.test.ts');
    expect(second).not.toBe(first);
  });

  it('H1: the class of them all has a name', () => {
    expect(String(new LockError('down'))).toBe('LockError: down');
  });
});

describe('the message of a refusal', () => {
  const label = 'save';

  it('H1: it names the lock, the mode and the label, and says why', () => {
    const lock = new ReadWriteLock({ name: 'accounts', maxWaiting: 0 });
    const reader = lock.reader.tryAcquire({ label: 'report' }) as Lease;
    const messages = [
      errorOf(reader.writer, { label }),
      errorOf(lock.writer, { label }),
      errorOf(lock.writer, { label, ifAvailable: true }),
    ];
    reader.release();
    lock.complete();
    messages.push(errorOf(reader.reader, { label }), errorOf(lock.reader, { label }));
    expect(messages.map(String)).toEqual([
      'LockUpgradeError: accounts: can\'t acquire write "save" through a read lease; ' +
        'acquire it with withUpgradableLock or lock.upgradable',
      'LockQueueFullError: accounts: can\'t acquire write "save", the queue is full (0 waiting, maxWaiting 0)',
      'LockUnavailableError: accounts: can\'t acquire write "save" immediately; held by read "report"',
      'LeaseReleasedError: accounts: can\'t acquire read "save" through a lease that has been released',
      'LockClosedError: accounts: can\'t acquire read "save", the lock is closed',
    ]);
  });

  it('H1: a lock without a name is called lock, and a request without a label has none', () => {
    const lock = new ReadWriteLock();
    lock.complete();
    expect(errorOf(lock.reader).message).toBe("lock: can't acquire read, the lock is closed");
  });

  it('H1: it names the key, or the keys', () => {
    const locks = new KeyedReadWriteLock<unknown>({ name: 'accounts' });
    const [ann, seven] = [locks.for('ann').reader, locks.for(7).writer];
    locks.all.complete();
    const odd = locks.for({
      toString() {
        throw new Error('no text');
      },
    });
    const gates = [ann, seven, allOf(ann, seven), locks.all.writer, odd.reader];
    expect(gates.map((gate) => errorOf(gate).message)).toEqual([
      "accounts[ann]: can't acquire read, the lock is closed",
      "accounts[7]: can't acquire write, the lock is closed",
      "accounts[ann, 7]: can't acquire write, the lock is closed",
      "accounts: can't acquire write, the lock is closed",
      "accounts[object]: can't acquire read, the lock is closed",
    ]);
  });

  it('H1: a timeout names what was in the way, of each kind at most three and the number of the rest', () => {
    jest.useFakeTimers();
    try {
      const lock = new ReadWriteLock({ name: 'accounts' });
      const messages: string[] = [];
      const error = (error: Error) => messages.push(error.message);
      for (const label of ['report', 'list', undefined, 'sum', 'print'])
        lock.reader.tryAcquire({ label });
      const options = { label, waitTimeout: 20 };
      lock.writer.acquire(options).subscribe({ error });
      lock.reader.acquire({ label: 'load', waitTimeout: 10 }).subscribe({ error });
      jest.advanceTimersByTime(10);
      jest.advanceTimersByTime(10);
      expect(messages).toEqual([
        'accounts: timed out after 10 ms waiting to acquire read "load"; behind write "save"',
        'accounts: timed out after 20 ms waiting to acquire write "save"; ' +
          'held by read "report", read "list", read and 2 more',
      ]);
    } finally {
      jest.useRealTimers();
    }
  });
});

const lock = new ReadWriteLock({ name: 'accounts' });
const keyed = new KeyedReadWriteLock<string>();
const bad = (value: unknown) => value as never;
const granted = () => undefined;

describe('a bad argument', () => {
  it.each<[string, () => unknown]>([
    ['TypeError: options must be a plain object, got null', () => new ReadWriteLock(bad(null))],
    ['TypeError: options must be a plain object, got "x"', () => new ReadWriteLock(bad('x'))],
    ['TypeError: options must be a plain object, got 3', () => new KeyedReadWriteLock(bad(3))],
    ['TypeError: policy must be a function, got "fifo"', () => withOptions({ policy: 'fifo' })],
    ['TypeError: name must be a string, got 1', () => withOptions({ name: 1 })],
    ['TypeError: maxWaiting must be a number, got "1"', () => withOptions({ maxWaiting: '1' })],
    [
      'RangeError: maxWaiting must be a number from 0, got -1',
      () => withOptions({ maxWaiting: -1 }),
    ],
    [
      'RangeError: maxWaiting must be a number from 0, got NaN',
      () => withOptions({ maxWaiting: NaN }),
    ],
    ['TypeError: context must be a function, got true', () => withOptions({ context: true })],
    [
      'TypeError: scheduler.schedule must be a function, got null',
      () => withOptions({ scheduler: {} }),
    ],
    ...[0, '', false, 1].map((scheduler): [string, () => unknown] => [
      'TypeError: scheduler.schedule must be a function, got null',
      () => withOptions({ scheduler }),
    ]),
  ])('H2: of a lock is refused: %s', (message, call) => {
    expect(String(thrownBy(call))).toBe(message);
  });

  function withOptions(options: object): unknown {
    return new ReadWriteLock(options);
  }

  it.each<[string, unknown]>([
    ['TypeError: options must be a plain object, got 1', 1],
    ['TypeError: options must be a plain object, got "x"', 'x'],
    ['TypeError: options must be a plain object, got null', null],
    ['TypeError: options must be a plain object, got an object of type Array', []],
    ['TypeError: options must be a plain object, got an object of type Map', new Map()],
    ['TypeError: options must be a plain object, got an object of type Promise', Promise.resolve()],
    ['TypeError: options must be a plain object, got an object of type Observable', EMPTY],
    [
      'TypeError: options must be a plain object, got an object of type AbortSignal',
      new AbortController().signal,
    ],
    ['TypeError: ifAvailable must be a boolean, got 1', { ifAvailable: 1 }],
    ['TypeError: label must be a string, got 1', { label: 1 }],
    ['TypeError: priority must be a number, got "high"', { priority: 'high' }],
    ['RangeError: priority must be a finite number, got NaN', { priority: NaN }],
    ['RangeError: priority must be a finite number, got Infinity', { priority: Infinity }],
    ['RangeError: priority must be a finite number, got -Infinity', { priority: -Infinity }],
    ['TypeError: waitTimeout must be a number, got "1"', { waitTimeout: '1' }],
    ['RangeError: waitTimeout must be a number from 0, got -1', { waitTimeout: -1 }],
    ['RangeError: waitTimeout must be a number from 0, got NaN', { waitTimeout: NaN }],
    ...[null, 0, '', false, {}].map((signal): [string, unknown] => [
      'TypeError: signal.aborted must be a boolean, got null',
      { signal },
    ]),
    [
      'TypeError: signal.addEventListener must be a function, got null',
      { signal: { aborted: false } },
    ],
    [
      'TypeError: signal.removeEventListener must be a function, got null',
      { signal: { aborted: false, addEventListener: granted } },
    ],
  ])('A6, H2: of a request is refused by every call that takes it: %s', (message, options) => {
    const lock = new ReadWriteLock();
    for (const call of [
      () => withReadLock(lock, bad(options)),
      () => withUpgradableLock(lock, undefined as never, bad(options)),
      () => withWriteLock(lock, () => [], bad(options)),
      () => withGate(lock.reader, bad(options)),
      () => lock.reader.acquire(bad(options)),
      () => lock.reader.lease(bad(options)),
      () => lock.reader.tryAcquire(bad(options)),
    ])
      expect([String(call), String(thrownBy(call))]).toEqual([String(call), message]);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('H2: a record of another realm, or without a prototype, is accepted as options', () => {
    const records = [runInNewContext('({ priority: 1 })'), Object.create(null)] as object[];
    for (const record of records) {
      expect(new ReadWriteLock(record).reader.tryAcquire(record)?.mode).toBe('read');
      expect(() => withReadLock(lock, record)).not.toThrow();
    }
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['1', 1],
    ['an object of type Object', {}],
    ['an object of type Object', { reader: {} }],
    ['an object of type Subject', new Subject()],
    ['an object of type KeyedReadWriteLock', keyed],
  ])('H2: is refused as the lock of an operator, when that is called: %s', (shown, value) => {
    const operators = { withReadLock, withUpgradableLock, withWriteLock };
    for (const [name, operator] of Object.entries(operators))
      expect(String(thrownBy(() => operator(bad(value))))).toBe(
        `TypeError: the first argument of ${name} must be a lock or a lease, got ${shown}`,
      );
  });

  it.each<[string, () => unknown]>([
    [
      'TypeError: the first argument of withGate must be a gate, got undefined',
      () => withGate(bad(undefined)),
    ],
    [
      'TypeError: the first argument of withGate must be a gate, got an object of type ReadWriteLock',
      () => withGate(bad(lock)),
    ],
    ['TypeError: allOf expects at least one gate, got none', () => allOf()],
    [
      'TypeError: each argument of allOf must be a gate, got an object of type ReadWriteLock',
      () => allOf(lock.reader, bad(lock)),
    ],
    [
      'TypeError: each argument of allOf must be a gate, got undefined',
      () => allOf(bad(undefined)),
    ],
    ['TypeError: work must be a function, got 1', () => lock.reader.schedule(bad(1))],
    [
      'TypeError: name must be a string, got the function granted',
      () => new ReadWriteLock({ name: bad(granted) }),
    ],
    [
      'TypeError: name must be a string, got the function',
      () => new ReadWriteLock({ name: bad(() => 'a name') }),
    ],
    [
      'TypeError: each argument of allOf must be a gate, got an object of type Object',
      () => allOf(bad(Object.create(null))),
    ],
    ['TypeError: key must be defined, got undefined', () => keyed.for(bad(undefined))],
    ...(
      [
        ['undefined', undefined],
        ['null', null],
        ['an object of type Object', {}],
        ['an object of type Subject', new Subject()],
        ['an object of type LeaseRequest', lock.reader.tryAcquire()],
        ['an object of type KeyedReadWriteLock', keyed],
      ] as const
    ).map(([shown, value]): [string, () => unknown] => [
      `TypeError: lock must be a ReadWriteLock, got ${shown}`,
      () => traceLock(bad(value)),
    ]),
    ...(
      [
        ['null', null],
        ['null', {}],
        ['1', { now: 1 }],
      ] as const
    ).map(([shown, clock]): [string, () => unknown] => [
      `TypeError: clock.now must be a function, got ${shown}`,
      () => traceLock(lock, bad(clock)),
    ]),
    [
      'TypeError: mode must be at most the mode of the lease, upgradable, got "write"',
      () => (lock.upgradable.tryAcquire() as UpgradableLease).downgrade(bad('write')),
    ],
  ])('H2: is refused when it is given: %s', (message, call) => {
    expect(String(thrownBy(call))).toBe(message);
  });

  it.each<[string, unknown]>([
    ['TypeError: mode must be one of read, upgradable, write, got undefined', undefined],
    ['TypeError: mode must be one of read, upgradable, write, got undefined', null],
    ['TypeError: mode must be one of read, upgradable, write, got undefined', {}],
    [
      'TypeError: mode must be one of read, upgradable, write, got "wirte"',
      { mode: 'wirte', granted },
    ],
    ['TypeError: request.granted must be a function, got null', { mode: 'write' }],
    ['TypeError: request.failed must be a function, got 1', { mode: 'read', granted, failed: 1 }],
    [
      'TypeError: priority must be a number, got "high"',
      { mode: 'read', granted, priority: 'high' },
    ],
  ])('E5, H2: of next() is refused, and nothing is lost by it: %s', (message, request) => {
    const lock = new ReadWriteLock();
    expect(String(thrownBy(() => lock.next(bad(request))))).toBe(message);
    expect(lock.state).toMatchObject(IDLE);
    let values = 0;
    of(1)
      .pipe(withWriteLock(lock))
      .subscribe(() => values++);
    expect(values).toBe(1);
  });

  it('E5, H2: a lease is refused as a request, and is still held', () => {
    const lock = new ReadWriteLock();
    const lease = lock.reader.tryAcquire();
    expect(String(thrownBy(() => lock.next(bad(lease))))).toBe(
      'TypeError: a lease is not a request: use its reader, upgradable or writer',
    );
    expect(lock.state.held.read).toBe(1);
    lease?.release();
    expect(lock.state).toMatchObject(IDLE);
  });
});
