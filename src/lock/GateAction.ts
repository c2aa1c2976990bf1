import { asyncScheduler, type SchedulerAction, Subscription, type Unsubscribable } from 'rxjs';
import type { Gate, Lease } from './LockLike.js';
import { report } from './report.js';

/** Work that a gate runs while its lock is held, once for each time that it is scheduled. */
export class GateAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #gate: Gate;
  readonly #work: (this: SchedulerAction<T>, state: T) => void;
  #state: T | undefined;
  /** The delay, or the request that waits. */
  #wait: Unsubscribable | undefined;
  #due = false;
  #busy = false;

  constructor(gate: Gate, work: (this: SchedulerAction<T>, state: T) => void) {
    super();
    this.#gate = gate;
    this.#work = work;
    this.add(() => this.#wait?.unsubscribe());
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#state = state;
    this.#wait?.unsubscribe();
    this.#due = false;
    if (delay > 0) this.#wait = asyncScheduler.schedule(() => this.#request(), delay);
    else this.#request();
    return this;
  }

  // An action that reschedules itself while it runs still holds the lock; it requests the lock
  // again once it has released it. It does so in this loop, so that an action that is always
  // granted at once, as a reader is, does not grow the stack.
  #request(): void {
    this.#due = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#due && !this.closed) {
      this.#due = false;
      // In place before the work runs, which may put its own delay there.
      const request = new Subscription();
      this.#wait = request;
      const acquired = this.#gate.acquire().subscribe({
        // An observer of the lock may have cancelled it when it was granted.
        next: (lease) => (this.closed ? lease.release() : this.#run(lease)),
        error: (error: unknown) => {
          if (!this.closed) this.#fail(error);
        },
      });
      request.add(acquired);
    }
    this.#busy = false;
  }

  #run(lease: Lease): void {
    const inLoop = this.#busy;
    this.#busy = true;
    this.#wait = undefined;
    try {
      this.#work(this.#state as T);
    } catch (error) {
      this.#fail(error);
    } finally {
      lease.release();
      this.#busy = inLoop;
    }
    if (this.#due) this.#request();
  }

  /** Ends this action and no other. No one else handles the error, so it is reported. */
  #fail(error: unknown): void {
    this.unsubscribe();
    report(error);
  }
}
