import { asyncScheduler, Observable, type Subscriber, type TimestampProvider } from 'rxjs';
import { type LockCore, waitingRequests } from '../core/LockCore.js';
import type { LockMode } from '../core/LockMode.js';
import type { Transition } from '../core/LockObserver.js';
import { precedes, type Request, WAITING } from '../core/Request.js';
import { checkMethod, expected } from './checks.js';
import { Feed } from './Feed.js';
import type { ReadWriteLock } from './ReadWriteLock.js';
import { report } from './report.js';

/**
 * What happened to one request, as {@link traceLock} emits it.
 */
export interface LockEvent {
  /** What happened. An `upgraded` request has been granted, too. */
  readonly type: 'requested' | 'granted' | 'upgraded' | 'downgraded' | 'cancelled' | 'released';
  /**
   * The number of the request: of two, the one with the lower number was made first. A request that
   * takes the place of another one, at a gate of {@link latest}, has its number as well, unless it
   * has a higher priority: that number is `cancelled` and then `requested` again.
   */
  readonly id: number;
  /** The mode that is requested, or held after the event. */
  readonly mode: LockMode;
  /** The `label` of its options. */
  readonly label: string | undefined;
  /** When it happened, in milliseconds of the clock of the trace. */
  readonly time: number;
  /** The numbers of the requests that block a request when it is queued. */
  readonly blockedBy: readonly number[];
}

/**
 * Emits what happens to each request of a lock: it is requested, granted, upgraded, downgraded,
 * cancelled or released.
 *
 * ```text
 * A writes        ^-------!
 * B reads              ...^----!
 * traceLock(lock) (ab)-c--(de)-f     a: A requested, b: A granted, c: B requested, blocked by A,
 *                                    d: A released, e: B granted, f: B released
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Requests refused immediately are not traced. `blockedBy` lists what blocks the request when it is
 * queued, and isn't updated if a later request overtakes it. Several keys that {@link allOf}
 * requests from one lock are one request.
 *
 * A trace costs the lock nothing while it has no subscriber. Finding what blocks a waiting request
 * takes time linear in the number of leases and waiting requests. The trace ends when the lock's
 * own stream of states does.
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
 * // prints requested save
 * // prints granted save
 * of(1).pipe(withReadLock(lock, { label: 'load' })).subscribe();
 * // prints requested load 1
 * ```
 *
 * @param lock - the lock to watch
 * @param clock - the source of `time`, in milliseconds: by default RxJS's own; `performance` also
 * tells fractions of a millisecond
 * @returns an Observable of the events after its subscription
 * @throws TypeError if `lock` is not a ReadWriteLock, or `clock` has no `now` method
 */
export function traceLock(
  lock: ReadWriteLock,
  clock: TimestampProvider = asyncScheduler,
): Observable<LockEvent> {
  const core = (lock as Partial<ReadWriteLock> | null | undefined)?.core;
  if (!core) throw expected('lock', 'a ReadWriteLock', lock);
  checkMethod('clock', clock, 'now');
  return new Observable((subscriber) => {
    new Trace(core, subscriber, clock).tell();
  });
}

class Trace extends Feed<LockEvent> {
  readonly #clock: TimestampProvider;
  /** The waiting requests, which have been told already. */
  readonly #known: Set<Request>;
  /** Events that have no time yet. */
  #timeless: { time: number }[] = [];

  constructor(core: LockCore, subscriber: Subscriber<LockEvent>, clock: TimestampProvider) {
    super(core, subscriber);
    this.#clock = clock;
    this.#known = new Set(waitingRequests(core));
  }

  override note(transition: Transition, request: Request): boolean {
    const isNew = transition === 'queued' || transition === 'granted' || transition === 'upgraded';
    const isQueued = transition === 'queued';
    const blockers = isQueued ? allBlockersOf(this.core, request) : [];
    if (isNew && !this.#known.has(request)) this.#event('requested', request, blockers);
    if (isQueued) this.#known.add(request);
    else {
      this.#known.delete(request);
      this.#event(transition, request, []);
    }
    return true;
  }

  override settle(): void {}

  override tell(): void {
    const time = this.#timeless.length > 0 ? this.#now() : NaN;
    for (const event of this.#timeless) event.time = time;
    this.#timeless = [];
    super.tell();
  }

  /** A clock that throws must not keep others from being told. */
  #now(): number {
    try {
      return this.#clock.now();
    } catch (error) {
      report(error);
      return NaN;
    }
  }

  #event(type: LockEvent['type'], request: Request, blockers: readonly Request[]): void {
    const { order: id, mode, options } = request;
    const blockedBy = blockers.map(({ order }) => order);
    const event = { type, id, mode, label: options.label, time: NaN, blockedBy };
    this.#timeless.push(event);
    this.push(event);
  }
}

/** All that is in the way of a request: leases, and then waiting requests in their order. */
export function allBlockersOf(core: LockCore, request: Request): Request[] {
  return [...core.blockersOf(request, Infinity)].sort(inOrder);
}

function inOrder(a: Request, b: Request): number {
  if (a.phase !== WAITING || b.phase !== WAITING) return b.phase - a.phase;
  return precedes(a, b) ? -1 : 1;
}
