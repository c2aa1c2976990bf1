/**
 * Conditions of a request. Each works on operators, on `acquire` and on `lease`, and each with the
 * others: the first that applies ends the wait.
 *
 * @example
 * ```ts
 * import { catchError, NEVER, of } from 'rxjs';
 * import { ReadWriteLock, type RequestOptions, withReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const patient: RequestOptions = { waitTimeout: 20, label: 'report' };
 * const lock = new ReadWriteLock();
 * NEVER.pipe(withWriteLock(lock)).subscribe();
 * of('fresh')
 *   .pipe(
 *     withReadLock(lock, patient),
 *     catchError(() => of('stale')),
 *   )
 *   .subscribe((value) => console.log(value)); // stale
 * ```
 */
export interface RequestOptions {
  /**
   * Whether it must be granted at once, under the lock's own policy: otherwise it errors with
   * {@link LockUnavailableError}. It never queues and never overtakes a conflicting waiter.
   */
  readonly ifAvailable?: boolean | undefined;
  /**
   * How long it may wait, in milliseconds of RxJS time; then it leaves the queue as if cancelled
   * and errors with {@link LockTimeoutError}. More than 2147483647, or `Infinity`, is no limit. To
   * limit the hold, put RxJS's `timeout` above the operator.
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Ends the wait with its `reason` when it aborts. Where it has aborted already nothing is asked;
   * after the grant it has no effect.
   *
   * Each waiter listens to its signal, and of more than ten listeners Node warns that they may be a
   * leak (`MaxListenersExceededWarning`): where many share a signal, call
   * `events.setMaxListeners(n, signal)` of `node:events` once.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Among waiters higher numbers go first, and equal ones in the order of asking; an upgrade goes
   * before them all. A finite number (`Infinity` is a `RangeError`), `0` where it is left out.
   * Queueing takes time linear in the number of waiters that are overtaken.
   */
  readonly priority?: number | undefined;
  /** What the request is called in a {@link traceLock | trace}. */
  readonly label?: string | undefined;
}

/** What a request is asked with that names no condition. */
export const NO_OPTIONS: RequestOptions = {};

/**
 * Takes a copy of options, and refuses those that make no sense.
 *
 * @throws TypeError for a value of the wrong type, RangeError for a number that is NaN, or a
 * negative time
 */
export function requestOptions(options: RequestOptions = NO_OPTIONS): RequestOptions {
  if (options === NO_OPTIONS) return options;
  checkOptions(options);
  const { ifAvailable, waitTimeout, signal, priority, label } = options;
  check('ifAvailable', ifAvailable, 'boolean');
  check('priority', priority, 'number', -Number.MAX_VALUE, Number.MAX_VALUE);
  check('waitTimeout', waitTimeout, 'number', 0);
  check('label', label, 'string');
  if (signal !== undefined)
    for (const method of ['addEventListener', 'removeEventListener'])
      checkMethod('signal', signal, method);
  return { ifAvailable, waitTimeout, signal, priority, label };
}

/** Throws a TypeError where options are no object. */
export function checkOptions(options: object): void {
  if (typeof options !== 'object' || (options as object | null) === null)
    throw new TypeError('options is no object');
}

/**
 * Throws where a value is there and of another type (a TypeError), or is a number that is NaN or
 * out of its bounds (a RangeError).
 */
export function check(
  name: string,
  value: unknown,
  type: string,
  least = -Infinity,
  most = Infinity,
): void {
  if (value === undefined) return;
  if (typeof value !== type) throw new TypeError(`${name} is no ${type}`);
  if (typeof value === 'number' && !(value >= least && value <= most))
    throw new RangeError(`${name} can't be ${value}`);
}

/** Throws a TypeError where a value has no such method. */
export function checkMethod(name: string, value: unknown, method: string): void {
  const found = (value as Record<string, unknown> | null | undefined)?.[method];
  check(`${name}.${method}`, found ?? null, 'function');
}
