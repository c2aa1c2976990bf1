import {
  LeaseReleasedError,
  LockClosedError,
  type LockError,
  LockQueueFullError,
  LockUnavailableError,
  LockUpgradeError,
} from './errors.js';
import type { LockCore } from './LockCore.js';
import { type LockMode, NONE, READ } from './LockMode.js';
import { HELD, type Request } from './Request.js';

/** Throws what no waiting would help against. */
export function checkEntry(core: LockCore, request: Request, through: Request | undefined): void {
  if (core.failure) throw core.failure.error;
  const { name } = core.terms;
  const { mode, strength } = request;
  if (!through) throw refusal(LockClosedError, name, mode, 'after it has been closed');
  if (through.phase !== HELD) throw releasedError(name, mode);
  if (through.strength === READ && strength > READ)
    throw refusal(LockUpgradeError, name, mode, 'through a read lease: ask for an upgradable one');
}

/** Throws what keeps a request, and its mates, from waiting. */
export function checkQueue(core: LockCore, { mode, rank, ifAvailable }: Request): void {
  const { name, maxWaiting } = core.terms;
  const waiting = core.waiting[NONE];
  if (ifAvailable) throw refusal(LockUnavailableError, name, mode, 'is available now');
  // An upgrade stands behind no waiter.
  if (rank < Infinity && waiting >= maxWaiting)
    throw refusal(LockQueueFullError, name, mode, `while ${waiting} wait already`);
}

/** What was asked through a lease, or of it, comes too late. */
export function releasedError(lock: string, asked: LockMode): LockError {
  return refusal(LeaseReleasedError, lock, asked, 'through a lease that has been released');
}

/** What a lock says to a request that it does not take. */
export function refusal(
  Refusal: new (message: string) => LockError,
  lock: string,
  mode: LockMode,
  why: string,
): LockError {
  return new Refusal(`${lock}: no ${mode} ${why}`);
}
