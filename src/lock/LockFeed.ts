import type { Subscriber } from 'rxjs';
import { hasEnded, type LockCore } from '../core/LockCore.js';
import type { LockObserver, Transition } from '../core/LockObserver.js';
import type { Request } from '../core/Request.js';
import { attempt } from './report.js';

/**
 * What one subscriber is told of a lock, in order, from its subscription to the end of the lock.
 *
 * Values are noted while the state is half-way, and sent once it is settled. What a subscriber
 * causes by calling back into the lock is sent behind what is on its way.
 */
export abstract class LockFeed<T> implements LockObserver {
  readonly #subscriber: Subscriber<T>;
  #pending: T[] = [];
  #sending = false;

  constructor({ observers }: LockCore, subscriber: Subscriber<T>) {
    this.#subscriber = subscriber;
    observers.push(this);
    subscriber.add(() => observers.splice(observers.indexOf(this), 1));
  }

  abstract note(core: LockCore, transition: Transition, request?: Request): void;

  settled(core: LockCore): void {
    if (this.#sending) return;
    this.#sending = true;
    // The array grows while it is walked; nothing is shifted, however long it gets.
    for (const value of this.#pending) this.#tell((subscriber) => subscriber.next(value));
    this.#pending = [];
    this.#sending = false;
    // Read late: a subscriber may have closed the lock while it was told.
    const { failure } = core;
    if (!hasEnded(core)) return;
    this.#tell((subscriber) => (failure ? subscriber.error(failure.error) : subscriber.complete()));
  }

  protected push(value: T): void {
    this.#pending.push(value);
  }

  /** What a subscriber's own teardown throws must not keep others from being told, or served. */
  #tell(notify: (subscriber: Subscriber<T>) => void): void {
    attempt(() => notify(this.#subscriber));
  }
}
