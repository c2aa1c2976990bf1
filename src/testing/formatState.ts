import type { LockMode, LockState } from '../index.js';

/**
 * Writes the state of a lock in a few characters. In `rr/w@2` two reads are held, a write waits,
 * and the version is 2; `-` means that nothing is held, and `|` that the lock is closed.
 *
 * @example
 * ```ts
 * import { map } from 'rxjs';
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { formatState } from 'rxjs-rwlock/testing';
 *
 * const lock = new ReadWriteLock();
 * lock
 *   .pipe(map((state) => formatState(state)))
 *   .subscribe((text) => console.log(text)); // -@0, w@0, -@1
 * lock.writer.tryAcquire()?.release();
 * ```
 *
 * @param state - the state of a lock
 * @param withVersion - whether to write the version
 */
export function formatState(state: LockState, withVersion = true): string {
  const waiting = letters(state.waiting);
  const version = withVersion ? `@${state.version}` : '';
  return `${letters(state.held) || '-'}${waiting && `/${waiting}`}${version}${state.closed ? '|' : ''}`;
}

function letters({ read, upgradable, write }: Readonly<Record<LockMode, number>>): string {
  return 'r'.repeat(read) + 'u'.repeat(upgradable) + 'w'.repeat(write);
}
