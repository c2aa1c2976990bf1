import type { HttpClient, HttpErrorResponse, HttpRequest } from '@angular/common/http';
import type { InjectionToken } from '@angular/core';
import type { Observable } from 'rxjs';
import type { LockLike } from '../index.js';

/**
 * Options of {@link tokenRefreshInterceptor}.
 *
 * @remarks
 * `token` and `refresh` run in the injection context of the application, and may call `inject`. A
 * service that only a route or a component provides is not found there.
 */
export interface TokenRefreshOptions {
  /** Returns the present access token, or `null` if there is none. */
  readonly token: () => string | null;
  /**
   * Refreshes the token and stores it where `token` reads it. The result must complete.
   *
   * If several tabs share the token, let it begin with a look at what is stored: another tab may
   * have refreshed it. `localStorage` may have an old value; IndexedDB has not.
   *
   * Requests of `http` go past this interceptor, and so do requests of any client that are made
   * while the result is being subscribed. A request that another client makes later would wait for
   * the refresh, which waits for that request: exclude it by `matches`.
   */
  readonly refresh: (http: HttpClient) => Observable<unknown>;
  /**
   * Decides which requests get the token. By default those with a relative URL, so that no token is
   * sent to another server.
   */
  readonly matches?: ((request: HttpRequest<unknown>) => boolean) | undefined;
  /** Decides which errors say that the token has expired; by default those with status 401. */
  readonly isExpired?: ((error: HttpErrorResponse) => boolean) | undefined;
  /** Adds a token to a request; by default as `Authorization: Bearer …`. */
  readonly authorize?:
    ((request: HttpRequest<unknown>, token: string) => HttpRequest<unknown>) | undefined;
  /**
   * The longest time that a request waits for a refresh, in milliseconds; then it errors with
   * {@link LockTimeoutError}. The refresh goes on, for others. No limit by default.
   */
  readonly waitTimeout?: number | undefined;
  /**
   * The lock of the token, or an injection token for it: one that other code holds as well, or one
   * across tabs. By default the interceptor has a lock of its own for each application. Where a
   * server renders, give an injection token: a lock would be shared by all users. The token is
   * looked up in the root injector.
   */
  readonly lock?: LockLike | InjectionToken<LockLike> | undefined;
}
