import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Lease, ReadWriteLock } from 'rxjs-rwlock';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

it('a lease that is handed on through nested leases does not keep those that have been released', async () => {
  const lock = new ReadWriteLock();
  let lease = lock.reader.tryAcquire() as Lease;
  const released: WeakRef<Lease>[] = [];
  for (let i = 0; i < 1000; i++) {
    const next = lease.reader.tryAcquire() as Lease;
    lease.release();
    released.push(new WeakRef(lease));
    lease = next;
  }
  // A WeakRef keeps what it refers to for the rest of the turn in which it was made.
  await new Promise((resolve) => setTimeout(resolve));
  gc();
  expect(released.filter((reference) => reference.deref()).length).toBeLessThan(10);
  expect(lock.state.held.read).toBe(1);
});
