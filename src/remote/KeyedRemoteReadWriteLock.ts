import { expected } from '../lock/checks.js';
import { ObservableLock } from '../lock/ReadWriteLock.js';
import type { LockDriver } from './LockDriver.js';
import type { RemoteCore } from './RemoteCore.js';
import {
  checkedTerms,
  closeCore,
  remoteCore,
  type RemoteLockOptions,
} from './RemoteReadWriteLock.js';

/**
 * Keeps a remote lock for each key, each with a driver of its own.
 *
 * @remarks
 * Nothing is kept of a key that is neither held nor waited for, once the program has dropped its
 * lock. There is no lock over all keys, since an engine knows nothing of the keys that others use.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
 * import { KeyedRemoteReadWriteLock, localDriver } from 'rxjs-rwlock/remote';
 *
 * const accounts = new KeyedRemoteReadWriteLock<string>(
 *   (name) => localDriver(new ReadWriteLock(), `accounts/${name}`),
 * );
 * of('deposit')
 *   .pipe(withWriteLock(accounts.for('ann')))
 *   .subscribe((name) => console.log(name)); // deposit
 * ```
 *
 * @typeParam K - the type of the keys, which are compared as in a `Map`
 */
export class KeyedRemoteReadWriteLock<K> {
  readonly #driverOf: (key: K) => LockDriver;
  readonly #options: RemoteLockOptions;
  // A lock lives as long as the program has it, a request waits at it or holds it, or its lease is
  // kept. Equal keys share one lock for that long, and no longer is anything kept of it.
  readonly #cores = new Map<K, WeakRef<RemoteCore>>();
  readonly #forgotten = new FinalizationRegistry<K>((key) => {
    if (!this.#cores.get(key)?.deref()) this.#cores.delete(key);
  });
  #closed = false;

  /**
   * @param driverOf - returns the driver of a key
   * @param options - those of a {@link RemoteReadWriteLock}, for each key
   * @throws TypeError if `driverOf` is not a function; TypeError or RangeError for invalid options
   */
  constructor(driverOf: (key: K) => LockDriver, options: RemoteLockOptions = {}) {
    if (typeof driverOf !== 'function') throw expected('driverOf', 'a function', driverOf);
    // Throws for invalid options here, where they are given, and not at the first key.
    checkedTerms(options);
    this.#driverOf = driverOf;
    this.#options = options;
  }

  // A lock must not be wrapped in a proxy: see ObservableLock.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'KeyedRemoteReadWriteLock';
  }

  /**
   * Returns the lock of a key. Equal keys share one lock.
   *
   * @param key - the key
   * @returns its lock, which is an Observable of its states
   * @throws TypeError if the key is `undefined`
   */
  for(key: K): ObservableLock {
    if (key === undefined) throw expected('key', 'defined', key);
    return new ObservableLock(this.#cores.get(key)?.deref() ?? this.#make(key));
  }

  /**
   * Closes the locks of all keys in this process, as `close()` of one lock does.
   *
   * @returns a promise that resolves when nothing of them is left in the engine
   */
  async close(): Promise<void> {
    this.#closed = true;
    const cores = [...this.#cores.values()].flatMap((core) => core.deref() ?? []);
    await Promise.all(cores.map(closeCore));
  }

  /** Closes the locks at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #make(key: K): RemoteCore {
    const { name = 'lock' } = this.#options;
    const core = remoteCore(this.#driverOf(key), {
      ...this.#options,
      name: `${name}[${String(key)}]`,
    });
    if (this.#closed) core.close();
    this.#cores.set(key, new WeakRef(core));
    this.#forgotten.register(core, key);
    return core;
  }
}
