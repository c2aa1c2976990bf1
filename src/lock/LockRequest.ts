import type { LockMode } from '../core/LockMode.js';
import type { Lease } from './LockLike.js';
import type { RequestOptions } from './RequestOptions.js';

/**
 * A request as a value, for {@link ReadWriteLock.next}.
 */
export interface LockRequest extends RequestOptions {
  /** The mode that is requested. */
  readonly mode: LockMode;
  /**
   * Called once with the lease, which it must release. If it throws, the lease is released and the
   * error is reported the way RxJS reports an error thrown by an observer.
   */
  granted(lease: Lease): void;
  /** Called at most once, if the request is refused or its lock fails. */
  failed?(error: unknown): void;
}
