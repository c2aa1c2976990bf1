import { Observable, of, type Observer, type Subscription } from 'rxjs';
import {
  type Gate,
  type Lease,
  type LockLike,
  type LockMode,
  type ReadWriteLock,
  type RequestOptions,
  withGate,
  withLiveReadLock,
  withYieldingReadLock,
  type WriteLease,
  type YieldingReadOptions,
} from 'rxjs-rwlock';
import type { Form } from './acts.js';

/** A client of a real gate, which makes its request in one of the possible ways. */
export class RealClient {
  lease: Lease | undefined;
  #subscription: Subscription | undefined;
  #source: Observer<number> | undefined;
  #isGranted = false;
  readonly #note: (what: string) => void;

  constructor(note: (what: string) => void) {
    this.#note = note;
  }

  /** @param delay - how long an action waits before it makes its request */
  request(gate: Gate, form: Form, options: RequestOptions, delay: number): void {
    switch (form) {
      case 'operator':
        this.#subscription = this.#onSource().pipe(withGate(gate, options)).subscribe(this.#fails);
        break;
      case 'function':
        this.#subscription = of(0)
          .pipe(withGate(gate, (_, lease) => this.#onSource(lease), options))
          .subscribe(this.#fails);
        break;
      case 'acquire':
      case 'next':
        this.#subscription = gate.acquire(options).subscribe({
          next: (lease) => this.#takes(lease),
          ...this.#fails,
        });
        break;
      case 'try':
        this.#tryToTake(gate, options.priority);
        break;
      case 'action':
        this.#subscription = gate.schedule(() => this.#note('granted'), delay);
    }
  }

  /** Subscribes a live or a yielding read. */
  readAgain(lock: LockLike, form: Form, options: YieldingReadOptions): void {
    const operator = form === 'live' ? withLiveReadLock : withYieldingReadLock;
    this.#subscription = this.#onSource()
      .pipe(operator<number>(lock, options))
      .subscribe({
        next: (read) => this.#note(`shows ${read}`),
        complete: () => this.#note('completes'),
        ...this.#errors,
      });
  }

  /** Gives the lock itself a request as a value. */
  requestNext(lock: ReadWriteLock, mode: LockMode, options: RequestOptions): void {
    const failed = this.#fails.error;
    lock.next({ mode, ...options, granted: (lease) => this.#takes(lease), failed });
  }

  end(): void {
    if (this.#source) this.#source.complete();
    else this.lease?.release();
  }

  unsubscribe(): void {
    this.#subscription?.unsubscribe();
  }

  downgrade(mode: LockMode): void {
    (this.lease as WriteLease).downgrade(mode as 'read');
  }

  readonly #errors = { error: (error: unknown) => this.#note(`errors ${nameOf(error)}`) };
  readonly #fails = {
    complete: () => {
      if (!this.#isGranted) this.#note('completes empty');
    },
    ...this.#errors,
  };

  #takes(lease: Lease): void {
    this.#isGranted = true;
    this.lease = lease;
    this.#note('granted');
  }

  /** A source that emits how often it has been subscribed. */
  #onSource(lease?: Lease): Observable<number> {
    this.lease = lease;
    let reads = 0;
    return new Observable((subscriber) => {
      this.#source = subscriber;
      this.#isGranted = true;
      this.#note('granted');
      subscriber.next(++reads);
      return () => this.#note('cleans up');
    });
  }

  #tryToTake(gate: Gate, priority: number | undefined): void {
    try {
      const lease = gate.tryAcquire({ ...(priority !== undefined && { priority }) });
      if (lease) this.#takes(lease);
      else this.#note('unavailable');
    } catch (error) {
      this.#fails.error(error);
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}
