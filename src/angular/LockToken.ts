import { InjectionToken } from '@angular/core';
import type { ReadWriteLockOptions } from '../index.js';
import { callersZone } from './callersZone.js';

/**
 * Options of a lock that comes from a token: those of a {@link ReadWriteLock} without the name,
 * which is that of the token. If zone.js is loaded, its `context` is by default the zone of the
 * caller.
 */
export type LockTokenOptions = Omit<ReadWriteLockOptions, 'name'>;

/**
 * An injection token for a lock.
 *
 * @remarks
 * {@link createLockToken} and {@link createKeyedLockToken} make tokens. `inject(token)` gives one
 * lock per application; a server renders each request with a lock of its own.
 *
 * @example
 * ```ts
 * import { createLockToken, type LockToken } from 'rxjs-rwlock/angular';
 * import type { ReadWriteLock } from 'rxjs-rwlock';
 *
 * const SETTINGS: LockToken<ReadWriteLock> = createLockToken('settings');
 * const lock = SETTINGS.create({ maxWaiting: 10 });
 * console.log(lock.state.waiting.write); // 0
 * ```
 *
 * @typeParam L - the type of the lock
 */
export class LockToken<L> extends InjectionToken<L> {
  /**
   * Makes another lock with the name and the options of this token.
   *
   * @param options - options that differ from those of the token
   * @returns a lock that no injector gives to anybody else
   * @throws TypeError or RangeError for invalid options
   */
  readonly create: (options?: LockTokenOptions) => L;

  /** @internal */
  constructor(
    name: string,
    own: LockTokenOptions | undefined,
    make: (options: ReadWriteLockOptions) => L,
  ) {
    if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${typeof name}`);
    const create = (options?: LockTokenOptions) =>
      make({ context: callersZone, ...own, ...options, name });
    super(name, { providedIn: 'root', factory: () => create() });
    this.create = create;
    // Throws for invalid options here, where they are given, and not in the first component.
    create();
  }
}
