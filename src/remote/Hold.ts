import { defer, Subscription } from 'rxjs';
import { attempt } from '../lock/report.js';
import type { LockDriver, RemoteGrant, RemoteMode } from './LockDriver.js';

/** Is told what becomes of a request to the engine; each at most once, and nothing after `end()`. */
export interface HoldListener {
  granted(hold: Hold): void;
  /** It is not available now. */
  refused(hold: Hold): void;
  /** The engine has failed before the grant. */
  failed(hold: Hold, error: unknown): void;
  /** The engine has ended the lease. */
  lost(hold: Hold, error: unknown): void;
}

/** A request to the engine, and the lease that comes of it. */
export class Hold {
  readonly mode: RemoteMode;
  /** How many times another mode has been requested instead while it was waited for. */
  readonly changes: number;
  grant: RemoteGrant | undefined = undefined;
  readonly #engine = new Subscription();

  constructor(mode: RemoteMode, changes = 0) {
    this.mode = mode;
    this.changes = changes;
  }

  request(driver: LockDriver, ifAvailable: boolean, listener: HoldListener): void {
    const { mode } = this;
    const ended = (error: unknown) => {
      // The driver may go on inside the call in which this has ended.
      if (this.#engine.closed) return;
      if (this.grant) listener.lost(this, error);
      else listener.failed(this, error);
    };
    const held = defer(() => driver.hold({ mode, ifAvailable })).subscribe({
      next: (grant: RemoteGrant | undefined) => {
        if (this.grant || this.#engine.closed) return;
        this.grant = grant ?? {};
        listener.granted(this);
      },
      error: ended,
      complete: () => {
        if (this.grant) ended(new Error('the driver has completed'));
        else if (!ifAvailable) ended(new Error('the driver has completed without a grant'));
        else if (!this.#engine.closed) listener.refused(this);
      },
    });
    this.#engine.add(held);
  }

  /** Cancels the request, or releases the lease. */
  end(): void {
    attempt(() => this.#engine.unsubscribe());
  }
}
