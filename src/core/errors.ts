/**
 * The base of every error that a lock makes itself. Its message begins with the name of the lock
 * and tells the mode that was asked for.
 *
 * Where two copies of the package may have been loaded (one as ESM, one as CommonJS), tell errors
 * apart by their `name`, which is the name of their class.
 */
export class LockError extends Error {
  override get name(): string {
    return 'LockError';
  }
}

/** The lock has been completed and takes no new requests. */
export class LockClosedError extends LockError {
  override get name(): string {
    return 'LockClosedError';
  }
}

/**
 * A lease was asked for a mode that it can't be raised to.
 *
 * Two readers that both waited to write would wait for each other for ever, so a reader is refused
 * at once. Ask for the upgradable mode in the first place.
 */
export class LockUpgradeError extends LockError {
  override get name(): string {
    return 'LockUpgradeError';
  }
}

/** Something was asked through a lease that no longer holds the lock. */
export class LeaseReleasedError extends LockError {
  override get name(): string {
    return 'LeaseReleasedError';
  }
}

/** A request that was to be granted at once would have had to wait. */
export class LockUnavailableError extends LockError {
  override get name(): string {
    return 'LockUnavailableError';
  }
}

/** The time that a request may wait ran out. */
export class LockTimeoutError extends LockError {
  override get name(): string {
    return 'LockTimeoutError';
  }
}

/** As many requests wait as the lock lets wait. */
export class LockQueueFullError extends LockError {
  override get name(): string {
    return 'LockQueueFullError';
  }
}
