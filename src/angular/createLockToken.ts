import type { InjectionToken } from '@angular/core';
import { ReadWriteLock } from '../index.js';
import { lockToken, type LockTokenOptions } from './lockToken.js';

/**
 * Creates an injection token for a lock: `inject(token)` gives the lock of the application.
 *
 * @remarks
 * The lock is made when it is injected for the first time. With {@link provideLock} a component or
 * a route has a lock of its own. A server that renders several requests at once has a lock for each
 * of them.
 *
 * What waits for the lock runs in the zone of the call that requested it if zone.js is loaded, and
 * never adds signals to the effect that released the lock.
 *
 * @example
 * ```ts
 * import { HttpClient } from '@angular/common/http';
 * import { inject } from '@angular/core';
 * import { withReadLock, withWriteLock } from 'rxjs-rwlock';
 * import { createLockToken } from 'rxjs-rwlock/angular';
 *
 * const SETTINGS = createLockToken('settings');
 *
 * export class SettingsService {
 *   readonly #http = inject(HttpClient);
 *   readonly #lock = inject(SETTINGS);
 *   readonly load$ = this.#http.get('/settings').pipe(withReadLock(this.#lock));
 *
 *   save(settings: object) {
 *     return this.#http.put('/settings', settings).pipe(withWriteLock(this.#lock));
 *   }
 * }
 * ```
 *
 * @param name - the name of the lock, in messages and traces
 * @param options - those of a {@link ReadWriteLock}
 * @returns the token
 * @throws TypeError or RangeError for invalid arguments
 * @see {@link createKeyedLockToken} for a lock of many keys
 */
export function createLockToken(
  name: string,
  options?: LockTokenOptions,
): InjectionToken<ReadWriteLock> {
  return lockToken(name, options, (all) => new ReadWriteLock(all));
}
