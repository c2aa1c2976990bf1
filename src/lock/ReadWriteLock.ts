import { Observable, type Observer, type SchedulerLike } from 'rxjs';
import { ask, close, fail, LockCore } from '../core/LockCore.js';
import { NONE, READ, strengthOf, UPGRADABLE, WRITE } from '../core/LockMode.js';
import type { Request } from '../core/Request.js';
import type { LockPolicy } from '../core/LockPolicy.js';
import { oneScope, type Scopes } from '../core/Scopes.js';
import { fifo } from '../core/policies/fifo.js';
import { type Claim, isClaim } from './Claim.js';
import { deliver } from './deliver.js';
import type { Gate } from './Gate.js';
import { LockGate } from './LockGate.js';
import type { LockLike } from './LockLike.js';
import type { LockRequest } from './LockRequest.js';
import type { LockState } from './LockState.js';
import { report } from './report.js';
import { check, checkMethod, checkOptions } from './RequestOptions.js';
import { snapshot, StateFeed } from './StateFeed.js';

/**
 * What a {@link ReadWriteLock} can be told when it is made.
 *
 * @example
 * ```ts
 * import { asapScheduler } from 'rxjs';
 * import { phaseFair, ReadWriteLock, type ReadWriteLockOptions } from 'rxjs-rwlock';
 *
 * const options: ReadWriteLockOptions = { policy: phaseFair, maxWaiting: 100 };
 * const accounts = new ReadWriteLock({ ...options, name: 'accounts' });
 * const orders = new ReadWriteLock({ ...options, name: 'orders', scheduler: asapScheduler });
 * console.log(accounts.writer.tryAcquire()?.mode, orders.writer.tryAcquire()?.mode); // write write
 * ```
 */
export interface ReadWriteLockOptions {
  /** Who goes first where a reader and a writer wait: {@link fifo} unless told otherwise. */
  readonly policy?: LockPolicy;
  /** What the lock is called in the messages of its errors: `lock` unless told otherwise. */
  readonly name?: string;
  /**
   * How many requests may wait, a number; no limit unless told otherwise. One more errors with
   * {@link LockQueueFullError}. All that wait are counted, also those whom the new request would
   * overtake by its priority, and the keys of a {@link KeyedReadWriteLock} count together. An
   * upgrade, which stands ahead of all, is never refused for it.
   */
  readonly maxWaiting?: number;
  /**
   * Where grants are delivered: synchronously unless told otherwise, on `asapScheduler` always
   * asynchronously. The lock is taken at once all the same, and `tryAcquire()` answers at once.
   */
  readonly scheduler?: SchedulerLike;
}

/**
 * Lets many readers in together or one writer in alone.
 *
 * ```text
 * reader A   ^----!
 * reader B    ^------!
 * writer C           ^---!
 * reader D               ^--!     asked while C waited
 * ```
 *
 * It is a subject: requests go in, states come out. Subscribing to it emits the current
 * {@link LockState} and then one frozen snapshot per transition, in order.
 *
 * @remarks
 * Fairness: by default ({@link fifo}) a request is granted exactly when its mode is compatible
 * with every holder and with every waiter that asked earlier. It is granted synchronously where
 * it conflicts with nobody.
 *
 * Cancellation: unsubscribing withdraws a waiting request in constant time and lets in whoever it
 * held back.
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
export class ReadWriteLock
  extends Observable<LockState>
  implements LockLike, Observer<LockRequest>
{
  readonly reader: Gate<'read'> = new LockGate(this, READ);
  readonly upgradable: Gate<'upgradable'> = new LockGate(this, UPGRADABLE);
  readonly writer: Gate<'write'> = new LockGate(this, WRITE);

  /** @internal */
  readonly core: LockCore;

  /**
   * @param options - the policy, the name, the limit of the queue and the scheduler of grants
   * @throws TypeError or RangeError for options that make no sense
   */
  constructor(options?: ReadWriteLockOptions);
  /** @internal */
  // eslint-disable-next-line @typescript-eslint/unified-signatures -- the second one is not published
  constructor(options: ReadWriteLockOptions, scopes: Scopes);
  constructor(options: ReadWriteLockOptions = {}, scopes: Scopes = oneScope()) {
    checkOptions(options);
    const { policy = fifo, name = 'lock', maxWaiting = Infinity, scheduler } = options;
    check('policy', policy, 'function');
    check('name', name, 'string');
    check('maxWaiting', maxWaiting, 'number', 0);
    if (scheduler !== undefined) checkMethod('scheduler', scheduler, 'schedule');
    const grant = (request: Request) => {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- only claims are asked with here
      deliver(request as Claim, scheduler);
    };
    const core = new LockCore({ policy, name, maxWaiting, grant, report, scopes });
    super((subscriber) => {
      new StateFeed(core, subscriber);
    });
    this.core = core;
  }

  /** What the lock looks like now. */
  get state(): LockState {
    return snapshot(this.core);
  }

  /**
   * Takes a request; the gates use this way in, and a stream of requests can be subscribed with
   * the lock as its observer.
   *
   * @param request - what is asked for, and whom to tell
   * @throws TypeError where the request has no known mode or no `granted` function
   */
  next(request: LockRequest): void {
    if (isClaim(request)) request.ask((claim) => ask(this.core, claim));
    else this.#acquireFor(checked(request));
  }

  /**
   * Fails the lock: waiters error with the reason in the order of the queue, then holders' sources
   * are unsubscribed and their consumers error with it, and so does every later request.
   *
   * @param reason - what everybody errors with
   */
  error(reason: unknown): void {
    fail(this.core, reason);
  }

  /**
   * Closes the lock gently: new requests error with {@link LockClosedError}, holders and waiters
   * are served, and the stream of states completes when all are done.
   */
  complete(): void {
    close(this.core);
  }

  #acquireFor(request: LockRequest): void {
    new LockGate(this, strengthOf(request.mode)).acquire(request).subscribe({
      next(lease) {
        try {
          request.granted(lease);
        } catch (error) {
          lease.release();
          throw error;
        }
      },
      ...(request.failed && { error: (error: unknown) => request.failed?.(error) }),
    });
  }
}

function checked(request: LockRequest): LockRequest {
  const { mode } = (request as LockRequest | null | undefined) ?? {};
  if (strengthOf(mode) === NONE) throw new TypeError(`${String(mode)} is not a mode of a lock`);
  checkMethod('request', request, 'granted');
  if (request.failed) checkMethod('request', request, 'failed');
  return request;
}
