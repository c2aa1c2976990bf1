import { RemoteReadWriteLock } from '../remote/index.js';
import { driversOf, type WebLockOptions } from './WebLockOptions.js';

/**
 * A read/write lock that all tabs and workers of an origin share. Pass it to every operator that
 * takes a {@link ReadWriteLock}.
 *
 * ```text
 * tab 1, a writer   ^------!
 * tab 2, a reader      ....^---!
 * tab 3, a reader       ...^-----!
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: among tabs in the order of their requests, and within a tab as with a
 * {@link ReadWriteLock}. One Web Lock serves many requests of a tab (`CohortOptions`), so
 * another tab waits for at most the budget of each tab in front of it and its longest hold.
 *
 * Cancellation: unsubscribing cancels the request in all tabs. A tab that is closed or crashes, or
 * goes to another page, passes the lock on.
 *
 * Errors: `LockLostError` if the lock is stolen, or the page goes into the back/forward cache
 * while it holds the lock; `LockEngineError` if the browser refuses the request, as it does
 * in a sandboxed frame.
 *
 * `withLiveReadLock` also reads again when another tab has written.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { withWriteLock } from 'rxjs-rwlock';
 * import { WebReadWriteLock } from 'rxjs-rwlock/web-locks';
 *
 * const lock = new WebReadWriteLock('token');
 * of('no other tab').pipe(withWriteLock(lock)).subscribe(console.log); // no other tab
 * ```
 */
export class WebReadWriteLock extends RemoteReadWriteLock {
  /**
   * @param name - the name of the lock: the same text in every tab, and that of the Web Lock
   * @param options - those of a {@link RemoteReadWriteLock}, and where the lock lives
   * @throws `LockEngineError` with the code `unsupported` where there is no
   * `navigator.locks`; TypeError or RangeError for invalid options, and TypeError if the name
   * begins with `-`
   */
  constructor(name: string, options: WebLockOptions = {}) {
    const driverOf = driversOf(options);
    const { locks: _, name: label = name, ...rest } = options;
    super(driverOf(name), { name: label, ...rest });
  }
}
