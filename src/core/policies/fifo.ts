import type { LockPolicy } from '../LockPolicy.js';

/**
 * Serves conflicting requests in the order of their asking; nobody is overtaken.
 *
 * ```text
 * reader A   ^----!
 * writer B    ^   ---!
 * reader C     ^     --!     asked behind the writer
 * ```
 *
 * @remarks
 * Fairness: a reader that asks behind a waiting writer waits, and neighbouring readers enter
 * together. Nobody starves, as long as everybody lets go. The default policy.
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
