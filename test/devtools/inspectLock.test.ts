import { inspect } from 'node:util';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import { allOf, KeyedReadWriteLock, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { inspectLock, type LockInspection, slowLocks } from 'rxjs-rwlock/devtools';

const ids = ({ leases, waiting }: LockInspection) => [
  leases.map(({ id }) => id),
  waiting.map(({ id }) => id),
];

it('N1: it tells leases and waiting requests in order, and which block which', () => {
  const lock = new ReadWriteLock({ name: 'settings' });
  NEVER.pipe(withReadLock(lock, { label: 'report' })).subscribe();
  lock.upgradable.tryAcquire();
  NEVER.pipe(withReadLock(lock)).subscribe();
  lock.writer.acquire({ label: 'save' }).subscribe();
  lock.reader.acquire().subscribe();
  lock.writer.acquire({ label: 'urgent', priority: 1 }).subscribe();
  const common = { keys: undefined, since: undefined };
  expect(inspectLock(lock)).toEqual({
    lock: 'settings',
    leases: [
      { id: 1, mode: 'read', label: 'report', blockedBy: [], ...common },
      { id: 2, mode: 'upgradable', label: undefined, blockedBy: [], ...common },
      { id: 3, mode: 'read', label: undefined, blockedBy: [], ...common },
    ],
    waiting: [
      { id: 6, mode: 'write', label: 'urgent', blockedBy: [1, 2, 3], ...common },
      { id: 4, mode: 'write', label: 'save', blockedBy: [1, 2, 3, 6], ...common },
      { id: 5, mode: 'read', label: undefined, blockedBy: [6, 4], ...common },
    ],
  });
});

it('N1: an upgrade is blocked by the other readers only', () => {
  const lock = new ReadWriteLock();
  const lease = lock.upgradable.tryAcquire();
  lock.reader.tryAcquire();
  lock.writer.acquire().subscribe();
  lease?.writer.acquire({ label: 'upgrade' }).subscribe();
  expect(inspectLock(lock).waiting.map(({ id, blockedBy }) => [id, blockedBy])).toEqual([
    [4, [2]],
    [3, [1, 2, 4]],
  ]);
});

it('N1: of a key it tells what overlaps the key, of all keys everything', () => {
  const accounts = new KeyedReadWriteLock<string>({ name: 'accounts' });
  const ann = accounts.for('ann');
  const bob = accounts.for('bob');
  ann.reader.tryAcquire();
  bob.writer.tryAcquire();
  allOf(ann.writer, bob.reader).acquire({ label: 'transfer' }).subscribe();
  accounts.all.reader.acquire().subscribe();
  accounts.for('zoe').writer.acquire().subscribe();
  expect(ids(inspectLock(ann))).toEqual([[1], [3, 4]]);
  expect(ids(inspectLock(bob))).toEqual([[2], [3, 4]]);
  expect(ids(inspectLock(accounts.for('zoe')))).toEqual([[], [4, 5]]);
  expect(ids(inspectLock(accounts.all))).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  expect(inspectLock(accounts)).toEqual(inspectLock(accounts.all));
  expect(inspectLock(accounts).waiting.map(({ keys }) => keys)).toEqual([
    ['ann', 'bob'],
    undefined,
    ['zoe'],
  ]);
  expect(inspectLock(ann).lock).toBe('accounts[ann]');
});

it('N1: a lease that is granted and not delivered is told, too', () => {
  const scheduler = new VirtualTimeScheduler();
  const lock = new ReadWriteLock({ scheduler });
  const lease = lock.writer.tryAcquire();
  lock.reader.acquire().subscribe();
  const seen: number[][][] = [];
  lock.subscribe(() => seen.push(ids(inspectLock(lock))));
  lease?.release();
  expect(seen).toEqual([
    [[1], [2]],
    [[2], []],
  ]);
});

it('N1: the snapshot is frozen, and does not change with the lock', () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  lock.reader.acquire().subscribe();
  const seen = inspectLock(lock);
  lease?.release();
  expect(ids(seen)).toEqual([[1], [2]]);
  const parts = [seen, seen.leases, seen.waiting, ...seen.leases, ...seen.waiting];
  expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  expect(Object.isFrozen(seen.waiting[0]?.blockedBy)).toBe(true);
});

it('N1: since when is known of what began while slowLocks was watching the lock', () => {
  const scheduler = new VirtualTimeScheduler();
  const lock = new ReadWriteLock();
  const watch = slowLocks({ locks: [lock], scheduler }).subscribe();
  const since = () => {
    const { leases, waiting } = inspectLock(lock);
    return [...leases, ...waiting].map((one) => one.since);
  };
  const times: unknown[] = [];
  const lease = lock.writer.tryAcquire();
  scheduler.schedule(() => lock.reader.acquire().subscribe(), 10);
  scheduler.schedule(() => times.push(since()), 20);
  scheduler.schedule(() => lease?.release(), 30);
  scheduler.schedule(() => times.push(since(), inspectLock(lock).toString()), 40);
  scheduler.flush();
  expect(times).toEqual([[0, 10], [30], 'lock\n  held    #2 read for 10 ms']);
  watch.unsubscribe();
  expect(since()).toEqual([undefined]);
});

it('N1: its text, which Node prints as well, has a line for each request', () => {
  const accounts = new KeyedReadWriteLock<string>({ name: 'accounts' });
  expect(inspectLock(accounts).toString()).toBe('accounts is free');
  NEVER.pipe(withWriteLock(accounts.for('ann'), { label: 'deposit' })).subscribe();
  accounts.all.reader.acquire().subscribe();
  accounts.for('ann').reader.acquire({ label: 'balance' }).subscribe();
  const text = [
    'accounts',
    '  held    #1 write "deposit" on [ann]',
    '  waiting #2 read blocked by #1',
    '  waiting #3 read "balance" on [ann] blocked by #1',
  ].join('\n');
  expect(inspectLock(accounts).toString()).toBe(text);
  expect(inspect(inspectLock(accounts))).toBe(text);
});

it.each([undefined, null, {}, 'lock', new ReadWriteLock().writer])(
  'N1: %p, which is not a lock, throws',
  (lock) => {
    expect(() => inspectLock(lock as never)).toThrow(
      /^lock must be a ReadWriteLock, a KeyedReadWriteLock or the lock of a key, got /,
    );
  },
);
