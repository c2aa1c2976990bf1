import type { LockMode } from './LockMode.js';

/**
 * What a {@link LockPolicy} knows of a waiting request.
 */
export interface WaitingRequest {
  /** The mode that is requested. */
  readonly mode: LockMode;
  /** Its number: of two requests, the one with the lower number was made first. */
  readonly order: number;
  /**
   * A finite number. Of two requests that conflict, the one with the higher priority goes first;
   * the policy decides only between requests of the same priority.
   */
  readonly priority: number;
}

/**
 * Decides whether a waiting reader goes before a waiting writer of the same priority.
 *
 * @remarks
 * Fairness: this is the only decision that a policy makes. Readers share with each other, and
 * requests of one mode go in the order in which they were made. A policy is never asked about
 * leases, so whatever it answers, a reader and a writer never hold the lock together. A higher
 * priority goes first, and an upgrade goes before all, without a call of the policy.
 *
 * Errors: a policy must be a pure function of its arguments. What it requests from its own lock
 * errors; what it releases or cancels takes effect after it has returned. Such a misuse, an
 * exception, or answers that put each waiting request behind another one while nothing is held, are
 * reported once; from then on {@link fifo} decides in place of the policy.
 *
 * @param reader - a waiting request to read, or for the upgradable mode
 * @param writer - a waiting request to write
 * @param turn - the `order` of the newest request when the last write ended: a reader with
 * `order <= turn` was already waiting. For a key, only writes that overlap that key count; `0` if
 * no request was waiting for the key when its last write ended
 * @returns whether `reader` goes first
 * @see {@link fifo}, {@link phaseFair}, {@link writersFirst}, {@link readersFirst}
 */
export type LockPolicy = (reader: WaitingRequest, writer: WaitingRequest, turn: number) => boolean;
