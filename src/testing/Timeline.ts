import type { LockMode } from '../index.js';

/**
 * What happened to every request on one lock, frame by frame: what a marble block
 * shows and {@link drawTimeline} draws.
 *
 * @example
 * ```ts
 * import { drawTimeline, type Timeline } from 'rxjs-rwlock/testing';
 *
 * const timeline: Timeline = {
 *   title: 'A refresh and a request',
 *   end: 6,
 *   lanes: [
 *     { label: 'refresh', mode: 'write', requested: 0, granted: 0, ended: 3, values: [] },
 *     { label: 'request', mode: 'read', requested: 1, granted: 3, ended: 5, values: [] },
 *   ],
 * };
 * console.log(drawTimeline(timeline).includes('A refresh and a request')); // true
 * ```
 *
 * @see {@link timelineOf}, {@link toTimeline}
 */
export interface Timeline {
  readonly title: string;
  /** For readers who cannot see the picture; told from the lanes where it is left out. */
  readonly description?: string;
  /** The last frame shown. */
  readonly end: number;
  readonly lanes: readonly Lane[];
  /** The lock's own output. */
  readonly states?: readonly TimelineState[];
  /** The end of the lock's own input. */
  readonly input?: { readonly at: number; readonly kind: 'complete' | 'error' };
}

/**
 * One request, from its making to the end of its hold.
 *
 * @example
 * ```ts
 * import { type Lane } from 'rxjs-rwlock/testing';
 *
 * const waitOf = ({ requested, granted = Infinity }: Lane) => granted - requested;
 * console.log(waitOf({ label: 'A', mode: 'read', requested: 1, granted: 4, values: [] })); // 3
 * ```
 */
export interface Lane {
  readonly label: string;
  readonly mode: LockMode;
  /** What else was requested, such as `waitTimeout=3` or `of A`. */
  readonly note?: string;
  readonly requested: number;
  /** The frame of the grant; left out where the request was never granted. */
  readonly granted?: number;
  /** The end of the hold, or of the wait; left out where it goes on at the end. */
  readonly ended?: number;
  readonly outcome?: LaneOutcome;
  readonly values: readonly LaneValue[];
}

/**
 * How a hold ended, or a wait that was never granted.
 *
 * @example
 * ```ts
 * import { type LaneOutcome } from 'rxjs-rwlock/testing';
 *
 * const marks: Record<LaneOutcome, string> = { completed: '|', errored: '#', cancelled: '!' };
 * console.log(marks.errored); // #
 * ```
 */
export type LaneOutcome = 'completed' | 'errored' | 'cancelled';

/**
 * A value that the consumer of a lane saw.
 *
 * @example
 * ```ts
 * import { drawTimeline, type LaneValue } from 'rxjs-rwlock/testing';
 *
 * const values: LaneValue[] = [{ at: 2, text: 'old' }];
 * const lanes = [{ label: 'A', mode: 'read', requested: 0, granted: 0, ended: 3, values }] as
 * const; console.log(drawTimeline({ title: 'A reader', end: 4, lanes }).includes('old')); // true
 * ```
 */
export interface LaneValue {
  readonly at: number;
  readonly text: string;
}

/**
 * A state that the lock emitted.
 *
 * @example
 * ```ts
 * import { drawTimeline, type TimelineState } from 'rxjs-rwlock/testing';
 *
 * const states: TimelineState[] = [{ at: 0, label: '-@0' }, { at: 2, label: 'w@0' }];
 * const svg = drawTimeline({ title: 'A lock', end: 4, lanes: [], states });
 * console.log(svg.includes('w@0')); // true
 * ```
 *
 * @see {@link formatState}
 */
export interface TimelineState {
  readonly at: number;
  readonly label: string;
}
