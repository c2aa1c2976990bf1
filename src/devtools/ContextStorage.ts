/**
 * Keeps a value for all that a call starts, as `AsyncLocalStorage` of Node does.
 *
 * @see {@link watchDeadlocks}
 */
export interface ContextStorage {
  /** Runs a function with a value. */
  run<R>(store: unknown, callback: () => R): R;
  /** Returns the value of the present call. */
  getStore(): unknown;
}
