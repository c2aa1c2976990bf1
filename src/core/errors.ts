import type { LockMode } from './LockMode.js';

/**
 * The base of every error that a lock makes itself.
 *
 * Where two copies of the package may have been loaded (one as ESM, one as CommonJS), tell errors
 * apart by their `name`, which is the name of their class.
 */
export class LockError extends Error {
  override readonly name: string = 'LockError';
}

/** The lock has been completed and takes no new requests. */
export class LockClosedError extends LockError {
  override readonly name = 'LockClosedError';

  /**
   * @param lock - the name of the lock
   * @param mode - the mode that was asked for
   */
  constructor(lock: string, mode: LockMode) {
    super(`${lock} is closed: no ${mode} is granted any more`);
  }
}

/**
 * A lease was asked for a mode that it can't be raised to.
 *
 * Two readers that both waited to write would wait for each other for ever, so a reader is refused
 * at once. Ask for the upgradable mode in the first place.
 */
export class LockUpgradeError extends LockError {
  override readonly name = 'LockUpgradeError';

  /**
   * @param lock - the name of the lock
   * @param held - the mode of the lease
   * @param mode - the mode that was asked for through it
   */
  constructor(lock: string, held: LockMode, mode: LockMode) {
    super(`${lock}: a ${held} lease can't be raised to ${mode}; ask for an upgradable one instead`);
  }
}

/** Something was asked through a lease that no longer holds the lock. */
export class LeaseReleasedError extends LockError {
  override readonly name = 'LeaseReleasedError';

  /**
   * @param lock - the name of the lock
   * @param held - the mode that the lease had
   * @param mode - the mode that was asked for through it
   */
  constructor(lock: string, held: LockMode, mode: LockMode) {
    super(`${lock}: ${mode} was asked through a ${held} lease that has been released`);
  }
}

/** A request that was to be granted at once would have had to wait. */
export class LockUnavailableError extends LockError {
  override readonly name = 'LockUnavailableError';

  /**
   * @param lock - the name of the lock
   * @param mode - the mode that was asked for
   */
  constructor(lock: string, mode: LockMode) {
    super(`${lock}: ${mode} is not available now`);
  }
}

/** The time that a request may wait ran out. */
export class LockTimeoutError extends LockError {
  override readonly name = 'LockTimeoutError';

  /**
   * @param lock - the name of the lock
   * @param mode - the mode that was asked for
   * @param waitTimeout - how long it waited, in milliseconds
   */
  constructor(lock: string, mode: LockMode, waitTimeout: number) {
    super(`${lock}: ${mode} was not granted within ${waitTimeout} ms`);
  }
}

/** As many requests wait as the lock lets wait. */
export class LockQueueFullError extends LockError {
  override readonly name = 'LockQueueFullError';

  /**
   * @param lock - the name of the lock
   * @param mode - the mode that was asked for
   * @param maxWaiting - how many requests may wait
   */
  constructor(lock: string, mode: LockMode, maxWaiting: number) {
    super(`${lock}: ${mode} would have to wait, and ${maxWaiting} wait already`);
  }
}
