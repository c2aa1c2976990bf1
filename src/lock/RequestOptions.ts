import { check, checkMethod, checkRecord } from './checks.js';

/**
 * Conditions of a request. Every condition works with operators, `acquire` and `lease`, and in
 * combination: the first one that applies ends the wait.
 */
export interface RequestOptions {
  /**
   * Whether the request errors with {@link LockUnavailableError} instead of waiting. It is granted
   * at once or not at all, under the lock's own policy, and never passes a waiting request that
   * conflicts.
   */
  readonly ifAvailable?: boolean | undefined;
  /**
   * The longest time to wait, in milliseconds of RxJS time. Then the request leaves the queue as if
   * cancelled and errors with {@link LockTimeoutError}. `Infinity`, or more than 2147483647, means
   * no limit. To limit the hold, use RxJS's `timeout` above the operator.
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Cancels the wait when it aborts: the request errors with the signal's `reason`, or with an
   * `AbortError` if there is none. If the signal has aborted already, nothing is requested; after
   * the grant has been delivered it has no effect.
   *
   * Every waiting request adds a listener to its signal, and Node warns about more than ten of them
   * (`MaxListenersExceededWarning`). If many requests share a signal, call
   * `events.setMaxListeners(n, signal)` of `node:events` once.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Higher numbers go first among waiting requests; requests of the same priority go in the order
   * in which they were made, and an upgrade goes before them all. A finite number, `0` by default.
   * Joining the queue takes time linear in the number of waiting requests that are overtaken.
   */
  readonly priority?: number | undefined;
  /** The name of the request in error messages and in a {@link traceLock | trace}. */
  readonly label?: string | undefined;
}

/**
 * Copies and checks options.
 *
 * @throws TypeError for a value of the wrong type, RangeError for NaN or a negative time
 */
export function requestOptions(options: RequestOptions): RequestOptions {
  const { ifAvailable, waitTimeout, signal, priority, label } = options;
  check('ifAvailable', ifAvailable, 'boolean');
  check('priority', priority, 'number', -Number.MAX_VALUE, Number.MAX_VALUE);
  check('waitTimeout', waitTimeout, 'number', 0);
  check('label', label, 'string');
  if (signal !== undefined) {
    check('signal.aborted', (signal as AbortSignal | null)?.aborted ?? null, 'boolean');
    for (const method of ['addEventListener', 'removeEventListener'])
      checkMethod('signal', signal, method);
  }
  return { ifAvailable, waitTimeout, signal, priority, label };
}

/** As `requestOptions`, for an argument that is nothing else than options. */
export function ownOptions(options?: RequestOptions): RequestOptions {
  if (options === undefined) return NO_OPTIONS;
  checkRecord('options', options);
  return requestOptions(options);
}

/** The options of a request without conditions. */
export const NO_OPTIONS = requestOptions({});
