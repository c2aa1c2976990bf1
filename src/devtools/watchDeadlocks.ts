import { asapScheduler, Observable, type Subscriber, type Subscription } from 'rxjs';
import { described } from '../core/errors.js';
import { waitingRequests } from '../core/LockCore.js';
import type { LockObserver, Transition } from '../core/LockObserver.js';
import { OVER, type Request } from '../core/Request.js';
import type { LockMode } from '../index.js';
import { checkMethod, checkRecord } from '../lock/checks.js';
import type { LeaseRequest } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { attempt } from '../lock/report.js';
import type { ContextStorage } from './ContextStorage.js';
import { madeOf, Ownership } from './Ownership.js';
import { coresOf, type WatchedLock } from './watchedLocks.js';

/**
 * What {@link watchDeadlocks} watches.
 */
export interface WatchDeadlocksOptions {
  /** The locks. Of a key, the whole keyed lock is watched. */
  readonly locks: readonly WatchedLock[];
  /**
   * An `AsyncLocalStorage` of Node, for nothing else than this. With it, what a source requests
   * behind a promise is known to belong to its lease, and what a task requests to the task: see
   * {@link watchDeadlocks}.
   */
  readonly storage?: ContextStorage | undefined;
}

/**
 * A lease, or a waiting request, in a {@link Deadlock}.
 */
export interface DeadlockMember {
  /** The name of the lock, with the key; of several locks, their names. */
  readonly lock: string;
  /** The number of the request, as in a trace of the lock. */
  readonly id: number;
  /** The mode that is held or requested. */
  readonly mode: LockMode;
  /** The `label` of its options. */
  readonly label: string | undefined;
  /** Whether it waits. A request for several locks that waits may hold some of them already. */
  readonly state: 'held' | 'waiting';
}

/**
 * Leases and waiting requests that wait for each other, as {@link watchDeadlocks} emits them.
 */
export interface Deadlock {
  /** Each waits for the next one, and the last one for the first. */
  readonly members: readonly DeadlockMember[];
  /** Whether a `waitTimeout` or a `signal` of a waiting member can end it. */
  readonly endsItself: boolean;
  /** A line for each member. */
  readonly message: string;
}

/**
 * Emits each deadlock of some locks: leases and waiting requests that wait for each other in a
 * cycle. It finds two owners that each wait for the lock of the other, longer cycles, and a request
 * that waits for the lease inside of which it is made.
 *
 * @remarks
 * A waiting request waits for what blocks it. A lease waits for the requests that belong to it. It
 * is known that a request belongs to a lease
 *
 * - if it is made through the lease;
 * - if it is made inside of the source of the lease, by what RxJS unsubscribes together with the
 *   source; with `storage` also behind promises, as in an async function;
 * - if the lease has no source, since it comes from `lease()`, `acquire()` or `tryAcquire()`, and
 *   both are requested in the same task: run a task by `storage.run({}, task)`, with an object of
 *   its own, if it does one thing after the other.
 *
 * A request of which none of this is known causes no alarm, whatever its label. What is below an
 * operator does not belong to its lease.
 *
 * A source counts as waiting for everything that is requested inside of it. So there is a false
 * alarm if a `timeout`, a `race` or a `takeUntil` inside of the source ends the wait: use
 * `waitTimeout`, which is told as `endsItself`. With `storage` there is one, too, if the source
 * starts something that it does not wait for.
 *
 * Watch all locks that are held together. What was requested before the subscription is known by
 * its lease only. A deadlock is told once, in a microtask (`asapScheduler`) after the request that
 * closes the cycle. While a request waits inside of a lease, each new waiting request takes time
 * quadratic in the number of leases and waiting requests. Watched requests are slower; others cost
 * nothing. The Observable never ends by itself.
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { ReadWriteLock, withGate, withWriteLock } from 'rxjs-rwlock';
 * import { watchDeadlocks } from 'rxjs-rwlock/devtools';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * watchDeadlocks({ locks: [lock] }).subscribe(({ message }) => {
 *   for (const line of message.split('\n')) console.log(line.trim());
 * });
 * const load = () => defer(() => [1]).pipe(withGate(lock.reader, { label: 'load' }));
 * defer(load).pipe(withWriteLock(lock, { label: 'save' })).subscribe();
 * // prints deadlock:
 * // prints read "load" of settings waits for write "save" of settings
 * // prints write "save" of settings is held until read "load" of settings is over
 * ```
 *
 * @param options - the locks, and a storage that follows promises and timers
 * @returns an Observable of the deadlocks that arise after its subscription
 * @throws TypeError for invalid options
 */
export function watchDeadlocks(options: WatchDeadlocksOptions): Observable<Deadlock> {
  checkRecord('options', options);
  const cores = coresOf(options.locks);
  const { storage } = options;
  if (storage !== undefined)
    for (const method of ['run', 'getStore']) checkMethod('storage', storage, method);
  return new Observable((subscriber) => {
    new DeadlockWatch(cores, storage, subscriber);
  });
}

/** A request that waits for one of its locks. */
interface Waiting {
  readonly request: Request;
  readonly core: LocalLock;
  /** The leases of its owner that are held until it is over. */
  readonly own: readonly LeaseRequest[];
}

class DeadlockWatch {
  readonly #subscriber: Subscriber<Deadlock>;
  readonly #ownership: Ownership;
  readonly #waiting = new Map<LeaseRequest, Waiting>();
  /** The requests that may have closed a cycle: only one that begins to wait can. */
  readonly #suspects = new Set<LeaseRequest>();
  #check: Subscription | undefined;

  constructor(
    cores: Iterable<LocalLock>,
    storage: ContextStorage | undefined,
    subscriber: Subscriber<Deadlock>,
  ) {
    this.#subscriber = subscriber;
    this.#ownership = new Ownership(storage);
    subscriber.add(() => this.#check?.unsubscribe());
    for (const core of cores) {
      for (const lease of [...core.leases, ...core.deliveries]) this.#ownership.meet(lease, true);
      for (const request of waitingRequests(core)) {
        this.#ownership.meet(request, true);
        this.#wait(core, request);
      }
      const observer: LockObserver = {
        note: (transition, request) => this.#note(core, transition, request),
        settle: () => {},
        tell: () => this.#tell(),
      };
      subscriber.add(core.observe(observer, undefined));
    }
  }

  #note(core: LocalLock, transition: Transition, request: Request): true {
    const made = this.#ownership.meet(request);
    if (transition === 'queued') {
      this.#wait(core, request);
      this.#suspects.add(made);
      return true;
    }
    this.#waiting.delete(made);
    if (request.phase === OVER) this.#ownership.end(made);
    else this.#ownership.hold(made);
    return true;
  }

  #wait(core: LocalLock, request: Request): void {
    const own = this.#ownership.leasesOfOwner(request, core);
    this.#waiting.set(madeOf(request), { request, core, own });
  }

  // Not at once: a source that is still being subscribed may complete at once, a read may yield to
  // the request, and the caller may be about to release what it holds.
  #tell(): void {
    if (this.#suspects.size === 0 || this.#check) return;
    this.#check = asapScheduler.schedule(() => {
      this.#check = undefined;
      for (const cycle of this.#cycles())
        attempt(() => this.#subscriber.next(this.#describe(cycle)));
    });
  }

  /** Returns the shortest cycle through each of the suspects. */
  #cycles(): LeaseRequest[][] {
    const suspects = [...this.#suspects].filter((suspect) => this.#waiting.has(suspect));
    this.#suspects.clear();
    const awaited = new Map<LeaseRequest, LeaseRequest[]>();
    for (const [made, { own }] of this.#waiting)
      for (const lease of [...own, ...this.#ownership.leasesAround(made)])
        awaited.set(lease, [...(awaited.get(lease) ?? []), made]);
    const cycles: LeaseRequest[][] = [];
    // A queue alone makes no cycle.
    if (awaited.size === 0) return cycles;
    const known = new Map<LeaseRequest, readonly LeaseRequest[]>();
    const nextOf = (made: LeaseRequest) => {
      const next = known.get(made) ?? [...this.#blockersOf(made), ...(awaited.get(made) ?? [])];
      known.set(made, next);
      return next;
    };
    for (const suspect of suspects) {
      const cycle = shortestCycle(suspect, nextOf);
      // Two of the suspects may be in the same cycle.
      const isSame = (other: LeaseRequest[]) =>
        other.length === cycle?.length && other.every((one) => cycle.includes(one));
      if (cycle && !cycles.some(isSame)) cycles.push(cycle);
    }
    return cycles;
  }

  /** Looked up when needed: a later request may have overtaken this one. */
  #blockersOf(made: LeaseRequest): Set<LeaseRequest> {
    const waiting = this.#waiting.get(made);
    return new Set(waiting && [...waiting.core.blockersOf(waiting.request, Infinity)].map(madeOf));
  }

  #describe(cycle: readonly LeaseRequest[]): Deadlock {
    const endsItself = cycle.some((made) => this.#waiting.has(made) && isLimited(made));
    const lines = cycle.map((made, i) => {
      const next = cycle[(i + 1) % cycle.length] as LeaseRequest;
      return this.#blockersOf(made).has(next)
        ? `  ${named(made)} waits for ${named(next)}`
        : `  ${named(made)} is held until ${named(next)} is over`;
    });
    const title = endsItself ? 'deadlock, until a waitTimeout or signal ends it:' : 'deadlock:';
    const members = cycle.map((made): DeadlockMember => {
      const waiting = this.#waiting.get(made);
      return {
        lock: made.lockName,
        id: waiting?.request.order ?? made.order,
        mode: made.mode,
        label: made.options.label,
        state: waiting ? 'waiting' : 'held',
      };
    });
    return { members, endsItself, message: [title, ...lines].join('\n') };
  }
}

function isLimited({ options: { signal, waitTimeout = Infinity } }: LeaseRequest): boolean {
  return signal !== undefined || waitTimeout < Infinity;
}

function named(made: LeaseRequest): string {
  return `${described(made)} of ${made.lockName}`;
}

/** Searches breadth first from one back to itself. */
function shortestCycle<T>(start: T, nextOf: (one: T) => Iterable<T>): T[] | undefined {
  const before = new Map<T, T>();
  const reached = [start];
  for (const one of reached)
    for (const next of nextOf(one)) {
      if (next === start) {
        const cycle = [one];
        for (let at = one; at !== start; cycle.unshift(at)) at = before.get(at) as T;
        return cycle;
      }
      if (before.has(next)) continue;
      before.set(next, one);
      reached.push(next);
    }
  return undefined;
}
