import { InjectionToken } from '@angular/core';
import type { ReadWriteLockOptions } from '../index.js';
import { callersZone } from './callersZone.js';

/**
 * Options of a lock that comes from a token: those of a {@link ReadWriteLock} without the name,
 * which is that of the token. If zone.js is loaded, its `context` is by default the zone of the
 * caller.
 */
export type LockTokenOptions = Omit<ReadWriteLockOptions, 'name'>;

// Not a public type: `inject` does not see the type of the lock in it.
/** A token that can make more locks like its own. */
interface LockToken<L> extends InjectionToken<L> {
  readonly factory: (options: LockTokenOptions | undefined) => () => L;
}

/** Creates a token for the locks that `make` makes. */
export function lockToken<L>(
  name: string,
  own: LockTokenOptions | undefined,
  make: (options: ReadWriteLockOptions) => L,
): InjectionToken<L> {
  if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${typeof name}`);
  const factory = (options: LockTokenOptions = {}) => {
    // Throws for invalid options here, where they are given, and not in the first component.
    make(options);
    return () => make({ context: callersZone, ...given(own), ...given(options), name });
  };
  const token = new InjectionToken<L>(name, { providedIn: 'root', factory: factory(own) });
  return Object.assign(token, { factory });
}

/** The options without those that are `undefined`, which stand for the default. */
function given(options: LockTokenOptions = {}): LockTokenOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Returns a factory of locks with the name and the options of a token, and others. */
export function lockFactory<L>(token: InjectionToken<L>, options?: LockTokenOptions): () => L {
  const { factory } = (token as Partial<LockToken<L>> | null | undefined) ?? {};
  if (factory) return factory(options);
  throw new TypeError('provideLock expects a token of createLockToken or createKeyedLockToken');
}
