import { KeyedReadWriteLock } from '../index.js';
import { Guarded, type GuardedOptions } from './Guarded.js';
import { checkFunction, lockOf } from './options.js';

/**
 * Options of a {@link KeyedGuarded}: those of its lock, or a keyed lock that exists already.
 *
 * @typeParam K - the type of the keys
 * @typeParam T - the type of the values
 */
export interface KeyedGuardedOptions<K, T> extends Omit<GuardedOptions<T>, 'lock'> {
  /**
   * The lock of the states, instead of a new one. It can't be combined with the options of a new
   * lock.
   */
  readonly lock?: KeyedReadWriteLock<K> | undefined;
}

/**
 * A {@link Guarded} for each key, for lists of things: updates of different keys never wait for
 * each other.
 *
 * ```text
 * for('a').update   ^----|
 * for('b').update    ^----|      another key: no conflict
 * for('a').read       ...^-|     waits for the update of its key
 *
 * .  waits    ^  is granted    |  completes, and releases the lock
 * ```
 *
 * @remarks
 * What is kept: the state of a key, from the first call of `for` to `delete`. The lock keeps
 * nothing of a key that is neither held nor waited for.
 *
 * To exclude the updates of all keys, hold `lock.all`. An update through its write lease, as in
 * `for(key).update(project, { lease })`, changes one of them meanwhile.
 *
 * @example
 * ```ts
 * import { KeyedGuarded } from 'rxjs-rwlock/state';
 *
 * const todos = new KeyedGuarded((id: number) => ({ id, done: false }), { name: 'todos' });
 * const done = <T>(todo: T) => ({ ...todo, done: true });
 * todos
 *   .for(7)
 *   .update(async (todo) => done(todo), { optimistic: done })
 *   .subscribe();
 * console.log(todos.for(7).value.done, todos.for(8).value.done); // true false
 * ```
 *
 * @typeParam K - the type of the keys, which are compared as in a `Map`
 * @typeParam T - the type of the values
 */
export class KeyedGuarded<K, T> {
  /** The lock of the states, with a lock for each key and one for all. */
  readonly lock: KeyedReadWriteLock<K>;
  readonly #initial: (key: K) => T;
  readonly #equal: (a: T, b: T) => boolean;
  readonly #states = new Map<K, Guarded<T>>();

  /**
   * @param initial - returns the first value of a key
   * @param options - the lock or its options, and `equal`
   * @throws TypeError or RangeError for invalid options
   */
  constructor(initial: (key: K) => T, options: KeyedGuardedOptions<K, T> = {}) {
    checkFunction('initial', initial);
    this.lock = lockOf<KeyedReadWriteLock<K>>(options, 'for', KeyedReadWriteLock);
    const { equal = Object.is } = options;
    checkFunction('equal', equal);
    this.#initial = initial;
    this.#equal = equal;
  }

  // See Guarded.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'KeyedGuarded';
  }

  /**
   * Returns the state of a key: the same object for equal keys, until the key is deleted.
   *
   * @param key - the key
   * @returns its state
   * @throws TypeError if the key is `undefined`, and what `initial` throws
   */
  for(key: K): Guarded<T> {
    const state = this.#states.get(key);
    if (state) return state;
    const options = { lock: this.lock.for(key), equal: this.#equal };
    const initial = this.#initial(key);
    // It may have asked for the state of this key itself.
    const added = this.#states.get(key) ?? new Guarded(initial, options);
    this.#states.set(key, added);
    return added;
  }

  /**
   * Forgets the value of a key, for a thing that is gone: the next call of `for` begins with a new
   * value. Code that has the old state can go on with it, and both have the lock of the key.
   *
   * @param key - the key
   * @returns whether there was a state
   */
  delete(key: K): boolean {
    return this.#states.delete(key);
  }
}
