/**
 * Keeps a value for all that a call starts, as `AsyncLocalStorage` of Node does.
 *
 * @example
 * ```ts
 * import { AsyncLocalStorage } from 'node:async_hooks';
 * import { type ContextStorage } from 'rxjs-rwlock/devtools';
 *
 * const storage: ContextStorage = new AsyncLocalStorage();
 * storage.run('a task', () => console.log(storage.getStore())); // a task
 * ```
 *
 * @see {@link watchDeadlocks}
 */
export interface ContextStorage {
  /** Runs a function with a value. */
  run<R>(store: unknown, callback: () => R): R;
  /** Returns the value of the present call. */
  getStore(): unknown;
}
