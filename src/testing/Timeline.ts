import type { LockMode } from '../index.js';

/**
 * What happened to every request on one lock, frame by frame: what a marble block
 * shows and {@link drawTimeline} draws.
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

/** One request, from its asking to the end of its hold. */
export interface Lane {
  readonly label: string;
  readonly mode: LockMode;
  /** What else was asked, such as `waitTimeout=3` or `of A`. */
  readonly note?: string;
  readonly asked: number;
  /** The frame of the grant; left out where the request was never granted. */
  readonly granted?: number;
  /** The end of the hold, or of the wait; left out where it goes on at the end. */
  readonly ended?: number;
  readonly outcome?: LaneOutcome;
  readonly values: readonly LaneValue[];
}

/** How a hold ended, or a wait that was never granted. */
export type LaneOutcome = 'completed' | 'errored' | 'cancelled';

/** A value that the consumer of a lane saw. */
export interface LaneValue {
  readonly at: number;
  readonly text: string;
}

/** A state that the lock emitted. */
export interface TimelineState {
  readonly at: number;
  readonly label: string;
}
