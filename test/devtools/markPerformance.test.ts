import { KeyedReadWriteLock, ReadWriteLock } from 'rxjs-rwlock';
import { markPerformance } from 'rxjs-rwlock/devtools';

let time = 0;
let marks: unknown[][] = [];
const browser = console as { timeStamp: unknown };
const { timeStamp } = browser;

beforeEach(() => {
  time = 0;
  marks = [];
  jest.spyOn(performance, 'now').mockImplementation(() => time);
  browser.timeStamp = (...mark: unknown[]) => marks.push(mark);
});

afterEach(() => {
  jest.restoreAllMocks();
  browser.timeStamp = timeStamp;
});

it('N3: each wait and each hold is a bar on the track of its lock, in the colour of its mode', () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  markPerformance(lock);
  const save = lock.writer.tryAcquire({ label: 'save' });
  time = 5;
  const cancelled = lock.upgradable.acquire().subscribe();
  const read = lock.reader.acquire({ label: 'load' }).subscribe();
  time = 8;
  cancelled.unsubscribe();
  time = 10;
  save?.release();
  time = 15;
  read.unsubscribe();
  expect(marks).toEqual([
    ['#2 cancelled', 5, 8, 'settings', 'locks', 'tertiary-light'],
    ['save write', 0, 10, 'settings', 'locks', 'primary'],
    ['load waits', 5, 10, 'settings', 'locks', 'secondary-light'],
    ['load read', 10, 15, 'settings', 'locks', 'secondary'],
  ]);
});

it('N3: a downgrade ends a bar and begins another one', () => {
  const lock = new ReadWriteLock();
  markPerformance(lock, { track: 'my lock', group: 'mine' });
  const lease = lock.writer.tryAcquire();
  time = 1;
  lease?.downgrade('read');
  time = 2;
  lease?.release();
  expect(marks).toEqual([
    ['#1 write', 0, 1, 'my lock', 'mine', 'primary'],
    ['#1 read', 1, 2, 'my lock', 'mine', 'secondary'],
  ]);
});

it('N3: after unsubscribing, and of a failed lock, nothing is drawn', () => {
  const locks = new KeyedReadWriteLock<string>();
  const ended = markPerformance(locks);
  const failing = markPerformance(locks.all);
  ended.unsubscribe();
  locks.all.error('reason');
  expect(failing.closed).toBe(true);
  expect(locks.all.core.observing).toBe(0);
  expect(marks).toEqual([]);
});

it('N3: where console.timeStamp is missing, nothing happens', () => {
  browser.timeStamp = undefined;
  const lock = new ReadWriteLock();
  markPerformance(lock);
  const lease = lock.writer.tryAcquire();
  time = 1;
  expect(() => lease?.release()).not.toThrow();
});

it('N3: wrong arguments throw', () => {
  const lock = new ReadWriteLock();
  expect(() => markPerformance(lock.writer as never)).toThrow(/^lock must be a ReadWriteLock/);
  expect(() => markPerformance(lock, { track: 1 as never })).toThrow('track must be a string');
});
