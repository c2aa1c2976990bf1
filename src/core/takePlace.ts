import { admit, type LockCore, note, settle } from './LockCore.js';
import { replace } from './Queue.js';
import { OVER, type Request, WAITING } from './Request.js';

/**
 * Puts a new request in the place of a waiting one, and ends that one. Both are for the same key,
 * mode and owner. Nothing is granted in between, and no third request is overtaken: one that was
 * blocked is blocked by the new request from now on.
 *
 * Only if the new request has a higher priority, it stands behind the others of that priority
 * instead, where it may be grantable.
 *
 * @returns what settles the lock; until then no user code has run
 * @throws the refusal of the new request; then the waiting one waits on
 */
export function takePlace(core: LockCore, waiting: Request, by: Request): () => void {
  admit(core, by);
  const isRaised = by.effectivePriority !== waiting.effectivePriority;
  waiting.phase = OVER;
  by.phase = WAITING;
  by.order = isRaised ? ++core.newest : waiting.order;
  if (isRaised) {
    // In this order a key is never without a waiting request, so its queues are kept.
    core.table.add(by);
    core.table.remove(waiting);
  } else if (!core.table.replace?.(waiting, by)) replace(waiting, by);
  note(core, 'cancelled', waiting);
  note(core, 'queued', by);
  if (isRaised) core.tryGrant(by);
  return () => settle(core);
}
