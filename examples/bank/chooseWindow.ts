import type { Lane } from 'rxjs-rwlock/devtools';
import type { Request } from './Request.js';

/** Requests that were made one after the other. */
export interface LaneWindow {
  readonly lanes: readonly Lane[];
  /** The number of the first, counted from 1. */
  readonly first: number;
}

/**
 * Chooses the requests to draw: the first row of them in which one is cancelled while it waits and
 * another at work. Otherwise one of the two is enough, the wait rather than the work.
 */
export function chooseWindow(lanes: readonly Lane[], size: number): LaneWindow {
  let best: LaneWindow & { worth: number } = { lanes: [], first: 1, worth: -1 };
  // By a third at a time: with smaller steps the cancelled request would always be the last one drawn.
  const step = Math.ceil(size / 3);
  for (let start = 0; start === 0 || start + size <= lanes.length; start += step) {
    const window = lanes.slice(start, start + size);
    const cancelled = window.filter(({ outcome }) => outcome === 'cancelled');
    const worth =
      2 * Number(cancelled.some(({ granted }) => granted === undefined)) +
      Number(cancelled.some(({ granted }) => granted !== undefined));
    if (worth > best.worth) best = { lanes: window, first: start + 1, worth };
  }
  return best;
}

/** Marks the lanes whose clients cancelled at work: a trace doesn't know how a hold has ended. */
export function withOutcomes(lanes: readonly Lane[], requests: readonly Request[]): Lane[] {
  const cancelled = new Set(
    requests.filter(({ outcome }) => outcome === 'cancelled').map(({ label }) => label),
  );
  return lanes.map((lane) =>
    cancelled.has(lane.label) ? { ...lane, outcome: 'cancelled' } : lane,
  );
}
