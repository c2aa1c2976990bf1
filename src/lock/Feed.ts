import type { Subscriber } from 'rxjs';
import type { LockCore } from '../core/LockCore.js';
import type { LockObserver, Transition } from '../core/LockObserver.js';
import type { Key, Request } from '../core/Request.js';
import { attempt } from './report.js';

/**
 * What one subscriber is told about a lock, in order, until the lock has ended. What the subscriber
 * causes by calling back into the lock is told after what is on its way.
 */
export abstract class Feed<T> implements LockObserver {
  protected readonly core: LockCore;
  readonly #subscriber: Subscriber<T>;
  #pending: T[] = [];
  #telling = false;

  constructor(core: LockCore, subscriber: Subscriber<T>, key?: Key) {
    this.core = core;
    this.#subscriber = subscriber;
    subscriber.add(core.observe(this, key));
  }

  abstract note(transition: Transition, request: Request): boolean;

  abstract settle(): void;

  tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    // The array grows while it is walked.
    for (const value of this.#pending) this.#notify((subscriber) => subscriber.next(value));
    this.#pending = [];
    this.#telling = false;
    // Read late: a subscriber may have closed the lock while it was told.
    const { failure, hasEnded } = this.core;
    if (hasEnded && failure) this.#notify((subscriber) => subscriber.error(failure.error));
    else if (hasEnded) this.#notify((subscriber) => subscriber.complete());
  }

  protected push(value: T): void {
    this.#pending.push(value);
  }

  /** An error thrown by a subscriber's teardown must not keep others from being told, or served. */
  #notify(notify: (subscriber: Subscriber<T>) => void): void {
    attempt(() => notify(this.#subscriber));
  }
}
