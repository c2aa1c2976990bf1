import {
  HttpClient,
  HttpErrorResponse,
  type HttpEvent,
  type HttpHandlerFn,
  type HttpRequest,
} from '@angular/common/http';
import { Injector, inject, InjectionToken, runInInjectionContext, untracked } from '@angular/core';
import {
  AsyncSubject,
  catchError,
  concat,
  defer,
  EMPTY,
  ignoreElements,
  mergeMap,
  Observable,
  of,
  throwError,
} from 'rxjs';
import { type LockLike, ReadWriteLock, withReadLock, withWriteLock } from '../index.js';
import { callersZone } from './callersZone.js';
import type { TokenRefreshOptions } from './TokenRefreshOptions.js';

// The refresh holds the write lock. Requests hold the read lock only while they read the token, so that
// none is sent with a token that is being replaced, and a slow response is not waited for. A request
// that was under way when the refresh began gets a 401 and is repeated.

/** How the token of one application is read, sent and refreshed. */
export class TokenRefresher {
  readonly #options: TokenRefreshOptions;
  readonly #injector = inject(Injector);
  readonly #lock: LockLike;
  /** The newest refresh. If it has ended, it tells late subscribers how. */
  #newest: Observable<never> = EMPTY;
  /** Whether the refresh is being subscribed: what is requested meanwhile belongs to it. */
  #isBeginning = false;

  constructor(options: TokenRefreshOptions) {
    const { lock = new ReadWriteLock({ name: 'token', context: callersZone }) } = options;
    this.#options = options;
    this.#lock = lock instanceof InjectionToken ? inject(lock) : lock;
  }

  intercept(request: HttpRequest<unknown>, next: HttpHandlerFn): Observable<HttpEvent<unknown>> {
    const { matches = isRelative } = this.#options;
    if (this.#isBeginning || !matches(request)) return next(request);
    return this.#whenReadable(request, () => {
      const token = this.#token();
      const newest = this.#newest;
      return this.#send(request, next, token).pipe(
        catchError((error: unknown) =>
          this.#isExpired(error) && this.#mayRepeat(token)
            ? this.#sendAgain(request, next, token, newest)
            : throwError(() => error),
        ),
      );
    });
  }

  /** Runs a function as soon as the token may be read, and while it may be. */
  #whenReadable<T>(request: HttpRequest<unknown>, run: () => Observable<T>): Observable<T> {
    const { waitTimeout } = this.#options;
    const label = `${request.method} ${request.url}`;
    return of(true).pipe(
      withReadLock(this.#lock, (now) => of(now), { waitTimeout, label }),
      mergeMap(run),
    );
  }

  #send(
    request: HttpRequest<unknown>,
    next: HttpHandlerFn,
    token: string | null,
  ): Observable<HttpEvent<unknown>> {
    const { authorize = withBearer } = this.#options;
    return next(token === null ? request : authorize(request, token));
  }

  #sendAgain(
    request: HttpRequest<unknown>,
    next: HttpHandlerFn,
    token: string | null,
    newest: Observable<never>,
  ): Observable<HttpEvent<unknown>> {
    const isOld = this.#token() === token;
    // If a refresh has begun since the token was read, that one counts, also if it has failed.
    if (isOld && newest === this.#newest) this.#refresh(token, next);
    const again = defer(() => this.#send(request, next, this.#token()));
    return this.#whenReadable(request, () => (isOld ? concat(this.#newest, again) : again));
  }

  /** Whether there is a token, or there was none before: nobody has logged out meanwhile. */
  #mayRepeat(token: string | null): boolean {
    return token === null || this.#token() !== null;
  }

  /** Refreshes a token. Nobody can cancel that, since others may wait for it. */
  #refresh(token: string | null, next: HttpHandlerFn): void {
    const ended = new AsyncSubject<never>();
    this.#newest = ended;
    // Another tab may have refreshed it while this one waited for the lock.
    defer(() => (this.#token() === token ? this.#refreshed(next) : EMPTY))
      .pipe(withWriteLock(this.#lock, { label: 'refresh' }), ignoreElements())
      .subscribe(ended);
  }

  #refreshed(next: HttpHandlerFn): Observable<unknown> {
    const { refresh } = this.#options;
    return new Observable((subscriber) => {
      this.#isBeginning = true;
      try {
        // The rest of the interceptors, without this one.
        const http = new HttpClient({ handle: next });
        return this.#run(() => refresh(http).subscribe(subscriber));
      } finally {
        this.#isBeginning = false;
      }
    });
  }

  #token(): string | null {
    return this.#run(this.#options.token);
  }

  #isExpired(error: unknown): boolean {
    const { isExpired = ({ status }) => status === 401 } = this.#options;
    return error instanceof HttpErrorResponse && isExpired(error);
  }

  /** Runs a function of the options. An effect that makes a request must not track the token. */
  #run<T>(option: () => T): T {
    return untracked(() => runInInjectionContext(this.#injector, option));
  }
}

/** Any origin, to resolve relative URLs against. */
const HERE = 'http://relative.invalid';

function isRelative({ url }: HttpRequest<unknown>): boolean {
  return new URL(url, HERE).origin === HERE;
}

function withBearer(request: HttpRequest<unknown>, token: string): HttpRequest<unknown> {
  return request.clone({ setHeaders: { Authorization: `Bearer ${token}` } });
}
