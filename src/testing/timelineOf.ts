import type { LockEvent } from '../index.js';
import type { Lane, Timeline } from './Timeline.js';

/**
 * Makes a picture of what `traceLock` of the main entry point has told: a lane for each request
 * whose making it has told.
 *
 * @remarks
 * A lane has the mode of the request. A trace does not know how a source has ended: the
 * only outcome in it is that of a wait that was cancelled.
 *
 * @example
 * ```ts
 * import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
 * import { drawTimeline, timelineOf } from 'rxjs-rwlock/testing';
 *
 * const lock = new ReadWriteLock();
 * const events: LockEvent[] = [];
 * traceLock(lock).subscribe((event) => events.push(event));
 * lock.writer.tryAcquire({ label: 'save' })?.release();
 * const timeline = timelineOf('A save', events);
 * console.log(timeline.lanes[0]?.label, drawTimeline(timeline).startsWith('<svg')); // save true
 * ```
 *
 * @param title - what stands above the picture
 * @param events - in the order in which they were told; the picture begins with the first of them
 * @returns what {@link drawTimeline} draws; its frames are the milliseconds of the trace
 * @see {@link toTimeline} for the picture of a scenario
 */
export function timelineOf(title: string, events: readonly LockEvent[]): Timeline {
  const start = events[0]?.time ?? 0;
  const end = (events.at(-1)?.time ?? start) - start + 1;
  return { title, end, lanes: [...lanesOf(events, start).values()] };
}

/**
 * A lane for each request whose making was told, by the index of that event; time begins with
 * `start`. A request that takes the place of another one has the same number as that one.
 */
export function lanesOf(events: readonly LockEvent[], start: number): Map<number, Lane> {
  const lanes = new Map<number, Lane>();
  const newest = new Map<number, number>();
  for (const [i, event] of events.entries()) {
    if (event.type === 'requested') {
      newest.set(event.id, i);
      lanes.set(i, newLane(event));
    }
    const at = newest.get(event.id) ?? NaN;
    const lane = lanes.get(at);
    if (lane) lanes.set(at, { ...lane, ...change(event, event.time - start) });
  }
  return lanes;
}

function newLane({ id, label = `#${id}`, mode, time }: LockEvent): Lane {
  return { label, mode, requested: time, values: [] };
}

function change({ type }: LockEvent, at: number): Partial<Lane> {
  switch (type) {
    case 'requested':
      return { requested: at };
    case 'granted':
    case 'upgraded':
      return { granted: at };
    case 'cancelled':
      return { ended: at, outcome: 'cancelled' };
    case 'released':
      return { ended: at };
    case 'downgraded':
      return {};
  }
}
