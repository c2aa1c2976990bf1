/**
 * Is the base of every error that a lock makes itself. Its message begins with the name of the lock
 * and tells the mode that was asked for.
 *
 * @remarks
 * Each error is an instance of its own, with the stack of what caused it. The reason that was given
 * to `lock.error(reason)` or to an `AbortSignal` is passed on as it is, and need be none of these.
 *
 * Where two copies of the package may have been loaded (one as ESM, one as CommonJS), tell errors
 * apart by their `name`, which is the name of their class.
 *
 * @example
 * ```ts
 * import { LockError, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * lock.complete();
 * lock.writer.acquire().subscribe({
 *   error(error: unknown) {
 *     if (error instanceof LockError) console.log(error.message.split(':')[0]); // settings
 *   },
 * });
 * ```
 */
export class LockError extends Error {
  override get name(): string {
    return 'LockError';
  }
}

/**
 * Tells that the lock has been completed and takes no new requests.
 *
 * @remarks
 * Who holds the lock already is served all the same, through the lease: only strangers are refused.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { LockClosedError, ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * lock.complete();
 * of('too late')
 *   .pipe(withReadLock(lock))
 *   .subscribe({ error: (error) => console.log(error instanceof LockClosedError) }); // true
 * ```
 *
 * @see {@link ReadWriteLock.complete}
 */
export class LockClosedError extends LockError {
  override get name(): string {
    return 'LockClosedError';
  }
}

/**
 * Tells that a lease was asked for a mode that it can't be raised to.
 *
 * @remarks
 * Two readers that both waited to write would wait for each other for ever, so a reader is refused
 * at once. Ask for the upgradable mode in the first place.
 *
 * @example
 * ```ts
 * import { LockUpgradeError, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const reader = lock.reader.tryAcquire();
 * const error = (error: unknown) => console.log(error instanceof LockUpgradeError); // true
 * reader?.writer.acquire().subscribe({ error });
 * ```
 *
 * @see {@link withUpgradableLock}
 */
export class LockUpgradeError extends LockError {
  override get name(): string {
    return 'LockUpgradeError';
  }
}

/**
 * Tells that something was asked through a lease that no longer holds the lock.
 *
 * @example
 * ```ts
 * import { LeaseReleasedError, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lease = new ReadWriteLock().writer.tryAcquire();
 * lease?.release();
 * const error = (error: unknown) => console.log(error instanceof LeaseReleasedError); // true
 * lease?.reader.acquire().subscribe({ error });
 * ```
 *
 * @see {@link Lease.released}
 */
export class LeaseReleasedError extends LockError {
  override get name(): string {
    return 'LeaseReleasedError';
  }
}

/**
 * Tells that a request that was to be granted at once would have had to wait.
 *
 * @example
 * ```ts
 * import { catchError, of } from 'rxjs';
 * import { LockUnavailableError, ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * lock.writer.tryAcquire();
 * const orStale = catchError((error: unknown) => {
 *   if (error instanceof LockUnavailableError) return of('stale');
 *   throw error;
 * });
 * of('fresh')
 *   .pipe(withReadLock(lock, { ifAvailable: true }), orStale)
 *   .subscribe((value) => console.log(value)); // stale
 * ```
 *
 * @see {@link RequestOptions.ifAvailable}
 */
export class LockUnavailableError extends LockError {
  override get name(): string {
    return 'LockUnavailableError';
  }
}

/**
 * Tells that the time that a request may wait ran out.
 *
 * @remarks
 * It is an error of the wait alone: a hold is never cut short by it, and the request has left the
 * queue as if it had been cancelled.
 *
 * @example
 * ```ts
 * import { LockTimeoutError, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * lock.writer.tryAcquire();
 * lock.reader
 *   .lease({ waitTimeout: 10 })
 *   .catch((error: unknown) => console.log(error instanceof LockTimeoutError)); // true
 * ```
 *
 * @see {@link RequestOptions.waitTimeout}
 */
export class LockTimeoutError extends LockError {
  override get name(): string {
    return 'LockTimeoutError';
  }
}

/**
 * Tells that as many requests wait as the lock lets wait.
 *
 * @example
 * ```ts
 * import { LockQueueFullError, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ maxWaiting: 1 });
 * lock.writer.tryAcquire();
 * lock.reader.acquire().subscribe();
 * const error = (error: unknown) => console.log(error instanceof LockQueueFullError); // true
 * lock.reader.acquire().subscribe({ error });
 * ```
 *
 * @see {@link ReadWriteLockOptions.maxWaiting}
 */
export class LockQueueFullError extends LockError {
  override get name(): string {
    return 'LockQueueFullError';
  }
}
