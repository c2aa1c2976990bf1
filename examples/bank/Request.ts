import {
  defer,
  delay,
  finalize,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  Subject,
  timer,
} from 'rxjs';
import type { Operation } from './plan.js';

/** How a request ended. `torn`: it read a half-written document; `off`: it found a wrong sum. */
export type Outcome = 'done' | 'torn' | 'off' | 'cancelled';

/** What happened to one operation, and when; times in milliseconds of `performance.now()`. */
export class Request {
  readonly operation: Operation;
  /** Its name in the trace of the lock. */
  readonly label: string;
  readonly #granted = new Subject<void>();
  requestedAt = 0;
  /** Missing if the request was cancelled while it waited. */
  grantedAt: number | undefined = undefined;
  /** When it released the lock, or was cancelled while it waited. */
  endedAt = 0;
  outcome: Outcome = 'cancelled';

  constructor(operation: Operation, label = '') {
    this.operation = operation;
    this.label = label;
  }

  /** Emits when the client cancels. */
  get cancelled(): Observable<unknown> {
    const { cancel } = this.operation;
    if (!cancel) return NEVER;
    return cancel.while === 'waiting'
      ? timer(cancel.after)
      : this.#granted.pipe(delay(cancel.after));
  }

  /** Belongs below the lock's operator, where subscribing makes the request. */
  requested<T>(): MonoTypeOperatorFunction<T> {
    return around(
      () => (this.requestedAt = performance.now()),
      () => (this.endedAt ||= performance.now()),
    );
  }

  /** Belongs above the lock's operator, where the grant subscribes it and it ends before the release. */
  held<T>(): MonoTypeOperatorFunction<T> {
    return around(
      () => {
        this.grantedAt = performance.now();
        this.#granted.next();
      },
      () => (this.endedAt = performance.now()),
    );
  }
}

// Like `tap({ subscribe, finalize })`, which the oldest supported RxJS does not have.
function around<T>(begin: () => void, end: () => void): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      begin();
      return source;
    }).pipe(finalize(end));
}
