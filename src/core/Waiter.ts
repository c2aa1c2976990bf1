import type { LockMode } from './LockMode.js';

/**
 * What a {@link LockPolicy} may know of a request that waits.
 *
 * @example
 * ```ts
 * import { ReadWriteLock, type Waiter } from 'rxjs-rwlock';
 *
 * // Who may write later goes before writers, plain readers go in the order of asking.
 * const mayWrite = ({ mode }: Waiter) => mode === 'upgradable';
 * const lock = new ReadWriteLock({
 *   policy: (reader, writer) => mayWrite(reader) || reader.order < writer.order,
 * });
 * console.log(lock.upgradable.tryAcquire()?.mode); // upgradable
 * ```
 */
export interface Waiter {
  /** The mode it asks for. */
  readonly mode: LockMode;
  /** Its place in the order of asking: of two waiters the one with the lower number asked first. */
  readonly order: number;
  /**
   * Of two waiters that conflict, the one with the higher number goes first; a finite number. An
   * upgrade goes before all, whatever its priority. A policy is asked where two are equal only.
   */
  readonly priority: number;
}
