import { Observable, type Subscriber, Subscription } from 'rxjs';
import type { LockDriver, RemoteGrant, RemoteRequest } from '../remote/index.js';

/** The way of one process to an engine: it can lose its lease, and it can be cut off. */
export class ProcessDriver implements LockDriver {
  readonly name: string | undefined;
  readonly #engine: LockDriver;
  readonly #live = new Map<Subscriber<RemoteGrant>, { isHeld: boolean; inner: Subscription }>();
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(engine: LockDriver, name = engine.name) {
    this.#engine = engine;
    this.name = name;
  }

  hold(request: RemoteRequest): Observable<RemoteGrant> {
    return new Observable((subscriber) => {
      if (this.#failure) {
        subscriber.error(this.#failure.error);
        return;
      }
      const one = { isHeld: false, inner: new Subscription() };
      this.#live.set(subscriber, one);
      subscriber.add(() => {
        this.#live.delete(subscriber);
        one.inner.unsubscribe();
      });
      const held = this.#engine.hold(request).subscribe({
        next: (grant) => {
          one.isHeld = true;
          subscriber.next(grant);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      one.inner.add(held);
    });
  }

  /** Ends every lease of this process: the engine is free first, then the process is told. */
  lose(error: unknown): void {
    for (const [subscriber, { isHeld, inner }] of [...this.#live])
      if (isHeld) {
        this.#live.delete(subscriber);
        inner.unsubscribe();
        subscriber.error(error);
      }
  }

  /** Fails every waiting request of this process and, until `mend`, every later one. */
  fail(error: unknown): void {
    this.#failure = { error };
    for (const [subscriber, { isHeld }] of [...this.#live]) if (!isHeld) subscriber.error(error);
  }

  mend(): void {
    this.#failure = undefined;
  }
}
