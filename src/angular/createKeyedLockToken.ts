import type { InjectionToken } from '@angular/core';
import { KeyedReadWriteLock } from '../index.js';
import { lockToken, type LockTokenOptions } from './lockToken.js';

/**
 * Creates an injection token for a {@link KeyedReadWriteLock}, as {@link createLockToken} does for
 * a single lock.
 *
 * @example
 * ```ts
 * import { HttpClient } from '@angular/common/http';
 * import { inject } from '@angular/core';
 * import { withWriteLock } from 'rxjs-rwlock';
 * import { createKeyedLockToken } from 'rxjs-rwlock/angular';
 *
 * const ROWS = createKeyedLockToken<number>('rows');
 *
 * export class RowService {
 *   readonly #http = inject(HttpClient);
 *   readonly #locks = inject(ROWS);
 *
 *   save(id: number, row: object) {
 *     return this.#http.put(`/rows/${id}`, row).pipe(withWriteLock(this.#locks.for(id)));
 *   }
 * }
 * ```
 *
 * @typeParam K - the type of the keys
 * @param name - the name of the lock, in messages and traces
 * @param options - those of a {@link ReadWriteLock}
 * @returns the token
 * @throws TypeError or RangeError for invalid arguments
 */
export function createKeyedLockToken<K>(
  name: string,
  options?: LockTokenOptions,
): InjectionToken<KeyedReadWriteLock<K>> {
  return lockToken(name, options, (all) => new KeyedReadWriteLock<K>(all));
}
