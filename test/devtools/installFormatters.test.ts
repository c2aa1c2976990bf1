import { inspect } from 'node:util';
import { NEVER } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  latest,
  ReadWriteLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { installFormatters } from 'rxjs-rwlock/devtools';
import { waitingRequests } from '../../src/core/LockCore.js';

/** The formatters of Chrome's console. */
interface CustomFormatter {
  header(value: unknown): unknown;
  hasBody(value: unknown): boolean;
  body(value: unknown): unknown;
}
const browser = globalThis as { devtoolsFormatters?: CustomFormatter[] };

let installed: ReturnType<typeof installFormatters>;
beforeEach(() => (installed = installFormatters()));
afterEach(() => installed.unsubscribe());

/** What `String(value)` returns and `console.log(value)` of Node prints, also inside of an object. */
function shown(value: unknown): string {
  const text = String(value);
  expect(inspect(value)).toBe(text);
  expect(inspect({ value }, { breakLength: Infinity })).toBe(`{ value: ${text} }`);
  return text;
}

it('N1: a lock is printed with its name and what is held and waiting', () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  expect(shown(lock)).toBe('ReadWriteLock settings: free');
  NEVER.pipe(withReadLock(lock)).subscribe();
  lock.reader.tryAcquire();
  lock.upgradable.tryAcquire();
  NEVER.pipe(withWriteLock(lock)).subscribe();
  expect(shown(lock)).toBe('ReadWriteLock settings: held 2 read, 1 upgradable; waiting 1 write');
  lock.complete();
  expect(shown(lock)).toMatch(/; closed$/);
});

it('N1: a keyed lock is printed with all keys, and the lock of a key with that key', () => {
  const accounts = new KeyedReadWriteLock<string>({ name: 'accounts' });
  accounts.for('ann').writer.tryAcquire();
  expect(shown(accounts)).toBe('KeyedReadWriteLock accounts: held 1 write');
  expect(shown(accounts.for('ann'))).toBe('ReadWriteLock accounts[ann]: held 1 write');
  expect(shown(accounts.for('bob'))).toBe('ReadWriteLock accounts[bob]: free');
});

it('N1: a lease and a waiting request are printed with number, lock, mode, label and phase', () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  const lease = lock.reader.tryAcquire({ label: 'report' });
  expect(shown(lease)).toBe('Lease #1 of settings: read "report" (held)');
  lease?.release();
  expect(shown(lease)).toBe('Lease #1 of settings: read "report" (over)');
  lock.writer.tryAcquire();
  lock.reader.acquire({ label: 'load' }).subscribe();
  const [waiting] = waitingRequests(lock.core);
  expect(shown(waiting)).toBe('Request #3 of settings: read "load" (waiting)');
});

it('N1: a gate is printed with its lock, its mode, and what is held and waiting in that mode', () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  const lease = lock.writer.tryAcquire();
  lock.reader.acquire().subscribe();
  expect(shown(lock.writer)).toBe('Gate of settings: write (1 held, 0 waiting)');
  expect(shown(lock.reader)).toBe('Gate of settings: read (0 held, 1 waiting)');
  expect(shown(latest(lock.reader))).toBe('Gate of settings: read (0 held, 1 waiting)');
  expect(shown(lease?.reader)).toBe(
    'Gate of settings: read through Lease #1 of settings: write (held)',
  );
});

it('N1: a gate of several locks is printed with all of them', () => {
  const ann = new ReadWriteLock({ name: 'ann' });
  const bob = new ReadWriteLock({ name: 'bob' });
  const both = allOf(ann.writer, bob.writer);
  expect(shown(both)).toMatch(/^Gate of (ann and bob|bob and ann): write$/);
  const lease = both.tryAcquire({ label: 'rent' });
  expect(shown(lease)).toMatch(/^Lease of \w+ and \w+: write "rent" \(held\)$/);
});

it("N1: Chrome's custom formatters show a lock, and its requests when it is opened", () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  lock.writer.tryAcquire({ label: 'save' });
  const formatter = browser.devtoolsFormatters?.at(-1) as CustomFormatter;
  expect(formatter.header(lock)).toEqual(['span', {}, 'ReadWriteLock settings: held 1 write']);
  expect(formatter.hasBody(lock)).toBe(true);
  expect(JSON.stringify(formatter.body(lock))).toContain('#1 write \\"save\\"');
  expect(formatter.header(lock.writer)).toEqual(['span', {}, shown(lock.writer)]);
  expect(formatter.hasBody(lock.writer)).toBe(false);
  for (const other of [{}, null, undefined, 1, () => {}, Object.create(null)])
    expect(formatter.header(other)).toBeNull();
});

it('N1: if it was installed twice, all is as before when both are unsubscribed', () => {
  const lock: unknown = new ReadWriteLock({ name: 'settings' });
  const twice = installFormatters();
  expect(browser.devtoolsFormatters).toHaveLength(1);
  installed.unsubscribe();
  installed.unsubscribe();
  expect(shown(lock)).toBe('ReadWriteLock settings: free');
  expect(browser.devtoolsFormatters).toHaveLength(1);
  twice.unsubscribe();
  expect(String(lock)).toBe('[object ReadWriteLock]');
  expect(inspect(lock)).toContain('LockCore');
  expect(browser.devtoolsFormatters).toEqual([]);
});
