// A program may load the package in both formats: the operator of one, the lock of the other.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { NEVER, of } from 'rxjs';
import * as esm from 'rxjs-rwlock';

const cjs = createRequire(import.meta.url)('rxjs-rwlock');

for (const [{ ReadWriteLock }, { withReadLock, withWriteLock }] of [
  [esm, cjs],
  [cjs, esm],
]) {
  const lock = new ReadWriteLock();
  of(1).pipe(withWriteLock(lock)).subscribe();
  assert.equal(lock.state.held.write, 0);
  const holder = NEVER.pipe(withReadLock(lock)).subscribe();
  const waiter = NEVER.pipe(withWriteLock(lock)).subscribe();
  assert.equal(lock.state.waiting.write, 1);
  waiter.unsubscribe();
  holder.unsubscribe();
  assert.deepEqual([lock.state.held.read, lock.state.waiting.write], [0, 0]);
}
