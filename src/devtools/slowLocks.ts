import {
  asyncScheduler,
  Observable,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
} from 'rxjs';
import { described, inTheWay } from '../core/errors.js';
import { waitingRequests } from '../core/LockCore.js';
import { ANY } from '../core/LockMode.js';
import type { Transition } from '../core/LockObserver.js';
import { OVER, type Request, WAITING } from '../core/Request.js';
import { check, checkMethod, checkRecord } from '../lock/checks.js';
import { LONGEST } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { attempt } from '../lock/report.js';
import type { Times } from './inspectLock.js';
import { coresOf, type WatchedLock } from './watchedLocks.js';

/**
 * What {@link slowLocks} watches, and the limits above which it warns. A limit that is left out is
 * not watched.
 */
export interface SlowLocksOptions {
  /** The locks. Of a key, the whole keyed lock is watched. */
  readonly locks: readonly WatchedLock[];
  /** The longest time that a lease should be held, in milliseconds. */
  readonly heldFor?: number | undefined;
  /** The longest time that a request should wait, in milliseconds. */
  readonly waitedFor?: number | undefined;
  /** The largest number of requests that should wait for a lock. */
  readonly queue?: number | undefined;
  /** The scheduler of the timers and of the time; `asyncScheduler` by default. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A hold, a wait or a queue above its limit, as {@link slowLocks} emits it.
 */
export interface SlowLock {
  /** Which limit it is above. */
  readonly type: 'held' | 'waited' | 'queue';
  /** The name of the lock, with the key. */
  readonly lock: string;
  /** The number of the request, as in a trace; of a queue, of the request that joined it. */
  readonly id: number | undefined;
  /** The `label` of that request. */
  readonly label: string | undefined;
  /** A sentence with all of this; for a wait, also with what is in the way. */
  readonly message: string;
}

/**
 * Warns of leases that are held for long, of requests that wait for long, and of long queues.
 *
 * ```text
 * save writes   ^---------!
 * report reads    ^---------------!     granted when save releases the lock
 * slowLocks     ------hw--------h       h: held for more than 6, w: waited for more than 5
 * ```
 *
 * @remarks
 * Each hold and each wait is told once. A queue is told again only when it has been within its
 * limit meanwhile. What holds or waits at the subscription counts from then on.
 *
 * For each lock there is at most one timer for holds and one for waits, and none while nothing is
 * held or waiting. While it is subscribed, {@link inspectLock} knows since when. It never ends by
 * itself.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { slowLocks } from 'rxjs-rwlock/devtools';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * const watch = slowLocks({ locks: [lock], waitedFor: 10 }).subscribe(({ message }) => {
 *   console.log(message);
 *   watch.unsubscribe();
 * });
 * lock.writer.tryAcquire({ label: 'save' });
 * lock.reader.acquire({ label: 'report' }).subscribe();
 * // prints settings: read "report" has waited for 10 ms; held by write "save"
 * ```
 *
 * @param options - the locks and the limits
 * @returns an Observable of warnings
 * @throws TypeError or RangeError for invalid options
 */
export function slowLocks(options: SlowLocksOptions): Observable<SlowLock> {
  checkRecord('options', options);
  const { locks, heldFor, waitedFor, queue, scheduler } = options;
  const cores = coresOf(locks);
  check('heldFor', heldFor, 'number', 0);
  check('waitedFor', waitedFor, 'number', 0);
  check('queue', queue, 'number', 0);
  if (scheduler !== undefined) checkMethod('scheduler', scheduler, 'schedule');
  return new Observable((subscriber) => {
    for (const core of cores) new SlowWatch(core, options, subscriber);
  });
}

class SlowWatch implements Times {
  readonly #core: LocalLock;
  readonly #subscriber: Subscriber<SlowLock>;
  readonly #scheduler: SchedulerLike;
  readonly #queue: number;
  readonly #since = new Map<Request, number>();
  readonly #held: Overdue;
  readonly #waited: Overdue;
  /** What has begun to wait or to hold, at a time that is not known yet. */
  #changed = new Set<Request>();
  /** Whether the queue is above its limit, which has been told. */
  #isLong = false;

  constructor(core: LocalLock, options: SlowLocksOptions, subscriber: Subscriber<SlowLock>) {
    const { heldFor, waitedFor, queue = Infinity, scheduler = asyncScheduler } = options;
    this.#core = core;
    this.#subscriber = subscriber;
    this.#scheduler = scheduler;
    this.#queue = queue;
    const held = (request: Request) =>
      this.#warn('held', request, `has been held for ${heldFor} ms`);
    const waited = (request: Request) => {
      const blockers = inTheWay(core.blockersOf(request));
      this.#warn('waited', request, `has waited for ${waitedFor} ms${blockers}`);
    };
    this.#held = new Overdue(heldFor, scheduler, this.#since, held);
    this.#waited = new Overdue(waitedFor, scheduler, this.#since, waited);
    subscriber.add(core.observe(this, undefined));
    subscriber.add(() => {
      this.#held.clear();
      this.#waited.clear();
    });
    this.#changed = new Set([...core.leases, ...core.deliveries, ...waitingRequests(core)]);
    this.tell();
  }

  get now(): number {
    return this.#scheduler.now();
  }

  sinceOf(request: Request): number | undefined {
    return this.#since.get(request);
  }

  note(transition: Transition, request: Request): boolean {
    if (transition === 'downgraded') return false;
    if (transition !== 'queued') this.#waited.remove(request);
    if (request.phase !== OVER) this.#changed.add(request);
    else {
      this.#held.remove(request);
      this.#since.delete(request);
      this.#changed.delete(request);
    }
    return true;
  }

  settle(): void {}

  tell(): void {
    // A clock or a subscriber that throws must not keep others from being told.
    attempt(() => this.#look());
  }

  #look(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    const now = changed.length > 0 ? this.now : NaN;
    for (const request of changed) {
      this.#since.set(request, now);
      (request.phase === WAITING ? this.#waited : this.#held).add(request, now);
    }
    const waiting = this.#core.waiting[ANY];
    const wasLong = this.#isLong;
    this.#isLong = waiting > this.#queue;
    if (!this.#isLong || wasLong) return;
    const { name } = this.#core.terms;
    const joined = changed.at(-1);
    this.#subscriber.next({
      type: 'queue',
      lock: name,
      id: joined?.order,
      label: joined?.options.label,
      message: `${name}: ${waiting} requests wait, which is more than ${this.#queue}`,
    });
  }

  #warn(type: 'held' | 'waited', request: Request, what: string): void {
    const { lockName: lock, order: id, options } = request;
    const message = `${lock}: ${described(request)} ${what}`;
    attempt(() => this.#subscriber.next({ type, lock, id, label: options.label, message }));
  }
}

/** Tells each request that is in it for longer than a limit. One timer serves them all. */
class Overdue {
  readonly #limit: number;
  readonly #scheduler: SchedulerLike;
  readonly #since: ReadonlyMap<Request, number>;
  readonly #tell: (request: Request) => void;
  /** In the order in which they are due, as the limit is the same. */
  readonly #requests = new Set<Request>();
  #timer: Subscription | undefined;

  constructor(
    limit: number | undefined,
    scheduler: SchedulerLike,
    since: ReadonlyMap<Request, number>,
    tell: (request: Request) => void,
  ) {
    this.#limit = limit ?? Infinity;
    this.#scheduler = scheduler;
    this.#since = since;
    this.#tell = tell;
  }

  add(request: Request, now: number): void {
    if (this.#limit > LONGEST) return;
    this.#requests.add(request);
    this.#wait(now);
  }

  remove(request: Request): void {
    if (this.#requests.delete(request) && this.#requests.size === 0) this.clear();
  }

  clear(): void {
    this.#requests.clear();
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #wait(now: number): void {
    const [first] = this.#requests;
    if (!first || this.#timer) return;
    this.#timer = this.#scheduler.schedule(
      () => this.#look(),
      Math.max(0, this.#dueOf(first) - now),
    );
  }

  #look(): void {
    const now = this.#scheduler.now();
    this.#timer = undefined;
    for (const request of this.#requests) {
      if (this.#dueOf(request) > now) break;
      this.#requests.delete(request);
      this.#tell(request);
    }
    this.#wait(now);
  }

  #dueOf(request: Request): number {
    return (this.#since.get(request) ?? NaN) + this.#limit;
  }
}
