import type { LockPolicy } from '../LockPolicy.js';

/**
 * Grants conflicting requests in the order in which they were made; none is overtaken.
 *
 * ```text
 * reader A   ^----!
 * writer B    ....^--!
 * reader C     ......^--!     waits behind the writer
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: a reader behind a waiting writer waits, and neighbouring readers are granted together.
 * No request starves as long as every lease is released. The default policy.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { fifo, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ policy: fifo });
 * const lease = lock.writer.tryAcquire();
 * of('read').pipe(withReadLock(lock)).subscribe((value) => console.log(value)); // read
 * of('write').pipe(withWriteLock(lock)).subscribe((value) => console.log(value)); // write
 * lease?.release();
 * ```
 *
 * @see {@link LockPolicy}
 */
export const fifo: LockPolicy = (reader, writer) => reader.order < writer.order;
