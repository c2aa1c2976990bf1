import { asyncScheduler, type SchedulerAction, Subscription, type Unsubscribable } from 'rxjs';
import { Claim } from './Claim.js';
import type { Gate } from './Gate.js';
import { report } from './report.js';
import { NO_OPTIONS } from './RequestOptions.js';

/** Work that a gate runs under its lock, once for each time that it is scheduled. */
export class GateAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #gate: Gate;
  readonly #work: (this: SchedulerAction<T>, state: T) => void;
  #state: T | undefined;
  /** The delay or the request that is waited for. */
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
    if (delay > 0) this.#wait = asyncScheduler.schedule(() => this.#ask(), delay);
    else this.#ask();
    return this;
  }

  // An action that schedules itself while it runs holds the lock still; it asks again once it has
  // let go. It does so in this loop, so that one that is always granted at once, as a reader is,
  // does not grow the stack.
  #ask(): void {
    this.#due = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#due && !this.closed) {
      this.#due = false;
      const claim: Claim = new Claim(this.#gate, NO_OPTIONS, {
        next: () => this.#run(claim),
        error: (error) => this.#fail(error),
      });
      this.#wait = claim;
      this.#gate.ask(claim);
    }
    this.#busy = false;
  }

  /** Does the work, under the claim that has been granted for it. */
  #run(claim: Claim): void {
    const inLoop = this.#busy;
    this.#busy = true;
    this.#wait = undefined;
    try {
      this.#work(this.#state as T);
    } catch (error) {
      this.#fail(error);
    } finally {
      claim.unsubscribe();
      this.#busy = inLoop;
    }
    if (this.#due) this.#ask();
  }

  /** Ends this action and no other: the error has nobody else to go to. */
  #fail(error: unknown): void {
    this.unsubscribe();
    report(error);
  }
}
