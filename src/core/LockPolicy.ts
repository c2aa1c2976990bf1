import type { Waiter } from './Waiter.js';

/**
 * Decides whether a waiting reader goes before a waiting writer of the same priority.
 *
 * @remarks
 * Fairness: it is the only question a policy has to answer. Readers share with each other, and
 * waiters of one mode go in the order of their asking. The question is never about holders, so that
 * no policy, whatever it answers, lets a reader and a writer in together. A higher priority goes
 * first, and an upgrade before all, without the policy being asked.
 *
 * Errors: where a policy throws, the error is reported and {@link fifo} answers instead.
 *
 * @example
 * ```ts
 * import { type LockPolicy, ReadWriteLock } from 'rxjs-rwlock';
 *
 * // Writers first, but a reader is overtaken by at most ten later requests.
 * const patient: LockPolicy = (reader, writer) => reader.order + 10 < writer.order;
 * const lock = new ReadWriteLock({ policy: patient });
 * console.log(lock.writer.tryAcquire()?.mode); // write
 * ```
 *
 * @param reader - a waiter that asks to read or asks for the upgradable mode
 * @param writer - a waiter that asks to write
 * @param turn - how many requests had been made when the last write ended: a reader whose `order`
 * is not above it was there already. On a lock of many keys it is of those that they wait for, and
 * 0 where nobody waited for them when it ended
 * @returns whether `reader` goes first
 * @see {@link fifo}, {@link phaseFair}, {@link writersFirst}, {@link readersFirst}
 */
export type LockPolicy = (reader: Waiter, writer: Waiter, turn: number) => boolean;
