import { Observable, type Observer, type SchedulerLike } from 'rxjs';
import { LockCore, type LockTerms } from '../core/LockCore.js';
import { LOCK_MODES, type LockMode, type Mode, READ, UPGRADABLE, WRITE } from '../core/LockMode.js';
import type { LockPolicy } from '../core/LockPolicy.js';
import { type LockTable, WaitQueues } from '../core/LockTable.js';
import { fifo } from '../core/policies/fifo.js';
import type { Key } from '../core/Request.js';
import { check, checkMethod, checkRecord, expected } from './checks.js';
import { LeaseRequest, type Lockable, LockGate } from './LockGate.js';
import type { Gate, LockLike } from './LockLike.js';
import type { LockRequest } from './LockRequest.js';
import type { LockState } from './LockState.js';
import { report } from './report.js';
import { requestOptions } from './RequestOptions.js';
import { StateView } from './StateView.js';

/**
 * Options of a {@link ReadWriteLock}.
 */
export interface ReadWriteLockOptions {
  /** Decides whether a waiting reader or a waiting writer goes first; {@link fifo} by default. */
  readonly policy?: LockPolicy | undefined;
  /** The name of the lock in error messages, `lock` by default. */
  readonly name?: string | undefined;
  /**
   * The largest number of waiting requests; no limit by default. One more errors with
   * {@link LockQueueFullError}. All waiting requests count, also those that the new one would
   * overtake by its priority, and those for all keys of a {@link KeyedReadWriteLock} together. An
   * upgrade is never refused because of it.
   */
  readonly maxWaiting?: number | undefined;
  /**
   * The scheduler that delivers grants; by default they are delivered synchronously. The lock is
   * taken at once all the same, and `tryAcquire()` answers at once. Use `asapScheduler` to never
   * run a source inside the call that granted it.
   */
  readonly scheduler?: SchedulerLike | undefined;
  /**
   * Captures the async context of the caller, as `AsyncLocalStorage.snapshot` of Node does:
   * sources, leases and errors that are delivered later run in the context of the call that made
   * their request. By default they run wherever the lock is released, as with an RxJS Subject.
   *
   * It is called only for requests that have to wait, and for each live read. With zone.js:
   * `context: () => { const zone = Zone.current; return (run) => zone.run(run); }`.
   */
  readonly context?: (() => (run: () => void) => void) | undefined;
}

/** The core of a lock, and how its grants are delivered. */
export type LocalLock = LockCore<LockTerms & Lockable['terms']>;

/**
 * A lock that is also an Observable of its states: a {@link ReadWriteLock}, or the lock of a key.
 *
 * @remarks
 * The state of a key counts its own leases and waiting requests and those for all keys. A change of
 * another key emits nothing. While a key has a subscriber, its `version` counts exactly the writes
 * that overlap it; otherwise it also grows with the writes of other keys.
 *
 * @example
 * ```ts
 * import { KeyedReadWriteLock, type ObservableLock } from 'rxjs-rwlock';
 *
 * const accounts = new KeyedReadWriteLock<string>();
 * const ann: ObservableLock = accounts.for('ann');
 * ann.subscribe(({ held }) => console.log(held.write)); // 0, 1
 * accounts.for('bob').writer.tryAcquire();
 * ann.writer.tryAcquire();
 * ```
 */
export class ObservableLock extends Observable<LockState> implements LockLike {
  /** @internal */
  readonly core: LocalLock;
  readonly #key: Key | undefined;
  readonly #view: StateView;
  readonly #gates: (LockGate | undefined)[] = [];

  /** @internal */
  constructor(core: LocalLock, key?: Key) {
    const view = new StateView(core, key);
    super((subscriber) => view.subscribe(subscriber));
    this.core = core;
    this.#key = key;
    this.#view = view;
  }

  get reader(): Gate<'read'> {
    return this.#gate(READ);
  }

  get upgradable(): Gate<'upgradable'> {
    return this.#gate(UPGRADABLE);
  }

  get writer(): Gate<'write'> {
    return this.#gate(WRITE);
  }

  /** The current state: the same frozen object until it changes. */
  get state(): LockState {
    return this.#view.state;
  }

  // Vue and others wrap only what looks like a plain object, and a lock must not be wrapped.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'ReadWriteLock';
  }

  #gate<M extends LockMode>(mode: Mode): LockGate<M> {
    return (this.#gates[mode] ??= new LockGate(this.core, mode, this.#key)) as LockGate<M>;
  }
}

/**
 * Lets reads overlap and makes each write run alone: pass it to {@link withReadLock} and
 * {@link withWriteLock}.
 *
 * ```text
 * reader A   ^----!
 * reader B    ^------!
 * writer C      .....^---!
 * reader D       ........^--!     waits behind C
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * It is a subject: requests go in, states come out. Subscribing to it emits the current
 * {@link LockState}, then a frozen snapshot each time the state has changed.
 *
 * @remarks
 * Fairness: by default ({@link fifo}) a request is granted exactly when it is compatible with every
 * lease and with every earlier request that still waits. If nothing conflicts, it is granted
 * synchronously.
 *
 * Cancellation: unsubscribing removes a waiting request in constant time, and grants the requests
 * that it blocked.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * let settings = { theme: 'light' };
 *
 * of({ theme: 'dark' })
 *   .pipe(withWriteLock(lock))
 *   .subscribe((changed) => (settings = changed));
 * of('theme?')
 *   .pipe(withReadLock(lock))
 *   .subscribe(() => console.log(settings.theme)); // dark
 * ```
 */
export class ReadWriteLock extends ObservableLock implements Observer<LockRequest> {
  /**
   * @param options - the policy, the name, the limit of the queue, the scheduler and the context
   * @throws TypeError or RangeError for invalid options
   */
  constructor(options?: ReadWriteLockOptions);
  /** @internal */
  constructor(options: ReadWriteLockOptions, table: LockTable, all: Key);
  constructor(options: ReadWriteLockOptions = {}, table: LockTable = new WaitQueues(), all?: Key) {
    checkRecord('options', options);
    const { policy = fifo, name = 'lock', maxWaiting = Infinity, scheduler, context } = options;
    check('policy', policy, 'function');
    check('name', name, 'string');
    check('maxWaiting', maxWaiting, 'number', 0);
    check('context', context, 'function');
    if (scheduler !== undefined) checkMethod('scheduler', scheduler, 'schedule');
    super(new LockCore({ policy, name, maxWaiting, scheduler, context, report }, table), all);
  }

  /**
   * Requests the lock. A stream of requests can be subscribed with the lock as its observer.
   *
   * @param request - the mode, the conditions and the callbacks
   * @throws TypeError if the request has no known mode or no `granted` function
   */
  next(request: LockRequest): void {
    if (request instanceof LeaseRequest)
      throw new TypeError('a lease is not a request: use its reader, upgradable or writer');
    const { mode } = (request as Partial<LockRequest> | null | undefined) ?? {};
    const index = LOCK_MODES.indexOf(mode as LockMode) as Mode;
    if (!(index in LOCK_MODES)) throw expected('mode', `one of ${LOCK_MODES.join(', ')}`, mode);
    checkMethod('request', request, 'granted');
    if (request.failed) checkMethod('request', request, 'failed');
    const gate = [this.reader, this.upgradable, this.writer][index] as Gate;
    gate.acquire(requestOptions(request)).subscribe({
      next(lease) {
        try {
          request.granted(lease);
        } catch (error) {
          lease.release();
          throw error;
        }
      },
      ...(request.failed && { error: request.failed.bind(request) }),
    });
  }

  /**
   * Fails the lock: waiting requests error with the reason in the order of the queue, then the
   * sources of all owners are unsubscribed and their consumers error with it. So does every later
   * request.
   *
   * @param reason - the error that all of them get
   */
  error(reason: unknown): void {
    this.core.fail(reason);
  }

  /**
   * Closes the lock: new requests error with {@link LockClosedError}; requests that hold or wait
   * already are still served, and the stream of states completes after the last of them.
   */
  complete(): void {
    this.core.close();
  }
}
