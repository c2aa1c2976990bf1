import { ReadWriteLock } from 'rxjs-rwlock';
import { drawTimeline, printTimeline } from 'rxjs-rwlock/devtools';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import {
  fencingTokenOf,
  KeyedRemoteReadWriteLock,
  localDriver,
  RemoteReadWriteLock,
} from 'rxjs-rwlock/remote';
import { KeyedWebReadWriteLock, WebReadWriteLock } from 'rxjs-rwlock/web-locks';
import { FakeLockManager } from '../web-locks/FakeLockManager.js';

const driver = localDriver(new ReadWriteLock());
const locks = new FakeLockManager();
const connection = 'postgres://app@db.example/app';
const timeline = { title: 'two', end: 1, lanes: [] };

const OPTIONS = 'options must be a plain object';
const WRONG = [null, 42, 'text', ['text'], () => undefined];

// What was expected is told where the mistake is made, and not a line of this package that fell over it.
describe.each<[what: string, expected: string, call: (wrong: never) => unknown]>([
  ['a driver', 'driver.hold must be a function', (wrong) => new RemoteReadWriteLock(wrong)],
  ['remote options', OPTIONS, (wrong) => new RemoteReadWriteLock(driver, wrong)],
  ['keyed options', OPTIONS, (wrong) => new KeyedRemoteReadWriteLock(() => driver, wrong)],
  [
    'a cohort',
    'cohort must be a plain object',
    (cohort) => new RemoteReadWriteLock(driver, { cohort }),
  ],
  ['a local lock', 'lock must be a lock or a lease', (wrong) => localDriver(wrong)],
  ['a lease', 'lease must be a lease of one remote lock', (wrong) => fencingTokenOf(wrong)],
  ['web options', OPTIONS, (wrong) => new WebReadWriteLock('one', wrong)],
  ['keyed web options', OPTIONS, (wrong) => new KeyedWebReadWriteLock('one', wrong)],
  [
    'web locks',
    'locks.request must be a function',
    (wrong) => new WebReadWriteLock('a', { locks: wrong }),
  ],
  ['postgres options', OPTIONS, (wrong) => new PostgresLocks(wrong)],
  [
    'a heartbeat',
    'heartbeat must be a plain object',
    (heartbeat) => new PostgresLocks({ connection, heartbeat }),
  ],
  ['options of a lock', OPTIONS, (wrong) => new PostgresLocks({ connection }).lock('a', wrong)],
  ['options of keys', OPTIONS, (wrong) => new PostgresLocks({ connection }).keyed('a', wrong)],
  ['a timeline to draw', 'timeline must be a plain object', (wrong) => drawTimeline(wrong)],
  ['a timeline to print', 'timeline must be a plain object', (wrong) => printTimeline(wrong)],
])('H2: %s', (_, expected, call) => {
  it.each(WRONG)('%p is refused with what was expected and what was given', (wrong) => {
    expect(() => call(wrong as never)).toThrow(TypeError);
    expect(() => call(wrong as never)).toThrow(new RegExp(`^${expected}, got `));
  });
});

describe.each<[what: string, expected: string, call: (wrong: never) => unknown]>([
  [
    'the name of a web lock',
    'name must be a string',
    (wrong) => new WebReadWriteLock(wrong, { locks }),
  ],
  [
    'the name of a lock',
    'name must be a string',
    (wrong) => new PostgresLocks({ connection }).lock(wrong),
  ],
  [
    'the name of keys',
    'name must be a string',
    (wrong) => new PostgresLocks({ connection }).keyed(wrong),
  ],
  [
    'a key',
    'key must be a string, a number or a bigint',
    (wrong) => new PostgresLocks({ connection }).keyed('a').for(wrong),
  ],
  [
    'the lanes of a timeline',
    'timeline.lanes must be an array',
    (lanes) => drawTimeline({ ...timeline, lanes }),
  ],
])('H2: %s', (_, expected, call) => {
  it.each([null, {}, () => undefined])(
    '%p is refused with what was expected and given',
    (wrong) => {
      expect(() => call(wrong as never)).toThrow(new RegExp(`^${expected}, got `));
    },
  );
});
