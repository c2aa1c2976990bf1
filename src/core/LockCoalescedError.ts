import { cannot, described, inTheWay, LockError } from './errors.js';
import type { Request } from './Request.js';

/**
 * A `lease()` at a gate of {@link latest} was replaced by a newer request, or one at a gate of
 * {@link drop} was dropped.
 *
 * @remarks
 * Only promises reject with it: an Observable completes empty in the same case.
 *
 * @example
 * ```ts
 * import { drop, LockCoalescedError, ReadWriteLock } from 'rxjs-rwlock';
 *
 * const submit = drop(new ReadWriteLock().writer);
 * submit.tryAcquire();
 * submit
 *   .lease()
 *   .catch((error: unknown) => console.log(error instanceof LockCoalescedError)); // true
 * ```
 */
export class LockCoalescedError extends LockError {
  override get name(): string {
    return 'LockCoalescedError';
  }
}

export function replacedError(request: Request, by: Request): LockError {
  return new LockCoalescedError(`${cannot(request)}, a newer ${described(by)} took its place`);
}

export function droppedError(request: Request, live: Iterable<Request>): LockError {
  return new LockCoalescedError(`${cannot(request)}, the request was dropped${inTheWay(live)}`);
}
