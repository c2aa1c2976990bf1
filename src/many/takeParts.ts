import { checkOpen } from '../core/LockCore.js';
import { OVER, WAITING } from '../core/Request.js';
import { takePlace } from '../core/takePlace.js';
import type { LeaseRequest } from '../lock/LockGate.js';
import type { MultiLock } from './MultiLock.js';

/**
 * As `takePlace`, for several locks: what the waiting request holds, and what the locks have
 * accepted of it, is that of the new request from now on.
 */
export function takeParts(several: MultiLock, waiting: LeaseRequest, by: LeaseRequest): () => void {
  const made = several.partsFor(by);
  for (const part of made) checkOpen(part.lock, part, !!part.plan.gate.parent);
  const old = several.parts.get(waiting) ?? [];
  const pairs = made.map((part, i) => ({ part, old: old[i] ?? part }));
  // At most one part waits; there is none if the request is between two of its locks. It comes
  // first, as it may be refused.
  const place = pairs.find(({ old }) => old.phase === WAITING);
  const settle = place && takePlace(place.part.lock, place.old, place.part);
  for (const { part, old } of pairs) {
    old.whole = by;
    old.plan = { ...old.plan, options: part.plan.options };
  }
  several.parts.set(
    by,
    pairs.map((pair) => (pair === place ? pair.part : pair.old)),
  );
  several.parts.set(waiting, []);
  waiting.phase = OVER;
  by.phase = WAITING;
  return () => {
    settle?.();
    several.advance(by);
  };
}
