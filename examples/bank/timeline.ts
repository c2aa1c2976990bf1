import { text } from '../shared/report.js';
import { drawLanes, marks } from '../shared/timeline.js';
import type { LaneWindow } from './chooseWindow.js';

/** Draws a row for each request. */
export function drawTimeline({ lanes, first }: LaneWindow, width: number): string {
  const digits = String(first + lanes.length).length;
  const rows = lanes.map((lane, i) => ({
    ...lane,
    label: `${String(first + i).padStart(digits)} ${lane.mode.padEnd(5)}`,
  }));
  const { wait, read, write, cross } = marks;
  const legend = [
    `${wait} waits   ${read} reads   ${write} writes`,
    `${wait}${cross} cancelled waiting   ${read}${cross} ${write}${cross} cancelled at work`,
  ].join('   ');
  return drawLanes(`From request ${text(first)} on, with the lock`, legend, rows, width);
}
