import { KeyedReadWriteLock } from 'rxjs-rwlock';

it('E6: a writer of a key is locked while the writer of all holds', () => {
  const locks = new KeyedReadWriteLock<string>();
  const lease = locks.all.writer.tryAcquire();
  expect(locks.for('a').writer.locked).toBe(true);
  lease?.release();
  expect(locks.for('a').writer.locked).toBe(false);
});

it('E6: the writer of all is locked while the writer of a key holds, that of another key is not', () => {
  const locks = new KeyedReadWriteLock<string>();
  const lease = locks.for('a').writer.tryAcquire();
  expect([locks.all, locks.for('a'), locks.for('b')].map(({ writer }) => writer.locked)).toEqual([
    true,
    true,
    false,
  ]);
  lease?.release();
  expect(locks.all.writer.locked).toBe(false);
});
