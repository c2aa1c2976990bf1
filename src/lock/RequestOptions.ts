/** Conditions of a request. Each works on operators, on `acquire` and on `lease`. */
export interface RequestOptions {
  /**
   * Whether it must be granted at once, under the lock's own policy: otherwise it errors with
   * {@link LockUnavailableError}. It never queues and never overtakes a conflicting waiter.
   */
  readonly ifAvailable?: boolean | undefined;
  /**
   * How long it may wait, in milliseconds of RxJS time; then it leaves the queue as if cancelled
   * and errors with {@link LockTimeoutError}. More than 2147483647, or `Infinity`, is no limit. To limit the hold, put RxJS's `timeout` above the
   * operator.
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Ends the wait with its `reason` when it aborts. Where it has aborted already nothing is asked;
   * after the grant it has no effect.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Among waiters higher numbers go first, and equal ones in the order of asking; `0` where it is
   * left out. Queueing takes time linear in the number of waiters that are overtaken.
   */
  readonly priority?: number | undefined;
  /** What the request is called in a {@link traceLock | trace}. */
  readonly label?: string | undefined;
}

/**
 * Refuses options that make no sense.
 *
 * @throws TypeError for a value of the wrong type, RangeError for a number that is NaN, or a
 * negative time
 */
export function checkRequestOptions(options: RequestOptions): RequestOptions {
  if (typeof options !== 'object' || (options as unknown) === null)
    throw new TypeError('the options are no object');
  const { ifAvailable, waitTimeout, signal, priority, label } = options;
  checkType('ifAvailable', ifAvailable, 'boolean');
  checkNumber('priority', priority);
  checkNumber('waitTimeout', waitTimeout, 0);
  checkType('label', label, 'string');
  if (signal !== undefined && typeof signal.addEventListener !== 'function')
    throw new TypeError('signal is not an AbortSignal');
  return options;
}

/** Throws a RangeError where a number is NaN or below the least that is allowed. */
export function checkNumber(name: string, value: number | undefined, least = -Infinity): void {
  checkType(name, value, 'number');
  if (value !== undefined && !(value >= least))
    throw new RangeError(`${name} is ${value}${least === 0 ? ', not zero or more' : ''}`);
}

/** Throws a TypeError where a value is there and of another type. */
export function checkType(name: string, value: unknown, type: string): void {
  if (value !== undefined && typeof value !== type) throw new TypeError(`${name} is no ${type}`);
}
