import { asyncScheduler, Observable, type Subscriber, type TimestampProvider } from 'rxjs';
import { leasesOf, type LockCore, waitersOf } from '../core/LockCore.js';
import { overlap } from '../core/Scope.js';
import type { Transition } from '../core/LockObserver.js';
import { conflict, type LockMode } from '../core/LockMode.js';
import { byPrecedence, keepsOut } from '../core/precedence.js';
import type { Request } from '../core/Request.js';
import { isClaim } from './Claim.js';
import { LockFeed } from './LockFeed.js';
import type { ReadWriteLock } from './ReadWriteLock.js';
import { report } from './report.js';
import { checkMethod } from './RequestOptions.js';

/**
 * Something that happened to one request, as {@link traceLock} tells it.
 *
 * @example
 * ```ts
 * import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
 *
 * const tell = ({ id, label = `#${id}`, type, mode }: LockEvent) => `${label} ${type} ${mode}`;
 * const lock = new ReadWriteLock();
 * traceLock(lock).subscribe((event) => console.log(tell(event)));
 * const lease = lock.writer.tryAcquire({ label: 'save' });
 * // prints save asked write, save granted write
 * lease?.downgrade('read');
 * // prints save downgraded read
 * lease?.release();
 * // prints save released read
 * ```
 */
export interface LockEvent {
  /** What happened: an `upgraded` request is granted, too. */
  readonly type: 'asked' | 'granted' | 'upgraded' | 'downgraded' | 'cancelled' | 'released';
  /** The number of the request: of two, the one with the lower number asked first. */
  readonly id: number;
  /** The mode it asks for, or holds after the event. */
  readonly mode: LockMode;
  /** What it is called, where the `label` of its options says so. */
  readonly label: string | undefined;
  /** When it happened, in milliseconds of the clock of the trace. */
  readonly time: number;
  /** Who keeps it out, for a request that asks and has to wait: their numbers. */
  readonly blockedBy: readonly number[];
}

/**
 * Tells what happens to every request that a lock takes.
 *
 * ```text
 * A writes        ^-------!
 * B reads              ^-------!
 * traceLock(lock) (ab)-c--(de)-f     a: A asked, b: A granted, c: B asked, blocked by A,
 *                                    d: A released, e: B granted, f: B released
 * ```
 *
 * @remarks
 * A request that is refused at once is not in it: who asked is told. Who blocks a waiter is told
 * when it asks; whoever goes before it later is heard to ask in his turn. The keys that `allOf`
 * asks for are requests of one label.
 *
 * It costs the lock nothing while nobody is subscribed. Finding out who blocks a waiter takes time
 * linear in the number of requests, for each request that waits. It ends as the lock's own stream
 * of states does.
 *
 * @example
 * ```ts
 * import { NEVER, of } from 'rxjs';
 * import { ReadWriteLock, traceLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * traceLock(lock).subscribe(({ type, label, blockedBy }) => {
 *   console.log(type, label, ...blockedBy);
 * });
 * NEVER.pipe(withWriteLock(lock, { label: 'save' })).subscribe();
 * // prints asked save
 * // prints granted save
 * of(1).pipe(withReadLock(lock, { label: 'load' })).subscribe();
 * // prints asked load 1
 * ```
 *
 * @param lock - the lock that is watched
 * @param clock - tells the time, in milliseconds: that of RxJS unless told otherwise; `performance`
 * tells parts of a millisecond, too
 * @returns an Observable of events, from its subscription on
 */
export function traceLock(
  lock: ReadWriteLock,
  clock: TimestampProvider = asyncScheduler,
): Observable<LockEvent> {
  const core = (lock as ReadWriteLock | undefined)?.core;
  if (!(core as Partial<LockCore> | undefined)?.observers)
    throw new TypeError('this is no ReadWriteLock');
  checkMethod('clock', clock, 'now');
  return new Observable((subscriber) => {
    new EventFeed(lock.core, subscriber, clock).settled(lock.core);
  });
}

class EventFeed extends LockFeed<LockEvent> {
  readonly #waiting: Set<Request>;
  /** Those of the events to come that have no time yet. */
  #timeless: { time: number }[] = [];
  readonly #clock: TimestampProvider;

  constructor(core: LockCore, subscriber: Subscriber<LockEvent>, clock: TimestampProvider) {
    super(core, subscriber);
    this.#clock = clock;
    this.#waiting = new Set(waitersOf(core));
  }

  override note(core: LockCore, transition: Transition, request?: Request): void {
    if (!request) {
      // Who waits when the lock fails has not been cancelled one by one.
      if (core.failure)
        for (const waiter of [...this.#waiting].sort(byPrecedence)) this.#push('cancelled', waiter);
      return;
    }
    if (transition === 'queued') {
      this.#waiting.add(request);
      this.#push('asked', request, blockers(core, request));
      return;
    }
    // Who is granted at once has not been heard of yet.
    const isNew = transition === 'granted' || transition === 'upgraded';
    if (isNew && !this.#waiting.has(request)) this.#push('asked', request);
    this.#waiting.delete(request);
    this.#push(transition as LockEvent['type'], request);
  }

  override settled(core: LockCore): void {
    if (this.#timeless.length > 0) {
      const time = this.#now();
      for (const event of this.#timeless) event.time = time;
      this.#timeless = [];
    }
    super.settled(core);
  }

  /** A clock that throws must not keep the others from being told. */
  #now(): number {
    try {
      return this.#clock.now();
    } catch (error) {
      report(error);
      return NaN;
    }
  }

  #push(type: LockEvent['type'], request: Request, blockedBy: readonly number[] = []): void {
    const { order: id, mode } = request;
    const label = isClaim(request) ? request.options.label : undefined;
    const event = { type, id, mode, label, time: NaN, blockedBy };
    this.#timeless.push(event);
    this.push(event);
  }
}

/** Whom a waiter waits for: holders other than its own, and waiters ahead of it. */
function blockers(core: LockCore, waiter: Request): number[] {
  const { strength, scope, holder } = waiter;
  const holding = leasesOf(core).filter(
    (lease) => !(holder && lease.holder === holder) && conflict(lease.strength, strength),
  );
  // A holder passes every waiter.
  const ahead = holder
    ? []
    : waitersOf(core).filter((other) => keepsOut(core.terms, other, waiter));
  return [...holding, ...ahead]
    .filter((other) => overlap(other.scope, scope))
    .map(({ order }) => order);
}
