import type { HttpInterceptorFn } from '@angular/common/http';
import { inject, InjectionToken } from '@angular/core';
import { ReadWriteLock, withReadLock, withWriteLock } from '../index.js';
import { TokenRefresher } from './TokenRefresher.js';
import type { TokenRefreshOptions } from './TokenRefreshOptions.js';

/**
 * Returns an interceptor that sends a token with each request, and refreshes it once when it has
 * expired, for any number of requests.
 *
 * ```text
 * GET /a, GET /b   ---401        ---200     sent again with the new token
 * refresh             ^----|
 * GET /c                ...^---200          begun meanwhile: waits, and is sent once
 *
 * .  waits
 * ```
 *
 * @remarks
 * The refresh holds the write lock. A request holds the read lock only while it reads the token, so
 * that a slow request blocks nobody. A request that was under way with the old token gets a 401 and
 * is repeated, once, without another refresh.
 *
 * Cancellation: unsubscribing a request does not cancel the refresh, for which others may wait.
 *
 * Errors: if the refresh fails, every request that waits for it errors with its error, and so does
 * a request that was under way with the same token. A request that is made later tries again.
 *
 * @example
 * ```ts
 * import { provideHttpClient, withInterceptors } from '@angular/common/http';
 * import { inject, signal } from '@angular/core';
 * import { tap } from 'rxjs';
 * import { tokenRefreshInterceptor } from 'rxjs-rwlock/angular';
 *
 * export class Session {
 *   readonly token = signal<string | null>(null);
 * }
 *
 * const auth = tokenRefreshInterceptor({
 *   token: () => inject(Session).token(),
 *   refresh: (http) => {
 *     const { token } = inject(Session);
 *     return http.post<string>('/api/refresh', null).pipe(tap((fresh) => token.set(fresh)));
 *   },
 * });
 * const providers = [Session, provideHttpClient(withInterceptors([auth]))];
 * ```
 *
 * @param options - how to read, refresh and send the token
 * @returns an interceptor for `withInterceptors`
 * @throws TypeError or RangeError for invalid options
 */
export function tokenRefreshInterceptor(options: TokenRefreshOptions): HttpInterceptorFn {
  checkOptions(options);
  // Not a variable of this module: a server renders for several users at once.
  const refresher = new InjectionToken('tokenRefreshInterceptor', {
    providedIn: 'root',
    factory: () => new TokenRefresher(options),
  });
  return (request, next) => inject(refresher).intercept(request, next);
}

function checkOptions(options: TokenRefreshOptions): void {
  const { token, refresh, matches, isExpired, authorize, waitTimeout, lock } = options;
  checkFunctions({ token, refresh });
  checkFunctions({ matches, isExpired, authorize }, 'undefined');
  // The operators check the others.
  const known = lock === undefined || lock instanceof InjectionToken ? new ReadWriteLock() : lock;
  withReadLock(known, { waitTimeout });
  withWriteLock(known);
}

function checkFunctions(functions: Record<string, unknown>, other?: string): void {
  for (const [name, value] of Object.entries(functions))
    if (typeof value !== 'function' && typeof value !== other)
      throw new TypeError(
        `${name} must be a function, got ${value === null ? 'null' : typeof value}`,
      );
}
