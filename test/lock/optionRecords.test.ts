import { createContext, runInContext } from 'node:vm';
import { NEVER, of, Subject } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  type RequestOptions,
  withGate,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';
import { NONE } from '../support/states.js';

const lock = new ReadWriteLock({ name: 'settings' });
const { signal } = new AbortController();

class Options {
  readonly waitTimeout = 5;
}

/** What people give in place of options, and how a message calls it. */
const noRecords: Record<string, [value: unknown, shown: string]> = {
  'an Observable': [of('inner'), 'an object of type Observable'],
  'a Subject': [new Subject(), 'an object of type Subject'],
  'a promise': [Promise.resolve(), 'an object of type Promise'],
  'an array': [[1], 'an object of type Array'],
  'an empty array': [[], 'an object of type Array'],
  'a Map': [new Map([['waitTimeout', 5]]), 'an object of type Map'],
  'a Set': [new Set(), 'an object of type Set'],
  'a Date': [new Date(0), 'an object of type Date'],
  'a signal': [signal, 'an object of type AbortSignal'],
  'a controller': [new AbortController(), 'an object of type AbortController'],
  'an EventTarget': [new EventTarget(), 'an object of type EventTarget'],
  'an instance of a class': [new Options(), 'an object of type Options'],
  'a lock': [lock, 'an object of type ReadWriteLock'],
  'a keyed lock': [new KeyedReadWriteLock(), 'an object of type KeyedReadWriteLock'],
  'a subscription': [NEVER.subscribe(), 'an object of type'],
  'an array of another realm': [runInContext('[]', createContext()), 'an object of type Array'],
  'a Map of another realm': [runInContext('new Map()', createContext()), 'an object of type Map'],
  null: [null, 'null'],
  'a number': [5, '5'],
  'a text': ['5', '"5"'],
  'a boolean': [true, 'true'],
  'a symbol': [Symbol('s'), 'Symbol(s)'],
};

/** Every place that takes conditions of a request. */
const places: Record<string, (options: RequestOptions) => unknown> = {
  'gate.acquire': (options) => lock.reader.acquire(options),
  'gate.lease': (options) => lock.reader.lease(options),
  'gate.tryAcquire': (options) => lock.reader.tryAcquire(options),
  'a gate of a key': (options) => new KeyedReadWriteLock().for(1).writer.acquire(options),
  'a gate of all keys': (options) => new KeyedReadWriteLock().all.writer.acquire(options),
  'a gate of several locks': (options) =>
    allOf(lock.reader, new ReadWriteLock().writer).acquire(options),
  'a gate of a lease': (options) =>
    new ReadWriteLock().writer.tryAcquire()?.reader.acquire(options),
  withReadLock: (options) => of(1).pipe(withReadLock(lock, options)),
  withUpgradableLock: (options) => of(1).pipe(withUpgradableLock(lock, options)),
  withWriteLock: (options) => of(1).pipe(withWriteLock(lock, options)),
  withYieldingReadLock: (options) => of(1).pipe(withYieldingReadLock(lock, options)),
  'withYieldingReadLock with a function': (options) =>
    of(1).pipe(withYieldingReadLock(lock, () => of(1), options)),
  withGate: (options) => of(1).pipe(withGate(lock.reader, options)),
  'withReadLock with a function': (options) => of(1).pipe(withReadLock(lock, () => of(1), options)),
  'withUpgradableLock with a function': (options) =>
    of(1).pipe(withUpgradableLock(lock, () => of(1), options)),
  'withWriteLock with a function': (options) =>
    of(1).pipe(withWriteLock(lock, () => of(1), options)),
  'withGate with a function': (options) => of(1).pipe(withGate(lock.reader, () => of(1), options)),
};

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(Object.entries(places))('the options of %s', (_, take) => {
  it.each(Object.entries(noRecords))('H2: %s is a TypeError when they are given', (__, bad) => {
    const [value, shown] = bad;
    const error = thrownBy(() => take(value as RequestOptions));
    expect(error).toBeInstanceOf(TypeError);
    // What was expected, and what was given.
    expect((error as Error).message).toMatch(/^options must be a plain object/);
    expect((error as Error).message).toContain(`got ${shown}`);
  });

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['one of another realm', runInContext('({ label: "x" })', createContext())],
    ['one without a prototype', Object.assign(Object.create(null) as object, { label: 'x' })],
    ['a frozen one', Object.freeze({ label: 'x' })],
    ['a spread instance', Object.assign({}, new Options())],
    ['one whose conditions are undefined', { waitTimeout: undefined, signal: undefined }],
    ['nothing', undefined],
  ])('H2: a record is fine: %s', async (__, options) => {
    const made = (await take(options as RequestOptions)) as Partial<Lease> | undefined;
    made?.release?.();
    expect(lock.state.held).toEqual(NONE);
  });
});

const constructors: Record<string, (options: never) => unknown> = {
  ReadWriteLock: (options) => new ReadWriteLock(options),
  KeyedReadWriteLock: (options) => new KeyedReadWriteLock(options),
};

describe.each(Object.entries(constructors))('the options of a %s', (_, make) => {
  it.each(Object.entries(noRecords))('H2: %s is a TypeError', (__, bad) => {
    const [value, shown] = bad;
    const error = thrownBy(() => make(value as never));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(`options must be a plain object, got ${shown}`);
  });

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['one of another realm', runInContext('({ name: "x" })', createContext())],
    ['one without a prototype', Object.assign(Object.create(null) as object, { name: 'x' })],
    [
      'one whose options are undefined',
      {
        policy: undefined,
        name: undefined,
        maxWaiting: undefined,
        scheduler: undefined,
        context: undefined,
      },
    ],
    ['nothing', undefined],
  ])('H2: a record is fine: %s', (__, options) => {
    expect(thrownBy(() => make(options as never))).toBeUndefined();
  });

  it('H2: a context that is not a function is a TypeError', () => {
    for (const context of [{}, 'als', 1, true, null]) {
      const error = thrownBy(() => make({ context } as never));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/^context must be a function, got /);
    }
  });
});

describe('a signal', () => {
  const listens = { addEventListener() {}, removeEventListener() {} };

  it.each<[string, unknown, RegExp]>([
    ['an EventTarget', new EventTarget(), /^signal\.aborted must be a boolean, got /],
    ['a controller', new AbortController(), /^signal\.aborted must be a boolean, got /],
    ['an object', {}, /^signal\.aborted must be a boolean, got /],
    ['null', null, /^signal/],
    ['a number', 1, /^signal/],
    ['a text', 'signal', /^signal/],
    ['false', false, /^signal/],
    ['one whose aborted is no boolean', { ...listens, aborted: 'no' }, /boolean, got "no"$/],
    ['one whose aborted is 0', { ...listens, aborted: 0 }, /boolean, got 0$/],
    [
      'one that can not be listened to',
      { aborted: false },
      /^signal\.addEventListener must be a function, got /,
    ],
    [
      'one that can not be left',
      { aborted: false, addEventListener() {} },
      /^signal\.removeEventListener must be a function, got /,
    ],
    [
      'one whose methods are no functions',
      { aborted: false, addEventListener: 1, removeEventListener: 1 },
      /^signal\.addEventListener must be a function, got 1$/,
    ],
  ])('A7, H2: %s is a TypeError when it is given', (_, bad, message) => {
    for (const take of Object.values(places)) {
      const error = thrownBy(() => take({ signal: bad } as never));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(message);
    }
    const request = { mode: 'read', granted() {}, signal: bad };
    expect(thrownBy(() => lock.next(request as never))).toBeInstanceOf(TypeError);
  });

  it('A7, H2: whatever has the three members is one', () => {
    const own = { ...listens, aborted: false } as unknown as AbortSignal;
    const foreign = runInContext(
      '({ aborted: false, addEventListener() {}, removeEventListener() {} })',
      createContext(),
    ) as AbortSignal;
    for (const signal of [own, foreign]) lock.reader.tryAcquire({ signal } as never)?.release();
    expect(lock.state.version).toBe(0);
  });
});

it.each<[string, unknown]>([
  ['a lease', new ReadWriteLock().writer.tryAcquire()],
  ['a gate', new ReadWriteLock().writer],
  ['a lock', new ReadWriteLock()],
  ['an Observable', of({ mode: 'read' })],
  ['an array', ['read']],
  ['a function', () => undefined],
])('H2: next() refuses %s as a request', (_, bad) => {
  const lock = new ReadWriteLock();
  expect(thrownBy(() => lock.next(bad as never))).toBeInstanceOf(TypeError);
  expect(lock.state).toMatchObject({ held: NONE, waiting: NONE });
});

it.each<[string, () => unknown, string]>([
  ['withReadLock', () => withReadLock(of(1) as never), 'withReadLock'],
  ['withWriteLock', () => withWriteLock(lock.writer as never), 'withWriteLock'],
  [
    'withUpgradableLock',
    () => withUpgradableLock(new KeyedReadWriteLock() as never),
    'withUpgradable',
  ],
  ['withGate', () => withGate(lock as never), 'withGate'],
  ['allOf', () => allOf(lock.reader, lock as never), 'allOf'],
])('H2: %s says what it expects and what it was given', (_, work, name) => {
  const error = thrownBy(work);
  expect(error).toBeInstanceOf(TypeError);
  expect((error as Error).message).toContain(name);
  expect((error as Error).message).toMatch(/must be .*, got an object of type \w+$/);
});
