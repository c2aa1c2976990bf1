import type { LockMode } from '../core/LockMode.js';
import type { Lease } from './Lease.js';
import type { RequestOptions } from './RequestOptions.js';

/**
 * A request as a value: what {@link ReadWriteLock.next} takes.
 *
 * @example
 * ```ts
 * import { from } from 'rxjs';
 * import { type LockRequest, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const request = (mode: LockRequest['mode']): LockRequest => ({
 *   mode,
 *   granted(lease) {
 *     console.log(mode); // write, read
 *     lease.release();
 *   },
 * });
 * from([request('write'), request('read')]).subscribe(lock);
 * ```
 */
export interface LockRequest extends RequestOptions {
  /** The mode asked for. */
  readonly mode: LockMode;
  /**
   * Called once with the lease; whoever gets it lets it go. Where this throws, the lease is
   * released and the error reported as RxJS reports what an observer throws.
   */
  granted(lease: Lease): void;
  /** Called at most once: the request was refused, or the lock has failed. */
  failed?(error: unknown): void;
}
