import type { RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { UPGRADABLE } from '../../src/core/LockMode.js';
import { Request } from '../../src/core/Request.js';

/** A request that needs the exclusive lease, and writes nothing. */
class Warm extends Request {
  // It is granted now or not at all, so a queue of no length does not refuse it.
  override readonly options = { ifAvailable: true };
  override readonly key = undefined;
  override readonly lockName = 'warm';

  override takeParent(): undefined {
    return undefined;
  }

  override endLimits(): void {}
  override granted(): void {}
  override failed(): void {}
}

/** The lock, which now has the exclusive lease. */
export function withLease(lock: RemoteReadWriteLock): RemoteReadWriteLock {
  const warm = new Warm(UPGRADABLE);
  lock.core.acquire(warm);
  lock.core.end(warm);
  lock.core.newest = 0;
  return lock;
}
