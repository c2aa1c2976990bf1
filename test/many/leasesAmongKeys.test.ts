import { allOf, KeyedReadWriteLock, traceLock } from 'rxjs-rwlock';

it('D6: an upgrade does not wait behind keys that wait for its own holder', () => {
  const locks = new KeyedReadWriteLock<string>();
  const a = locks.for('a').upgradable.tryAcquire();
  const b = locks.for('b').upgradable.tryAcquire();
  const reader = locks.for('b').reader.tryAcquire();
  const log: string[] = [];
  if (!a || !b) throw new Error('not free');
  allOf(a.writer, locks.for('b').writer)
    .acquire()
    .subscribe((lease) => {
      log.push('both');
      lease.release();
      a.release();
    });
  b.writer.acquire().subscribe((lease) => {
    log.push('upgrade');
    lease.release();
    b.release();
  });
  reader?.release();
  expect(log).toEqual(['upgrade', 'both']);
  expect(locks.all.state.held).toEqual({ read: 0, upgradable: 0, write: 0 });
});

it('a trace does not say that an upgrade is blocked by keys that it passes', () => {
  const locks = new KeyedReadWriteLock<string>();
  const a = locks.for('a').upgradable.tryAcquire();
  const b = locks.for('b').upgradable.tryAcquire();
  locks.for('b').reader.tryAcquire();
  if (!a || !b) throw new Error('not free');
  const blockers: (readonly number[])[] = [];
  traceLock(locks.all).subscribe(({ blockedBy }) => blockers.push(blockedBy));
  allOf(a.writer, locks.for('b').writer).acquire().subscribe();
  b.writer.acquire().subscribe();
  // The holders of `b` are in the way of the keys, the reader alone in that of the upgrade.
  expect(blockers).toEqual([[], [2, 3], [3]]);
});
