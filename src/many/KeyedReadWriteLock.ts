import { ObservableLock, ReadWriteLock, type ReadWriteLockOptions } from '../lock/ReadWriteLock.js';
import { expected } from '../lock/checks.js';
import { ALL, KeySet } from './KeySet.js';
import { KeyTable } from './KeyTable.js';

/**
 * Keeps a lock for each key, so that requests for different keys never wait for each other, and one
 * for all keys at once.
 *
 * ```text
 * for('a').writer   ^----!
 * for('b').writer    ^----!         another key: no conflict
 * all.writer          ....^--!      waits for both
 * for('a').reader      ......^--!   waits for the writer of all keys
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: as with {@link ReadWriteLock}, in one order for keys and for all. Requests for
 * different keys never conflict; a request for all conflicts with a request for any key as if both
 * were for the same. A key that is neither held nor waited for takes no memory.
 *
 * A request for a key, or for several by {@link allOf}, takes constant time; a request for all
 * takes time linear in the number of keys that are waited for. Requests for several keys that only
 * read one of them are tested one by one on each change of that key.
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
 * @typeParam K - the type of the keys, which are compared as in a `Map`
 */
export class KeyedReadWriteLock<K> {
  /**
   * The lock of all keys at once. Its writer excludes every other owner, its reader excludes every
   * writer of a key. Its state counts the leases and requests for keys as well; closing or failing
   * it closes or fails all keys.
   */
  readonly all: ReadWriteLock;

  /**
   * @param options - those of a {@link ReadWriteLock}
   * @throws TypeError or RangeError for invalid options
   */
  constructor(options: ReadWriteLockOptions = {}) {
    this.all = new ReadWriteLock(options, new KeyTable(), KeySet.of(ALL));
  }

  // A lock must not be wrapped in a proxy: see ObservableLock.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'KeyedReadWriteLock';
  }

  /**
   * Returns the lock of a key. Equal keys share one lock; calling it again costs nothing.
   *
   * @param key - the key
   * @returns its lock, which is an Observable of its states
   * @throws TypeError if the key is `undefined`
   */
  for(key: K): ObservableLock {
    if (key === undefined) throw expected('key', 'defined', key);
    return new ObservableLock(this.all.core, KeySet.of(key));
  }
}
