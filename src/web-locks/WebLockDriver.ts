import {
  fromEvent,
  NEVER,
  Observable,
  share,
  startWith,
  type Subscriber,
  type Subscription,
  switchMap,
} from 'rxjs';
import {
  type LockDriver,
  type LockEngineCode,
  LockEngineError,
  type RemoteGrant,
  type RemoteRequest,
} from '../remote/index.js';
import { type PageEvents, pageIsCached } from './pageIsCached.js';
import type { WebLocks } from './WebLocks.js';

// The turnstile. In Chromium and Deno an exclusive request that is cancelled grants none of the shared
// requests behind it: they wait on until some lock of that name is released. So a request waits for a
// second lock first, the turnstile, and holds it while it waits for the lock itself. At most one
// request then waits for the lock, and all others wait for the turnstile, where every request is
// exclusive. If the one at the lock is cancelled, it releases the turnstile: a release, which grants.
//
// Node 24 goes further and keeps a cancelled request in its queue until its turn comes. That can't be
// cured from here: the shared requests behind it wait for the leases in front of it.
//
// A request with `ifAvailable` passes by the turnstile: if any request waits, then one waits for the
// lock itself, and the platform refuses a request behind that one.

const CODES = new Map<unknown, LockEngineCode>([
  // A sandboxed frame, or storage that the user has blocked.
  ['SecurityError', 'permission'],
  // The frame of this code has been removed, or its page has been left.
  ['InvalidStateError', 'unreachable'],
  ['NotSupportedError', 'unsupported'],
]);

/** Requests one lock of `navigator.locks`. */
export class WebLockDriver implements LockDriver {
  readonly name: string;
  /**
   * Emits when another tab or worker has held the lock exclusively. jsdom, for example, has no
   * channels to tell that.
   */
  readonly changes: Observable<unknown> | undefined;
  readonly #lock: string;
  readonly #locks: WebLocks;
  readonly #isCached: Observable<boolean>;
  /** Resolves when the platform has carried out the last release here. */
  #released: Promise<unknown> = Promise.resolve();
  /** The channel of `changes`, while it has subscribers. A channel does not hear itself. */
  #channel: BroadcastChannel | undefined;

  constructor(lock: string, locks: WebLocks, page?: PageEvents) {
    this.name = `web-locks:${lock}`;
    this.#lock = lock;
    this.#locks = locks;
    this.#isCached = pageIsCached(page);
    if (typeof BroadcastChannel === 'undefined') return;
    const messages = this.#messages();
    this.changes = this.#isCached.pipe(
      switchMap((isCached, index) => {
        if (isCached) return NEVER;
        // What was written while the page was in the cache, it has not heard of.
        return index === 0 ? messages : messages.pipe(startWith(null));
      }),
      share(),
    );
  }

  /** Neither waits nor holds while the page is in the back/forward cache. */
  hold(request: RemoteRequest): Observable<RemoteGrant> {
    return new Observable<RemoteGrant>((subscriber) => {
      let isHeld = false;
      let attempt: Subscription | undefined;
      const error = (reason: unknown) => subscriber.error(reason);
      const complete = () => subscriber.complete();
      const next = (grant: RemoteGrant) => {
        isHeld = true;
        subscriber.next(grant);
      };
      const begin = () => (attempt = this.#request(request).subscribe({ next, error, complete }));
      const watch = this.#isCached.subscribe((isCached) => {
        if (!isCached) begin();
        else if (isHeld) error(new Error('the page has gone into the back/forward cache'));
        else attempt?.unsubscribe();
      });
      return () => {
        watch.unsubscribe();
        attempt?.unsubscribe();
      };
    });
  }

  #request({ mode, ifAvailable }: RemoteRequest): Observable<RemoteGrant> {
    return new Observable<RemoteGrant>((subscriber) => {
      const abort = new AbortController();
      const { signal } = abort;
      let ended: Promise<unknown> | undefined;
      const request = (...args: Parameters<WebLocks['request']>) =>
        // Rejected before the grant it has failed, and after the grant the lock has been stolen. When
        // this driver aborts it, the subscriber has gone.
        (ended = this.#locks.request(...args).catch((error: unknown) => {
          subscriber.error(withCode(error));
        }));
      const requestNow = () => {
        if (!subscriber.closed) void request(this.#lock, { mode, ifAvailable }, hold);
      };
      const hold = (lock: unknown) => {
        if (!lock) subscriber.complete();
        return subscriber.closed ? undefined : this.#hold(subscriber, mode === 'exclusive');
      };
      const waitForLock = () =>
        new Promise<void>((leaveTurnstile) => {
          const granted = (lock: unknown) => {
            leaveTurnstile();
            return hold(lock);
          };
          void request(this.#lock, { mode, signal }, granted).then(() => leaveTurnstile());
        });
      // What has just been released here must not be in the way.
      if (ifAvailable) void this.#released.then(requestNow);
      else void request(`${this.#lock}:turnstile`, { signal }, waitForLock);
      return () => {
        abort.abort();
        if (ended) this.#released = ended;
      };
    });
  }

  /** Holds the lock until the subscriber has gone. */
  #hold(subscriber: Subscriber<RemoteGrant>, isExclusive: boolean): Promise<void> {
    return new Promise((release) => {
      // Told before the release, so that others mostly hear of the write before they read. If that
      // throws, the lock is released all the same.
      if (isExclusive && this.changes) subscriber.add(() => this.#tellOthers());
      subscriber.add(release);
      subscriber.next({});
    });
  }

  #messages(): Observable<unknown> {
    return new Observable((subscriber) => {
      const channel = (this.#channel = this.#openChannel());
      subscriber.add(() => {
        this.#channel = undefined;
        channel.close();
      });
      subscriber.add(fromEvent(channel, 'message').subscribe(subscriber));
    });
  }

  #tellOthers(): void {
    const channel = this.#channel ?? this.#openChannel();
    channel.postMessage(null);
    if (channel !== this.#channel) channel.close();
  }

  #openChannel(): BroadcastChannel {
    const channel = new BroadcastChannel(`rxjs-rwlock:${this.#lock}`);
    // In Node an open channel would keep the process alive.
    (channel as { unref?: () => void }).unref?.();
    return channel;
  }
}

/** What the platform refuses for good, as an error that says so. */
function withCode(error: unknown): unknown {
  const { name, message } = error as Partial<Error>;
  const code = CODES.get(name);
  return code ? new LockEngineError(`navigator.locks: ${message}`, { code, cause: error }) : error;
}
