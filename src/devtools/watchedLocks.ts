import type { KeyedReadWriteLock, ObservableLock } from '../index.js';
import { expected } from '../lock/checks.js';
import type { LockGate } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';

/**
 * A lock that the tools of this entry point can look into: a `ReadWriteLock`, a
 * `KeyedReadWriteLock`, or the lock of one of its keys.
 */
export type WatchedLock = ObservableLock | KeyedReadWriteLock<unknown>;

/** The gate of a local lock: it knows the core, the key and the name. */
export type LocalGate = LockGate & { readonly lock: LocalLock };

/**
 * Returns a gate of a lock, whichever copy of the package has made the lock.
 *
 * @throws TypeError if it is not a lock of a kind that can be watched
 */
export function gateOf(name: string, lock: WatchedLock): LocalGate {
  return lockOf(name, lock).reader as unknown as LocalGate;
}

/** As `gateOf`: the lock itself, or of a keyed lock that of all keys. */
export function lockOf(name: string, lock: WatchedLock): ObservableLock {
  const { all = lock } = (lock as Partial<KeyedReadWriteLock<unknown>> | null | undefined) ?? {};
  if (!(all as Partial<ObservableLock> | null | undefined)?.core)
    throw expected(name, 'a ReadWriteLock, a KeyedReadWriteLock or the lock of a key', lock);
  return all as ObservableLock;
}

/** Returns the cores of locks, each once: all keys of a keyed lock have one core. */
export function coresOf(locks: readonly WatchedLock[]): Set<LocalLock> {
  const given: unknown = locks;
  if (!Array.isArray(given)) throw expected('locks', 'an array of locks', given);
  return new Set(locks.map((lock, i) => lockOf(`locks[${i}]`, lock).core));
}
