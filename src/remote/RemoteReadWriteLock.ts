import type { Observer } from 'rxjs';
import { check, checkMethod, checkRecord } from '../lock/checks.js';
import type { LockRequest } from '../lock/LockRequest.js';
import { ObservableLock, ReadWriteLock, type ReadWriteLockOptions } from '../lock/ReadWriteLock.js';
import type { CohortOptions } from './Hand.js';
import type { LockDriver } from './LockDriver.js';
import { RemoteCore } from './RemoteCore.js';

/**
 * Options of a {@link RemoteReadWriteLock}.
 */
export interface RemoteLockOptions extends ReadWriteLockOptions {
  /** How many requests of this process one lease of the engine serves. */
  readonly cohort?: CohortOptions | undefined;
  /** The name of the lock in error messages; by default the name of the driver, or `lock`. */
  readonly name?: string | undefined;
}

/**
 * A read/write lock that several processes, tabs or machines share. It is a lock of this process
 * that holds a lease of an engine while its requests need one: pass it to every operator that takes
 * a {@link ReadWriteLock}.
 *
 * ```text
 * lease of the engine   ...^-------!
 * reader A              ...^----!
 * reader B                   ^-----!     the lease is here: granted at once
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: within this process as with a {@link ReadWriteLock}; among processes as the engine
 * grants its leases. One lease serves all requests of this process until a budget of grants or of
 * time is spent ({@link CohortOptions}) or nobody here wants it any more.
 *
 * Cancellation: unsubscribing the last request that waits here cancels the request to the engine.
 *
 * Errors: {@link LockLostError} if the engine ends a lease while the lock is held,
 * {@link LockEngineError} if it fails before the grant.
 *
 * An upgradable request takes the exclusive lease. `tryAcquire()` is granted only if this process
 * has the lease already.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 * import { localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
 *
 * // Two locks in front of one engine stand for two processes.
 * const driver = localDriver(new ReadWriteLock());
 * const [here, there] = [new RemoteReadWriteLock(driver), new RemoteReadWriteLock(driver)];
 *
 * of('here').pipe(withWriteLock(here)).subscribe((name) => console.log(name)); // here
 * of('there').pipe(withWriteLock(there)).subscribe((name) => console.log(name)); // there
 * ```
 */
export class RemoteReadWriteLock extends ObservableLock implements Observer<LockRequest> {
  /** @internal */
  declare readonly core: RemoteCore;

  /**
   * @param driver - requests leases of the engine
   * @param options - those of a {@link ReadWriteLock}, and the budget of a lease
   * @throws TypeError or RangeError for invalid options, TypeError if `driver` has no `hold` method
   */
  constructor(driver: LockDriver, options: RemoteLockOptions = {}) {
    super(remoteCore(driver, options));
  }

  /** As {@link ReadWriteLock.next}. */
  next(request: LockRequest): void {
    ReadWriteLock.prototype.next.call(this, request);
  }

  /**
   * Fails the lock in this process, as {@link ReadWriteLock.error} does. The lease of the engine is
   * released when all sources have been unsubscribed.
   *
   * @param reason - the error that all requests get
   */
  error(reason: unknown): void {
    this.core.fail(reason);
  }

  /**
   * Closes the lock in this process, as {@link ReadWriteLock.complete} does. The lease of the
   * engine is released after the last request.
   */
  complete(): void {
    this.core.close();
  }

  /**
   * Closes the lock in this process: new requests error with {@link LockClosedError}, and those
   * that hold or wait are still served. Then nothing of this lock is left in the engine, and nothing
   * keeps the process alive.
   *
   * @returns a promise that resolves then
   */
  close(): Promise<void> {
    return closeCore(this.core);
  }

  /** Closes the lock at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The core of a remote lock. */
export function remoteCore(driver: LockDriver, options: RemoteLockOptions): RemoteCore {
  checkMethod('driver', driver, 'hold');
  const { terms, cohort } = checkedTerms(options, driver.name);
  return new RemoteCore(terms, driver, cohort);
}

/** What a lock is made with. */
export function checkedTerms(
  options: RemoteLockOptions,
  driver?: string,
): { readonly terms: RemoteCore['terms']; readonly cohort: Required<CohortOptions> } {
  checkRecord('options', options);
  const { cohort = {}, name = driver, ...rest } = options;
  checkRecord('cohort', cohort);
  const { grants = 64, time = 50, linger = 0 } = cohort;
  for (const [option, value] of Object.entries({ grants, time, linger }))
    check(`cohort.${option}`, value, 'number', 0);
  // A lock of this process checks the other options.
  const { terms } = new ReadWriteLock({ name, ...rest }).core;
  return { terms, cohort: { grants, time, linger } };
}

/** Closes the lock of a core; the promise resolves when nothing of it is left in the engine. */
export async function closeCore(core: RemoteCore): Promise<void> {
  core.close();
  await new Promise<void>((resolve) => {
    const ended = () => resolve();
    new ObservableLock(core).subscribe({ complete: ended, error: ended });
  });
  await core.driver.released?.();
}
