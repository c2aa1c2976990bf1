import { READ, UPGRADABLE, WRITE } from '../core/LockMode.js';
import type { LockLike } from '../lock/LockLike.js';
import { ReadWriteLock, type ReadWriteLockOptions } from '../lock/ReadWriteLock.js';
import { KeyGate } from './KeyGate.js';
import { KeyScopes } from './KeyScopes.js';

/**
 * Has a lock for each key, and one for all keys at once.
 *
 * ```text
 * for('a').writer   ^----!
 * for('b').writer    ^----!        another key: nobody waits
 * all.writer          ^   --!      waits for both
 * for('a').reader      ^    --!    asked behind it
 * ```
 *
 * @remarks
 * Fairness: as with {@link ReadWriteLock}, in one order for keys and for all. Requests for
 * different keys never conflict; a request for all conflicts with one for any key as if both were
 * for the same. A key that nobody holds or waits for takes no memory.
 *
 * A request for a key, or for several by {@link allOf}, takes constant time; one for all takes time
 * linear in the number of keys that are waited for. Where requests for several keys do not write
 * one of them, or have a lease among them, each change of that key looks at all that wait for it.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { KeyedReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const accounts = new KeyedReadWriteLock<string>({ name: 'accounts' });
 * of('deposit')
 *   .pipe(withWriteLock(accounts.for('ann')))
 *   .subscribe(() => {
 *     console.log(accounts.for('bob').writer.tryAcquire() !== undefined); // true
 *     console.log(accounts.all.reader.tryAcquire() !== undefined); // false
 *   });
 * ```
 *
 * @typeParam K - the type of the keys, which are told apart as in a `Map`
 */
export class KeyedReadWriteLock<K> {
  /**
   * The lock of all keys at once. Its writer excludes everybody, its reader every writer of a key.
   * Its states count the requests for keys as well, and closing or failing it does so for all keys.
   */
  readonly all: ReadWriteLock;

  /**
   * @param options - those of a {@link ReadWriteLock}
   * @throws TypeError or RangeError for options that make no sense
   */
  constructor(options: ReadWriteLockOptions = {}) {
    this.all = new ReadWriteLock(options, new KeyScopes());
  }

  /**
   * Gives the lock of a key. It costs nothing to ask for it again.
   *
   * @param key - the key
   * @returns its lock: equal keys share one
   * @throws TypeError where the key is `undefined`
   */
  for(key: K): LockLike {
    if (key === undefined) throw new TypeError('undefined is no key');
    return {
      reader: new KeyGate(this.all, READ, key),
      upgradable: new KeyGate(this.all, UPGRADABLE, key),
      writer: new KeyGate(this.all, WRITE, key),
    };
  }
}
