import { ignoreElements, type Observable, share, type Subscriber } from 'rxjs';
import { attempt } from './attempt.js';

/**
 * A value and its subscribers. A subscriber gets the present value when it subscribes, and then each
 * new value once, in order.
 *
 * If a subscriber changes the value inside its `next`, the new value is delivered after the present
 * delivery, by the one loop in `#deliver`: the stack does not grow, and no subscriber gets a newer
 * value before an older one. A new subscriber does not get the deliveries that were queued before
 * it came, since its first value is newer.
 */
export class ValueStream<T> {
  #value: T;
  /** The newest value that has been delivered, or is queued for it. */
  #told: T;
  readonly #equal: (a: T, b: T) => boolean;
  /**
   * Ends as the lock does. The lock is observed only while there are subscribers, so that a lock
   * does not keep its states alive.
   */
  readonly #end: Observable<never>;
  readonly #subscribers = new Set<Subscriber<T>>();
  readonly #deliveries: (() => void)[] = [];
  #isDelivering = false;

  constructor(value: T, equal: (a: T, b: T) => boolean, lock: Observable<unknown>) {
    this.#value = this.#told = value;
    this.#equal = equal;
    this.#end = lock.pipe(ignoreElements(), share());
  }

  get value(): T {
    return this.#value;
  }

  /** Sets the value, and delivers nothing yet. */
  set(value: T): void {
    this.#value = this.#isEqual(value) ? this.#told : value;
  }

  /** Delivers the value, unless it is the one that was delivered last. */
  tell(): void {
    const value = this.#value;
    if (Object.is(this.#told, value)) return;
    this.#told = value;
    const subscribers = [...this.#subscribers];
    this.#deliver(() => {
      for (const subscriber of subscribers) attempt(() => subscriber.next(value));
    });
  }

  subscribe(subscriber: Subscriber<T>): void {
    // Otherwise the new subscriber would get a value that is set and not delivered yet twice.
    this.tell();
    this.#subscribers.add(subscriber);
    subscriber.add(() => this.#subscribers.delete(subscriber));
    const first = () => attempt(() => subscriber.next(this.#value));
    // At once, also inside a delivery: a subscriber may rely on it.
    if (this.#isDelivering) first();
    else this.#deliver(first);
    const end = this.#end.subscribe({
      error: (error: unknown) => this.#deliver(() => attempt(() => subscriber.error(error))),
      complete: () => this.#deliver(() => attempt(() => subscriber.complete())),
    });
    subscriber.add(end);
  }

  #deliver(delivery: () => void): void {
    this.#deliveries.push(delivery);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next; (next = this.#deliveries.shift());) next();
    this.#isDelivering = false;
  }

  #isEqual(value: T): boolean {
    let isEqual = false;
    attempt(() => (isEqual = this.#equal(this.#told, value)));
    return isEqual;
  }
}
