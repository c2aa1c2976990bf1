import picocolors from 'picocolors';
import type { Lane } from 'rxjs-rwlock/devtools';
import { text } from './report.js';
import type { LaneWindow } from './chooseWindow.js';

const { bold, dim, green, red, yellow } = picocolors;

const CROSS = yellow('✕');
const MARGIN = '  ';
/** Milliseconds between two marks of the axis: the first with enough columns between them. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** Draws a lane for each request: how long it waited, and how long it held the lock. */
export function drawTimeline({ lanes, first }: LaneWindow, width: number): string {
  const digits = String(first + lanes.length).length;
  const label = digits + ' write '.length;
  const columns = width - MARGIN.length - label - 1;
  const start = Math.min(...lanes.map(({ requested }) => requested));
  const perMillisecond = columns / Math.max(Math.max(...lanes.map(endOf)) - start, 1);
  const column = (time: number) =>
    Math.min(Math.floor((time - start) * perMillisecond), columns - 1);
  const rows = lanes.map((lane, i) => {
    const name = style(lane).paint(lane.mode.padEnd(6));
    return `${String(first + i).padStart(digits)} ${name}${bar(lane, column)}`;
  });
  const heading = bold(`From request ${text(first)} on, with the lock`);
  const axis = dim(' '.repeat(label) + marks(columns, perMillisecond));
  return [heading, legend(), '', ...rows, axis].map((line) => line && MARGIN + line).join('\n');
}

function legend(): string {
  const [wait, read, write] = [dim('┄'), green('━'), red('█')];
  return [
    `${wait} waits   ${read} reads   ${write} writes`,
    `${wait}${CROSS} cancelled waiting   ${read}${CROSS} ${write}${CROSS} cancelled at work`,
  ].join('   ');
}

/** A hold is drawn however short it is, and so is the cross of a cancelled request. */
function bar(lane: Lane, column: (time: number) => number): string {
  const requested = column(lane.requested);
  const granted = column(lane.granted ?? endOf(lane));
  const isCancelled = lane.outcome === 'cancelled';
  const { mark, paint } = style(lane);
  const length = Math.max(column(endOf(lane)) - granted - Number(isCancelled), 1);
  const hold = lane.granted === undefined ? '' : paint(mark.repeat(length));
  const wait = dim('┄'.repeat(granted - requested));
  return ' '.repeat(requested) + wait + hold + (isCancelled ? CROSS : '');
}

function style({ mode }: Lane) {
  return mode === 'write' ? { mark: '█', paint: red } : { mark: '━', paint: green };
}

function marks(columns: number, perMillisecond: number): string {
  const step = STEPS.find((step) => step * perMillisecond >= 8) ?? 1_000;
  let line = '';
  for (let mark = 0; mark * perMillisecond < columns - 8; mark += step)
    line = line.padEnd(Math.floor(mark * perMillisecond)) + String(mark);
  return `${line} ms`;
}

function endOf({ ended, requested }: Lane): number {
  return ended ?? requested;
}
