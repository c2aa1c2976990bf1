import { LeaseReleasedError, LockError } from '../core/errors.js';
import { OVER, type Request } from '../core/Request.js';
import { expected } from '../lock/checks.js';
import type { LeaseRequest } from '../lock/LockGate.js';
import type { Lease } from '../lock/LockLike.js';
import type { RemoteCore } from './RemoteCore.js';

/**
 * Returns a number that grows with every grant of a remote lock, over all processes. Send it along
 * with each write: a store that refuses a lower token than it has seen refuses the writes of a
 * process that has lost its lease and does not know it yet.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 * import { fencingTokenOf, localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
 *
 * const lock = new RemoteReadWriteLock(localDriver(new ReadWriteLock()));
 * of('first', 'second')
 *   .pipe(withWriteLock(lock, (name, lease) => of(fencingTokenOf(lease))))
 *   .subscribe((token) => console.log(token)); // 1, 1025
 * ```
 *
 * @param lease - a lease of a single remote lock, which is still held
 * @returns the token of that lease
 * @throws TypeError if it is not a lease of a remote lock, {@link LeaseReleasedError} if it has been
 * released or lost, {@link LockError} if the engine gives no tokens
 */
export function fencingTokenOf(lease: Lease): bigint {
  const { phase, plan, lockName } = (lease as Partial<LeaseRequest> | undefined | null) ?? {};
  const core = plan?.gate.lock as Partial<RemoteCore> | undefined;
  if (!core?.tokenOf) throw expected('lease', 'a lease of one remote lock', lease);
  if (phase === OVER)
    throw new LeaseReleasedError(
      `${lockName}: a lease that has been released or lost has no fencing token`,
    );
  const token = core.tokenOf(lease as unknown as Request);
  if (token === undefined) throw new LockError(`${lockName}: its engine gives no fencing tokens`);
  return token;
}
