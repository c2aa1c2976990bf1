import { NEVER, of, Subject, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  KeyedReadWriteLock,
  type LockEvent,
  ReadWriteLock,
  traceLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';

function record(lock: ReadWriteLock): string[] {
  const log: string[] = [];
  const words = ({ type, id, mode, label, blockedBy }: LockEvent) =>
    [type, label ?? id, mode, ...blockedBy].join(' ');
  traceLock(lock).subscribe({
    next: (event) => log.push(words(event)),
    error: (reason) => log.push(`failed: ${reason}`),
    complete: () => log.push('completed'),
  });
  return log;
}

it('traces a request from the asking to the release', () => {
  const lock = new ReadWriteLock();
  const log = record(lock);
  of(1)
    .pipe(withWriteLock(lock, { label: 'save' }))
    .subscribe();
  expect(log).toEqual(['asked save write', 'granted save write', 'released save write']);
});

it('D4: a write is granted, not upgraded, where the lease that it was asked through has gone meanwhile', () => {
  const lock = new ReadWriteLock();
  const log = record(lock);
  const reader = lock.reader.tryAcquire();
  const lease = lock.upgradable.tryAcquire();
  lease?.writer.acquire({ label: 'save' }).subscribe();
  lease?.release();
  reader?.release();
  expect(log.at(-1)).toBe('granted save write');
});

it('tells who blocks a waiter: conflicting holders, and conflicting waiters ahead', () => {
  const lock = new ReadWriteLock();
  const log = record(lock);
  lock.reader.tryAcquire();
  lock.reader.tryAcquire();
  NEVER.pipe(withWriteLock(lock)).subscribe();
  NEVER.pipe(withReadLock(lock)).subscribe();
  NEVER.pipe(withReadLock(lock)).subscribe();
  NEVER.pipe(withWriteLock(lock)).subscribe();
  expect(log.slice(4)).toEqual([
    'asked 3 write 1 2',
    'asked 4 read 3',
    'asked 5 read 3',
    'asked 6 write 1 2 3 4 5',
  ]);
});

it('names nobody of another key', () => {
  const locks = new KeyedReadWriteLock<string>();
  const log = record(locks.all);
  for (const key of ['a', 'b']) locks.for(key).writer.tryAcquire();
  locks.for('b').writer.acquire().subscribe();
  locks.all.reader.acquire().subscribe();
  expect(log.slice(4)).toEqual(['asked 3 write 2', 'asked 4 read 1 2 3']);
});

it('traces cancelling, and that it lets in others', () => {
  const lock = new ReadWriteLock();
  lock.reader.tryAcquire();
  const writer = NEVER.pipe(withWriteLock(lock)).subscribe();
  const log = record(lock);
  NEVER.pipe(withReadLock(lock)).subscribe();
  writer.unsubscribe();
  expect(log).toEqual(['asked 3 read 2', 'cancelled 2 write', 'granted 3 read']);
});

it('traces upgrades and downgrades; an upgrade is blocked by the other readers only', () => {
  const lock = new ReadWriteLock();
  const log = record(lock);
  const outer = lock.upgradable.tryAcquire();
  const reader = lock.reader.tryAcquire();
  outer?.writer.acquire({ label: 'up' }).subscribe((lease) => {
    lease.downgrade('read');
    lease.release();
  });
  lock.writer.acquire().subscribe();
  reader?.release();
  expect(log.slice(4)).toEqual([
    'asked up write 2',
    'asked 4 write 1 2 3',
    'released 2 read',
    'upgraded up write',
    'downgraded up read',
    'released up read',
  ]);
});

it('tells the time of RxJS', () => {
  new TestScheduler(() => undefined).run(({ flush }) => {
    const lock = new ReadWriteLock();
    const times: number[] = [];
    traceLock(lock).subscribe(({ time }) => times.push(time));
    timer(3).pipe(withWriteLock(lock)).subscribe();
    flush();
    expect(times).toEqual([0, 0, 3]);
  });
});

it('keeps the order, also when an observer calls back into the lock', () => {
  const lock = new ReadWriteLock();
  const types: string[] = [];
  traceLock(lock).subscribe(({ type, id }) => {
    types.push(`${type} ${id}`);
    if (type === 'granted' && id === 1) lock.reader.tryAcquire()?.release();
  });
  const lease = lock.reader.tryAcquire();
  lease?.release();
  expect(types).toEqual([
    'asked 1',
    'granted 1',
    'asked 2',
    'granted 2',
    'released 2',
    'released 1',
  ]);
});

it('ends as the states of the lock do', () => {
  const closed = new ReadWriteLock();
  const log = record(closed);
  closed.complete();
  expect([log, record(closed)]).toEqual([['completed'], ['completed']]);
  const failed = new ReadWriteLock();
  const events = record(failed);
  new Subject().pipe(withReadLock(failed)).subscribe({ error: () => undefined });
  failed.error('down');
  expect(events).toEqual(['asked 1 read', 'granted 1 read', 'released 1 read', 'failed: down']);
});

it('costs nothing while nobody is subscribed', () => {
  const lock = new ReadWriteLock();
  const subscription = traceLock(lock).subscribe();
  expect(lock.core.observers).toHaveLength(1);
  subscription.unsubscribe();
  expect(lock.core.observers).toHaveLength(0);
});
