import type { FactoryProvider, InjectionToken } from '@angular/core';
import { lockFactory, type LockTokenOptions } from './lockToken.js';

/**
 * Gives a component, a route or an environment a lock of its own for a token. Without it, everybody
 * who injects the token has the lock of the application.
 *
 * @remarks
 * The lock is not closed when its component is destroyed: a save that begins in `ngOnDestroy` is
 * still served.
 *
 * @example
 * ```ts
 * import { createLockToken, provideLock } from 'rxjs-rwlock/angular';
 *
 * const EDITOR = createLockToken('editor');
 * const route = {
 *   path: 'editor',
 *   providers: [provideLock(EDITOR, { maxWaiting: 1 })], // or in `providers` of a component
 * };
 * ```
 *
 * @param token - a token of {@link createLockToken} or {@link createKeyedLockToken}
 * @param options - options that differ from those of the token
 * @returns a provider
 * @throws TypeError or RangeError for invalid arguments
 */
export function provideLock<L>(
  token: InjectionToken<L>,
  options?: LockTokenOptions,
): FactoryProvider {
  return { provide: token, useFactory: lockFactory(token, options) };
}
