import { asyncScheduler, type SchedulerAction, Subscription, type Unsubscribable } from 'rxjs';
import { Claim } from './Claim.js';
import type { Gate } from './Gate.js';
import { report } from './hostOn.js';

/** Work that a gate runs under its lock, once for each time that it is scheduled. */
export class GateAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #gate: Gate;
  readonly #work: (this: SchedulerAction<T>, state: T) => void;
  #state: T | undefined;
  /** The delay or the request that is waited for. */
  #wait: Unsubscribable | undefined;
  #running = false;
  #again = false;

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
    this.#again = false;
    if (delay > 0) this.#wait = asyncScheduler.schedule(() => this.#ask(), delay);
    else this.#ask();
    return this;
  }

  /** Does the work, under the claim that has been granted for it. */
  #run(claim: Unsubscribable): void {
    const inLoop = this.#running;
    this.#running = true;
    this.#wait = undefined;
    try {
      this.#work(this.#state as T);
    } catch (error) {
      this.#fail(error);
    } finally {
      claim.unsubscribe();
      this.#running = inLoop;
    }
    if (!inLoop && this.#again) this.#ask();
  }

  /** Ends this action and no other: the error has nobody else to go to. */
  #fail(error: unknown): void {
    this.unsubscribe();
    report(error);
  }

  #goesOn(): boolean {
    return this.#again && !this.closed;
  }

  // An action that schedules itself while it runs holds the lock still; it asks again once it has
  // let go. It does so in this loop, so that one that is always granted at once, as a reader is,
  // does not grow the stack.
  #ask(): void {
    this.#again = this.#running;
    if (this.#running || this.closed) return;
    this.#running = true;
    do {
      this.#again = false;
      const claim: Claim = new Claim(
        this.#gate,
        {},
        {
          next: () => this.#run(claim),
          error: (error) => this.#fail(error),
        },
      );
      this.#wait = claim;
      this.#gate.ask(claim);
    } while (this.#goesOn());
    this.#running = false;
  }
}
