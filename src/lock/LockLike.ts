import type { Gate } from './Gate.js';

/**
 * Whatever can be locked: everything that has the three gates.
 *
 * A {@link ReadWriteLock} is one and so is each {@link Lease}, which is why every operator takes
 * either.
 *
 * @example
 * ```ts
 * import { EMPTY } from 'rxjs';
 * import { KeyedReadWriteLock, type LockLike, ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 *
 * const check = (lock: LockLike) => EMPTY.pipe(withReadLock(lock));
 * const lock = new ReadWriteLock();
 * check(lock).subscribe();
 * lock.writer.acquire().subscribe((lease) => {
 *   check(lease).subscribe({ complete: () => console.log('inside the write') });
 * });
 * check(new KeyedReadWriteLock<string>().for('ann')).subscribe();
 * ```
 *
 * @see {@link withReadLock}, {@link withUpgradableLock}, {@link withWriteLock}
 */
export interface LockLike {
  /** Where one asks to read, together with other readers. */
  readonly reader: Gate<'read'>;
  /** Where one asks to read now and perhaps to write later. */
  readonly upgradable: Gate<'upgradable'>;
  /** Where one asks to write, alone. */
  readonly writer: Gate<'write'>;
}
