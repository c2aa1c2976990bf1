import type { LockEvent } from '../index.js';
import type { Lane, Timeline } from './Timeline.js';

/**
 * Turns the events of `traceLock` into a timeline, with a lane for each request.
 *
 * @remarks
 * A lane has the mode of the request, also after an upgrade or a downgrade of its owner. A trace
 * doesn't tell how a source ended, so the only outcome in the lanes is `cancelled`, of a wait. A
 * request that was made before the first event has no lane.
 *
 * @example
 * ```ts
 * import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
 * import { drawTimeline, timelineOf } from 'rxjs-rwlock/devtools';
 *
 * const lock = new ReadWriteLock();
 * const events: LockEvent[] = [];
 * traceLock(lock).subscribe((event) => events.push(event));
 * lock.writer.tryAcquire({ label: 'save' })?.release();
 * const timeline = timelineOf('A save', events);
 * console.log(timeline.lanes[0]?.label, drawTimeline(timeline).startsWith('<svg')); // save true
 * ```
 *
 * @param title - the title of the picture
 * @param events - the events in the order in which they were emitted; the first is frame 0
 * @returns a timeline for {@link drawTimeline}, in which a frame is a millisecond
 */
export function timelineOf(title: string, events: readonly LockEvent[]): Timeline {
  const start = events[0]?.time ?? 0;
  const end = (events.at(-1)?.time ?? start) - start + 1;
  return { title, end, lanes: [...lanesOf(events, start).values()] };
}

/**
 * Makes a lane for each `requested` event, by its index in the trace; `start` is the time of frame
 * 0. A request that takes the place of another one has the id of that one.
 */
export function lanesOf(events: readonly LockEvent[], start: number): Map<number, Lane> {
  const lanes = new Map<number, Lane>();
  const newest = new Map<number, number>();
  for (const [i, { id, type, time, mode, label = `#${id}` }] of events.entries()) {
    const at = time - start;
    if (type === 'requested') {
      newest.set(id, i);
      lanes.set(i, { label, mode, requested: at, values: [] });
      continue;
    }
    const index = newest.get(id) ?? NaN;
    const lane = lanes.get(index);
    if (lane) lanes.set(index, { ...lane, ...change(type, at) });
  }
  return lanes;
}

function change(type: LockEvent['type'], at: number): Partial<Lane> {
  switch (type) {
    case 'granted':
    case 'upgraded':
      return { granted: at };
    case 'cancelled':
      return { ended: at, outcome: 'cancelled' };
    case 'released':
      return { ended: at };
    case 'requested':
    case 'downgraded':
      return {};
  }
}
