import type { Observable } from 'rxjs';

/** How a process holds a lock of an engine: together with other processes, or alone. */
export type RemoteMode = 'shared' | 'exclusive';

/** A request for a lock of the engine. */
export interface RemoteRequest {
  readonly mode: RemoteMode;
  /** Grants the lock without a wait, or completes without a grant. */
  readonly ifAvailable: boolean;
}

/** What comes with a lease of an engine. */
export interface RemoteGrant {
  /** The first fencing token of this lease, greater than every token given for the lock before. */
  readonly token?: bigint | undefined;
  /** How many consecutive tokens belong to this lease, from `token` on; 1 by default. */
  readonly tokens?: number | undefined;
}

/**
 * Requests one lock of an engine, which may be shared by tabs, processes or machines.
 *
 * @remarks
 * The contract of `hold`: subscribing requests the lock, and `next` is the grant, once. The lease is
 * held until the subscription ends: unsubscribing cancels the request, or releases the lease. `error`
 * before the grant is a failure of the engine, and after it the loss of the lease. `complete` without
 * a grant means that the lock was not available. A driver may answer synchronously. A lease whose
 * subscription has ended must not be in the way of a later request to the same driver.
 */
export interface LockDriver {
  /** The name of the engine and of the lock: the same text in every process. */
  readonly name?: string | undefined;
  /** Requests the lock, and holds it for as long as the result is subscribed. */
  hold(request: RemoteRequest): Observable<RemoteGrant>;
  /** Emits when another process may have written; without it that is noticed at the next lease. */
  readonly changes?: Observable<unknown> | undefined;
  /**
   * Waits until the engine has released or cancelled whatever has been unsubscribed so far, so that
   * `close()` of a lock can wait for that. Leave it out if nothing is under way after unsubscribing.
   */
  released?(): Promise<unknown>;
}
