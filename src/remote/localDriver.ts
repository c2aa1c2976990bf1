import { catchError, EMPTY, map, type Observable, throwError } from 'rxjs';
import { expected } from '../lock/checks.js';
import { isGate } from '../lock/LockGate.js';
import type { LockLike } from '../lock/LockLike.js';
import type { LockDriver, RemoteGrant } from './LockDriver.js';

/** How many fencing tokens belong to a lease. */
const TOKENS = 1024;

/**
 * Makes an engine of a lock of this process. Several remote locks in front of it stand for several
 * processes, in one test and in virtual time.
 *
 * @remarks
 * Use one driver for all of them, since it counts the fencing tokens. If the lock fails, by
 * `lock.error(reason)`, every lease is lost and every request errors.
 *
 * @example
 * ```ts
 * import { NEVER } from 'rxjs';
 * import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 * import { localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
 *
 * const engine = new ReadWriteLock();
 * const lock = new RemoteReadWriteLock(localDriver(engine));
 * NEVER.pipe(withWriteLock(lock)).subscribe({ error: (error) => console.log(error.name) });
 * engine.error(new Error('down')); // prints LockLostError
 * ```
 *
 * @param lock - the lock whose leases are the leases of the engine
 * @param name - the name of the driver
 * @returns a driver for any number of remote locks
 */
export function localDriver(lock: LockLike, name?: string): LockDriver {
  const { reader, writer } = (lock as Partial<LockLike> | undefined | null) ?? {};
  if (!isGate(reader) || !isGate(writer)) throw expected('lock', 'a lock or a lease', lock);
  let token = 1n - BigInt(TOKENS);
  return {
    name,
    hold({ mode, ifAvailable }): Observable<RemoteGrant> {
      const gate = mode === 'shared' ? lock.reader : lock.writer;
      return gate.acquire({ ifAvailable }).pipe(
        map(() => ({ token: (token += BigInt(TOKENS)), tokens: TOKENS })),
        catchError((error: unknown) => {
          const { name } = error as Error;
          return name === 'LockUnavailableError' ? EMPTY : throwError(() => error);
        }),
      );
    },
  };
}
