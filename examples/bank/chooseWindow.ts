import type { Lane } from 'rxjs-rwlock/devtools';
import type { Request } from './Request.js';

/** Requests that were made one after the other. */
export interface LaneWindow {
  readonly lanes: readonly Lane[];
  /** The number of the first, counted from 1. */
  readonly first: number;
}

/**
 * Chooses so many requests to draw: the first in a row of whom one gave up waiting and another at
 * work; where there is no such row, one of whom one gave up waiting, or at work; or else the first.
 */
export function chooseWindow(lanes: readonly Lane[], size: number): LaneWindow {
  let best = { start: 0, shown: 0, worth: 0 };
  let [waiting, working] = [-1, -1];
  for (const [i, { outcome, granted }] of lanes.entries()) {
    if (outcome === 'cancelled' && granted === undefined) waiting = i;
    if (outcome === 'cancelled' && granted !== undefined) working = i;
    const start = Math.max(0, i - size + 1);
    const [shown = i] = [waiting, working].filter((at) => at >= start).sort((a, b) => a - b);
    const worth = 2 * Number(waiting >= start) + Number(working >= start);
    if (worth > best.worth) best = { start, shown, worth };
  }
  const start = withSomeBehind(best, Math.floor(size / 3), lanes.length - size);
  return { lanes: lanes.slice(start, start + size), first: start + 1 };
}

/** Moves a window on, so that who gives up last is not the last, and who does first is in it. */
function withSomeBehind(
  { start, shown }: { start: number; shown: number },
  most: number,
  end: number,
): number {
  return start === 0 ? 0 : Math.min(start + most, shown, end);
}

/** A trace does not know how a hold has ended; the requests, in whatever order, do. */
export function withOutcomes(lanes: readonly Lane[], requests: readonly Request[]): Lane[] {
  const givenUp = new Set(
    requests.filter(({ outcome }) => outcome === 'cancelled').map(({ label }) => label),
  );
  return lanes.map((lane) => (givenUp.has(lane.label) ? { ...lane, outcome: 'cancelled' } : lane));
}
