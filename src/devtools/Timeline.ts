import type { LockMode } from '../index.js';
import { checkRecord, expected } from '../lock/checks.js';

/**
 * What happened to each request for a lock over time, as {@link timelineOf} makes it from a trace
 * and {@link drawTimeline} draws it.
 *
 * @remarks
 * Time is counted in frames. In a timeline made from a trace, a frame is a millisecond.
 */
export interface Timeline {
  readonly title: string;
  /** A text for readers who can't see the picture; by default it is written from the lanes. */
  readonly description?: string;
  /** The last frame shown; the picture is longer if something happens after it. */
  readonly end: number;
  readonly lanes: readonly Lane[];
  /** The states that the lock emitted. */
  readonly states?: readonly { readonly at: number; readonly label: string }[];
  /** When the lock was completed or failed, and which of the two. */
  readonly input?: { readonly at: number; readonly kind: 'complete' | 'error' };
}

/**
 * One request for a lock, from the frame in which it was made to the end of its hold.
 */
export interface Lane {
  readonly label: string;
  readonly mode: LockMode;
  /** A text below the label, such as `waitTimeout=3`. */
  readonly note?: string;
  readonly requested: number;
  /** The frame of the grant; absent if the request was never granted. */
  readonly granted?: number;
  /** The end of the hold, or of a wait without a grant; absent if it goes on. */
  readonly ended?: number;
  /** How the hold ended, or a wait without a grant; absent if that is not known. */
  readonly outcome?: 'completed' | 'errored' | 'cancelled';
  /** What the subscriber of this request received. */
  readonly values: readonly { readonly at: number; readonly text: string }[];
}

/** Lists every time in a timeline, its end included. */
export function framesOf({ end, lanes, states = [], input }: Timeline): number[] {
  const inLanes = lanes.flatMap(({ requested, granted, ended, values }) => [
    requested,
    granted,
    ended,
    ...values.map(({ at }) => at),
  ]);
  const frames = [end, ...inLanes, ...states.map(({ at }) => at), input?.at];
  return frames.filter((frame) => frame !== undefined);
}

/**
 * Checks that a timeline can be drawn.
 *
 * @throws TypeError if it is not a timeline, RangeError for a time that is not a finite number
 */
export function checkTimeline(timeline: Timeline): void {
  checkRecord('timeline', timeline);
  if (!Array.isArray(timeline.lanes)) throw expected('timeline.lanes', 'an array', timeline.lanes);
  for (const frame of framesOf(timeline))
    if (!Number.isFinite(frame))
      throw new RangeError(`the times of a timeline must be finite numbers, got ${frame}`);
}
