import { KeyedRemoteReadWriteLock } from '../remote/index.js';
import { driversOf, type WebLockOptions } from './WebLockOptions.js';

/**
 * Keeps a lock for each key, which all tabs and workers of an origin share: a
 * {@link WebReadWriteLock} for each.
 *
 * @remarks
 * The Web Lock of the key `ann` of `accounts` is called `accounts[ann]`. There is no lock over all
 * keys.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { withWriteLock } from 'rxjs-rwlock';
 * import { KeyedWebReadWriteLock } from 'rxjs-rwlock/web-locks';
 *
 * const drafts = new KeyedWebReadWriteLock('drafts');
 * of('saved').pipe(withWriteLock(drafts.for('letter'))).subscribe(console.log); // saved
 * ```
 *
 * @typeParam K - the type of the keys; each must be the same text in every tab
 */
export class KeyedWebReadWriteLock<K extends string = string> extends KeyedRemoteReadWriteLock<K> {
  /**
   * @param name - the name of the locks: the same text in every tab
   * @param options - those of a {@link WebReadWriteLock}, for each key
   * @throws as {@link WebReadWriteLock}
   */
  constructor(name: string, options: WebLockOptions = {}) {
    const driverOf = driversOf(options);
    driverOf(name);
    const { locks: _, name: label = name, ...rest } = options;
    super((key) => driverOf(`${name}[${key}]`), { name: label, ...rest });
  }
}
