import { defer, finalize, type Observable, tap } from 'rxjs';
import type { RemoteGrant, RemoteRequest } from 'rxjs-rwlock/remote';
import { ProcessDriver } from '../../src/testing/ProcessDriver.js';

/** The way of one process to an engine, which tells what the process has requested. */
export class WatchedDriver extends ProcessDriver {
  /** Emits when another process may have written. */
  changes: Observable<unknown> | undefined = undefined;
  /** What has been requested so far, as `shared` or `exclusive`. */
  readonly requests: string[] = [];
  /** The requests that wait in the engine, and those that hold its lease. */
  readonly #live = new Set<{ isHeld: boolean }>();

  /** How many requests wait in the engine or hold its lease. */
  get live(): number {
    return this.#live.size;
  }

  /** Whether it has the lease. */
  get holds(): boolean {
    return [...this.#live].some(({ isHeld }) => isHeld);
  }

  override hold(request: RemoteRequest): Observable<RemoteGrant> {
    return defer(() => {
      const one = { isHeld: false };
      this.requests.push(request.mode);
      this.#live.add(one);
      return super.hold(request).pipe(
        tap(() => (one.isHeld = true)),
        finalize(() => this.#live.delete(one)),
      );
    });
  }
}
