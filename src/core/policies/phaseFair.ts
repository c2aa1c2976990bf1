import type { LockPolicy } from '../LockPolicy.js';

/**
 * Lets phases of reading and of writing alternate.
 *
 * ```text
 * writer A   ^----!
 * writer B    ^      --!
 * reader C     ^  ---!       waits for one writer only
 * ```
 *
 * @remarks
 * Fairness: when a write ends, all the readers that wait at that moment enter; readers that come
 * later stand behind the waiting writer. So a reader waits for at most one writer, and a writer for
 * at most one phase of readers for each writer ahead of it. Requests for the upgradable mode, which
 * come one at a time, go by the order of asking. Choose it where reads must not wait long behind a
 * row of writes.
 *
 * On a {@link KeyedReadWriteLock} each key has phases of its own: the end of a write of a key, or
 * of all, lets in the readers that wait for it. Who waits for several keys is let in with these
 * once a write of each key has ended.
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
  (reader.mode === 'read' && reader.order <= turn) || reader.order < writer.order;
