import { expect, it } from '@jest/globals';
import { ReadWriteLock } from 'rxjs-rwlock';
import 'rxjs-rwlock/testing/jest';

it('expect of @jest/globals has the matchers, at run time and in its types', async () => {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire();
  const waiting = lock.reader.lease();
  expect(lock).toBeHeld('write');
  expect(lock).not.toBeHeld('read');
  expect(lock).toHaveWaiting({ read: 1 });
  expect(() => expect(lock).toBeFree()).toThrow('expected the lock to be free');
  lease?.release();
  (await waiting).release();
  await expect(Promise.resolve(lock)).resolves.toBeFree();
});
