import { allOf, LockUpgradeError, ReadWriteLock } from 'rxjs-rwlock';

it('D3: a lease of several gates asks each lock in the mode that it holds that one in', () => {
  const [a, b] = [new ReadWriteLock(), new ReadWriteLock()];
  const lease = allOf(a.writer, b.reader).tryAcquire();
  expect(lease?.mode).toBe('write');
  expect(lease?.reader.tryAcquire()?.mode).toBe('read');
  expect(() => lease?.writer.tryAcquire()).toThrow(LockUpgradeError);
  expect([a.state.held, b.state.held]).toEqual([
    { read: 1, upgradable: 0, write: 1 },
    { read: 2, upgradable: 0, write: 0 },
  ]);
});
