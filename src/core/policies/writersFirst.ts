import type { LockPolicy } from '../LockPolicy.js';

/**
 * Grants waiting writers before every waiting reader; among themselves writers go in order.
 *
 * ```text
 * writer A   ^----!
 * reader B    ......^--!
 * writer C     ...^-!        goes before the reader
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: readers may starve. As long as writers keep coming, no reader is granted. Choose it if
 * a write makes all earlier reads worthless.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withReadLock, withWriteLock, writersFirst } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ policy: writersFirst });
 * const order: string[] = [];
 * const lease = lock.writer.tryAcquire();
 * of('read').pipe(withReadLock(lock)).subscribe((value) => order.push(value));
 * of('write').pipe(withWriteLock(lock)).subscribe((value) => order.push(value));
 * lease?.release();
 * console.log(order.join(' before ')); // write before read
 * ```
 *
 * @see {@link LockPolicy}
 */
export const writersFirst: LockPolicy = () => false;
