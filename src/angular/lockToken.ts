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
  readonly create: (options?: LockTokenOptions) => L;
}

/** Creates a token for the locks that `make` makes. */
export function lockToken<L>(
  name: string,
  own: LockTokenOptions | undefined,
  make: (options: ReadWriteLockOptions) => L,
): InjectionToken<L> {
  if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${typeof name}`);
  const create = (options?: LockTokenOptions) =>
    make({ context: callersZone, ...own, ...options, name });
  // Throws for invalid options here, where they are given, and not in the first component.
  create();
  const factory = () => create();
  return Object.assign(new InjectionToken<L>(name, { providedIn: 'root', factory }), { create });
}

/** Returns what makes locks with the name and the options of a token. */
export function creatorOf<L>(token: InjectionToken<L>): LockToken<L>['create'] {
  const { create } = (token as Partial<LockToken<L>> | null | undefined) ?? {};
  if (create) return create;
  throw new TypeError('provideLock expects a token of createLockToken or createKeyedLockToken');
}
