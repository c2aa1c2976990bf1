import type { LockPolicy } from '../LockPolicy.js';
import { fifo } from './fifo.js';

/**
 * Alternates reads and writes on a busy lock, so that a reader waits for at most one writer.
 *
 * ```text
 * writer A   ^----!
 * writer B    .......^--!
 * reader C     ...^--!       waits for one writer only
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Fairness: when a write ends, all readers that are waiting at that moment are granted; readers
 * that come later stand behind the waiting writer. So a reader waits for at most one writer, and a
 * writer for at most one phase of readers for each writer ahead of it. Requests for the upgradable
 * mode, of which one is granted at a time, go in the order in which they were made. Choose it if
 * reads must not wait long behind a row of writes.
 *
 * On a {@link KeyedReadWriteLock} each key has phases of its own: the end of a write of a key, or
 * of all keys, grants the readers that wait for it. A request for several keys joins the read phase
 * once a write has ended on each of its keys.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { phaseFair, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock({ policy: phaseFair });
 * const order: string[] = [];
 * const lease = lock.writer.tryAcquire();
 * of('write').pipe(withWriteLock(lock)).subscribe((value) => order.push(value));
 * of('read').pipe(withReadLock(lock)).subscribe((value) => order.push(value));
 * lease?.release();
 * console.log(order.join(' before ')); // read before write
 * ```
 *
 * @see {@link LockPolicy}
 */
export const phaseFair: LockPolicy = (reader, writer, turn) =>
  (reader.mode === 'read' && reader.order <= turn) || fifo(reader, writer, turn);
