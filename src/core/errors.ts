import { GRANTED, type Request } from './Request.js';

/**
 * The base class of every error that a lock creates. The message begins with the name of the lock,
 * and names the mode, the `label` of the request, and what was in its way.
 *
 * @remarks
 * Each error is a fresh instance with its own stack. A reason given to `lock.error(reason)` or to
 * an `AbortSignal` is passed on unchanged, and need not be a `LockError`.
 *
 * If a program may load the package twice (as ESM and as CommonJS), tell errors apart by their
 * `name`, which is the name of their class.
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

/** A class of errors with a name that no minifier changes. */
function named(name: string): typeof LockError {
  return class extends LockError {
    override get name(): string {
      return name;
    }
  };
}

/**
 * The request was refused, because `lock.complete()` had closed the lock.
 *
 * @remarks
 * Requests through a live lease are still granted.
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
export class LockClosedError extends named('LockClosedError') {}

/**
 * A stronger mode was requested through a lease that can't be raised to it, such as a write through
 * a read lease.
 *
 * @remarks
 * Two readers that both waited to write would deadlock, so a read lease can't be upgraded: acquire
 * the lock in the upgradable mode in the first place. A lease of several locks can't be raised
 * either.
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
export class LockUpgradeError extends named('LockUpgradeError') {}

/**
 * The request was refused, because the lease that it was made through had been released.
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
export class LeaseReleasedError extends named('LeaseReleasedError') {}

/**
 * A request with `ifAvailable` was refused, because it would have had to wait.
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
export class LockUnavailableError extends named('LockUnavailableError') {}

/**
 * The `waitTimeout` of a request ran out before the lock was granted.
 *
 * @remarks
 * The request has left the queue as if it had been cancelled. The time limits the wait only: a hold
 * is never cut short by it.
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
export class LockTimeoutError extends named('LockTimeoutError') {}

/**
 * The request was refused, because as many as `maxWaiting` allows were waiting already.
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
export class LockQueueFullError extends named('LockQueueFullError') {}

export function closedError(request: Request): LockError {
  return new LockClosedError(`${cannot(request)}, the lock is closed`);
}

export function releasedError(request: Request): LockError {
  return new LeaseReleasedError(`${cannot(request)} through a lease that has been released`);
}

export function upgradeError(request: Request, parent: string, instead: string): LockError {
  return new LockUpgradeError(`${cannot(request)} through ${parent}; ${instead}`);
}

export function queueFullError(request: Request, waiting: number, maxWaiting: number): LockError {
  const full = `the queue is full (${waiting} waiting, maxWaiting ${maxWaiting})`;
  return new LockQueueFullError(`${cannot(request)}, ${full}`);
}

export function unavailableError(request: Request, blockers: Iterable<Request>): LockError {
  return new LockUnavailableError(`${cannot(request)} immediately${inTheWay(blockers)}`);
}

export function timeoutError(
  request: Request,
  time: number,
  blockers: Iterable<Request>,
): LockError {
  const late = `timed out after ${time} ms waiting to acquire ${described(request)}`;
  return new LockTimeoutError(`${request.lockName}: ${late}${inTheWay(blockers)}`);
}

export function policyError(
  lock: string,
  fault = 'requests, releases or cancels on its own lock',
): LockError {
  return new LockError(`${lock}: the policy ${fault}`);
}

export function cannot(request: Request): string {
  return `${request.lockName}: can't acquire ${described(request)}`;
}

/** What was in the way of a request: at most three leases and three requests by name. */
export function inTheWay(blockers: Iterable<Request>): string {
  const [held, ahead]: [string[], string[]] = [[], []];
  for (const one of blockers) (one.phase < GRANTED ? ahead : held).push(described(one));
  return listed('; held by ', held) + listed('; behind ', ahead);
}

function listed(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return title + names.slice(0, 3).join(', ') + more;
}

export function described({ mode, options: { label } }: Request): string {
  return label === undefined ? mode : `${mode} "${label}"`;
}
