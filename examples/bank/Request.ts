import {
  defer,
  delay,
  finalize,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  of,
  Subject,
} from 'rxjs';
import type { Operation } from './plan.js';

/**
 * How a request ended: `done`; `half`, it met a half-written document; `off`, it found a wrong
 * sum; `cancelled`, its client gave up.
 */
export type Outcome = 'done' | 'half' | 'off' | 'cancelled';

/** How many requests are at work now, and were at most. */
export class AtWork {
  #now = 0;
  most = 0;

  begin(): void {
    this.most = Math.max(this.most, ++this.#now);
  }

  end(): void {
    this.#now--;
  }
}

export type Workers = Readonly<Record<Operation['mode'], AtWork>>;

/** What happened to one operation, and when; times in milliseconds of `performance.now()`. */
export class Request {
  readonly operation: Operation;
  /** What it is called in a trace of the lock. */
  readonly label: string;
  readonly #workers: Workers;
  readonly #granted = new Subject<void>();
  requestedAt = 0;
  /** Missing if it was given up while it waited. */
  grantedAt: number | undefined = undefined;
  /** When it released the lock, or was given up. */
  endedAt: number | undefined = undefined;
  outcome: Outcome = 'cancelled';

  constructor(operation: Operation, workers: Workers, label = '') {
    this.operation = operation;
    this.label = label;
    this.#workers = workers;
  }

  /** Emits when the client loses patience. */
  get givenUp(): Observable<unknown> {
    const { giveUp } = this.operation;
    if (!giveUp) return NEVER;
    const begins: Observable<unknown> = giveUp.while === 'waiting' ? of(undefined) : this.#granted;
    return begins.pipe(delay(giveUp.after));
  }

  /** How long it waited for its turn. */
  get wait(): number {
    return (this.grantedAt ?? this.endedAt ?? NaN) - this.requestedAt;
  }

  /** Stands below the lock's operator: it is subscribed when the lock is requested. */
  requested<T>(): MonoTypeOperatorFunction<T> {
    return around(
      () => (this.requestedAt = performance.now()),
      () => (this.endedAt ??= performance.now()),
    );
  }

  /** Stands above the lock's operator: it is subscribed by the grant and ends before the release. */
  held<T>(): MonoTypeOperatorFunction<T> {
    const atWork = this.#workers[this.operation.mode];
    return around(
      () => {
        this.grantedAt = performance.now();
        atWork.begin();
        this.#granted.next();
      },
      () => {
        this.endedAt = performance.now();
        atWork.end();
      },
    );
  }
}

// As `tap({ subscribe, finalize })`, which the oldest rxjs that the package works with has not.
function around<T>(begin: () => void, end: () => void): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      begin();
      return source;
    }).pipe(finalize(end));
}
