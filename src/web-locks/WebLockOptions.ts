import { checkMethod, checkRecord } from '../lock/checks.js';
import { LockEngineError, type RemoteLockOptions } from '../remote/index.js';
import { WebLockDriver } from './WebLockDriver.js';
import type { WebLocks } from './WebLocks.js';

/**
 * Options of a {@link WebReadWriteLock}.
 */
export interface WebLockOptions extends RemoteLockOptions {
  /**
   * Where the lock lives: `navigator.locks` by default, which all pages and workers of an origin
   * share. The `locks` of a storage bucket are another place.
   */
  readonly locks?: WebLocks | undefined;
}

/** Makes the drivers of locks with these options. */
export function driversOf(options: WebLockOptions): (name: string) => WebLockDriver {
  checkRecord('options', options);
  const { locks = platformLocks() } = options;
  if (options.locks !== undefined) checkMethod('locks', locks, 'request');
  if (!locks)
    throw new LockEngineError(
      'navigator.locks is missing here. It is in pages and workers that are served by https or from ' +
        'localhost. On a server, use a ReadWriteLock in place of this lock.',
      { code: 'unsupported' },
    );
  const page = 'onpagehide' in globalThis ? globalThis : undefined;
  return (name) => new WebLockDriver(checked(name), locks, page);
}

function platformLocks(): WebLocks | undefined {
  // Node 20 has no navigator, and pages that are not secure have no locks.
  const { navigator } = globalThis as { navigator?: { locks?: WebLocks } };
  return navigator?.locks;
}

function checked(name: string): string {
  if (typeof name !== 'string') throw new TypeError(`name must be a string, got ${typeof name}`);
  if (name.startsWith('-'))
    throw new TypeError(
      `name must not begin with "-", which Web Locks do not allow, got "${name}"`,
    );
  return name;
}
