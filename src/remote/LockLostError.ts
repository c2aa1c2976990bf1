import { cannot, described, LockError } from '../core/errors.js';
import type { Request } from '../core/Request.js';

/**
 * The engine has ended the lease of this process while the lock was held: another process may hold
 * it already.
 *
 * @remarks
 * The source has been unsubscribed. Work that can't be unsubscribed, such as a promise, may still
 * run; only a {@link fencingTokenOf | fencing token} keeps its writes out. `cause` is what the
 * driver has told.
 *
 * @example
 * ```ts
 * import { NEVER, Subject } from 'rxjs';
 * import { withWriteLock } from 'rxjs-rwlock';
 * import { LockLostError, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
 *
 * const engine = new Subject<{ token?: bigint }>();
 * const lock = new RemoteReadWriteLock({ hold: () => engine });
 * NEVER.pipe(withWriteLock(lock)).subscribe({
 *   error: (error) => console.log(error instanceof LockLostError), // true
 * });
 * engine.next({});
 * engine.error(new Error('the connection was cut'));
 * ```
 */
export class LockLostError extends LockError {
  override get name(): string {
    return 'LockLostError';
  }
}

/** The error of a lease that is lost, or of a request that waited through such a lease. */
export function lostError(request: Request, waited: boolean, cause: unknown): LockError {
  const message = waited
    ? `${cannot(request)}, the lease that it was requested through has been lost`
    : `${request.lockName}: lost ${described(request)}, the engine has ended the lease`;
  return new LockLostError(message, { cause });
}
