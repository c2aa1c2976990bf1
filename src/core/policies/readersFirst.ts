import type { LockPolicy } from '../LockPolicy.js';

/**
 * Grants a reader whenever no writer holds the lock, before every waiting writer.
 *
 * ```text
 * reader A   ^----!
 * writer B    ......^--!
 * reader C     ^----!        granted beside the reader
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: writers may starve. As long as reads overlap, no writer is granted. Choose it if reads
 * must never wait for a write that has not begun.
 *
 * @example
 * ```ts
 * import { ReadWriteLock, readersFirst } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ policy: readersFirst });
 * lock.reader.tryAcquire();
 * lock.writer.acquire().subscribe();
 * console.log(lock.reader.tryAcquire()?.mode); // read
 * ```
 *
 * @see {@link LockPolicy}
 */
export const readersFirst: LockPolicy = () => true;
