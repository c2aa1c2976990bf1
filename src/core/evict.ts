import { hold, type LockCore, note, remove, settle, waitingRequests } from './LockCore.js';
import { tally } from './LockMode.js';
import { precedes, type Request, WAITING } from './Request.js';

/** What has become of the leases and requests of a lock that somebody else has taken. */
export interface Evicted {
  /** The leases that have ended, in the order of their grants, and then the requests through them. */
  readonly ended: readonly Request[];
  /** The requests whose grant had been told to nobody: they wait again, in their old order. */
  readonly waitAgain: readonly Request[];
}

/**
 * Lets an owner take the lock over the heads of all others. Their leases end, and so does what waits
 * through one of these leases, and what the owner itself had here before. All other requests wait
 * on.
 *
 * The caller settles the lock, and then tells the requests: until then no user code has run.
 *
 * @param by - the request of the owner, which is held from now on
 * @param isUntold - whether nobody has been told of the grant of a lease, which then waits again
 */
export function evict(core: LockCore, by: Request, isUntold: (lease: Request) => boolean): Evicted {
  const leases = [...core.leases, ...core.deliveries];
  const isAgain = (lease: Request) => !lease.owner && isUntold(lease);
  const waitAgain = leases.filter(isAgain);
  const nested = waitingRequests(core).filter(({ owner }) => owner);
  const ended = [...leases.filter((lease) => !isAgain(lease)), ...nested];
  // The lock is never free in between.
  by.order = ++core.newest;
  hold(core, by, core.leases);
  for (const one of [...ended, ...waitAgain]) {
    const { phase } = one;
    remove(core, one);
    note(core, phase === WAITING ? 'cancelled' : 'released', one);
  }
  if (waitAgain.length > 0) requeue(core, waitAgain);
  return { ended, waitAgain };
}

/** Puts requests back into the queue, ahead of all that came later. */
function requeue(core: LockCore, requests: readonly Request[]): void {
  const others = waitingRequests(core);
  for (const one of others) core.table.remove(one);
  for (const one of requests) {
    one.phase = WAITING;
    tally(core.waiting, one.modeIndex, 1);
  }
  const all = [...others, ...requests].sort((a, b) => (precedes(a, b) ? -1 : 1));
  for (const one of all) core.table.add(one);
  for (const one of requests) note(core, 'queued', one);
}

/** Counts a write that has begun and ended elsewhere, and tells the observers of it. */
export function countWrite(core: LockCore, write: Request): void {
  write.order = ++core.newest;
  hold(core, write, core.leases);
  remove(core, write);
  note(core, 'released', write);
  settle(core);
}
