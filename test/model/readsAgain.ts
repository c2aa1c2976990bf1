import { conflict, type ReferenceLock, type Request, type Wanted } from './ReferenceLock.js';

/** What a live read that is not reading does now. */
export type Next = 'errors' | 'completes' | 'reads';

/**
 * What a live read that is not reading does now, if anything (I1): it errors with its lock, completes
 * with its lock or its lease, and reads again if a write of what it reads has ended since it has begun
 * to read.
 *
 * @param seen - how many writes of that had ended then
 */
export function nextOfLive(
  lock: ReferenceLock,
  { modes, parent }: Pick<Wanted, 'modes' | 'parent'>,
  seen: number,
): Next | undefined {
  if (lock.failure !== undefined) return 'errors';
  const isHeld = lock.held.some(({ name }) => name === parent);
  if (parent === undefined ? lock.closed : !isHeld) return 'completes';
  return lock.writesOf(modes) > seen ? 'reads' : undefined;
}

/**
 * What a yielding read yields to while it runs, if anything (I2): the first request that conflicts with
 * it and has begun to wait meanwhile.
 */
export function rivalOf({ waiting }: ReferenceLock, run: Request): Request | undefined {
  return waiting.find((other) => !run.waitedThen.includes(other.name) && conflict(other, run));
}

/**
 * Whether a yielding read that has yielded makes the request of its next run now (I2): the request that
 * it has yielded to, or one in the place of that, no longer waits, and the run before has released the
 * lock.
 */
export function mayRunAnew(
  { waiting, held }: ReferenceLock,
  rival: number,
  before: string,
): boolean {
  return !waiting.some(({ place }) => place === rival) && !held.some(({ name }) => name === before);
}
