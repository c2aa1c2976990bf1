import { Subject } from 'rxjs';
import {
  KeyedReadWriteLock,
  ReadWriteLock,
  traceLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';

// Mistakes that types would catch, made by those who have none.

type Operators = Record<string, typeof withReadLock>;

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 1],
  ['an object', {}],
  ['a Subject', new Subject()],
  ['a lease', new ReadWriteLock().reader.tryAcquire()],
  ['a keyed lock', new KeyedReadWriteLock()],
])('H2: traceLock refuses %s as a lock, when it is called', (_what, bad) => {
  expect(() => traceLock(bad as never)).toThrow(TypeError);
});

it.each<[string, unknown]>([
  ['null', null],
  ['a number', 1],
  ['an object', {}],
  ['a time', { now: 1 }],
])('H2: traceLock refuses %s as a clock, when it is called', (_what, bad) => {
  expect(() => traceLock(new ReadWriteLock(), bad as never)).toThrow(TypeError);
});

it.each(['x', 3])('H2: a lock refuses %p as its options', (bad) => {
  expect(() => new ReadWriteLock(bad as never)).toThrow(TypeError);
});

it.each(['x', 3])('H2: a keyed lock refuses %p as its options', (bad) => {
  expect(() => new KeyedReadWriteLock(bad as never)).toThrow(TypeError);
});

it.each([0, '', false])('H2: a lock refuses %p as a scheduler', (scheduler) => {
  expect(() => new ReadWriteLock({ scheduler } as never)).toThrow(TypeError);
});

it.each([0, '', false])('H2: a request refuses %p as a signal', (signal) => {
  expect(() => new ReadWriteLock().reader.acquire({ signal } as never)).toThrow(TypeError);
});

it.each(Object.entries({ withReadLock, withUpgradableLock, withWriteLock } as Operators))(
  'H2: %s looks at the options behind a function that is left out, too',
  (_name, operator) => {
    const lock = new ReadWriteLock();
    const missing = undefined as never;
    expect(() => operator(lock, missing, { waitTimeout: -1 })).toThrow(RangeError);
  },
);

it.each([Infinity, -Infinity])('A9, H2: a priority is finite: %p is refused', (priority) => {
  expect(() => new ReadWriteLock().writer.acquire({ priority })).toThrow(RangeError);
});
