import picocolors from 'picocolors';
import type { Lane } from 'rxjs-rwlock/devtools';
import { indented } from './report.js';

const { bold, dim, green, red, yellow } = picocolors;

/** Requests that are drawn in one row, one after the other. */
export interface Row {
  readonly label: string;
  readonly lanes: readonly Lane[];
}

/** How a timeline draws each kind of time. */
export const marks = { wait: dim('┄'), read: green('━'), write: red('█'), cross: yellow('✕') };

const MARGIN = 2;
/** Milliseconds between two marks of the axis: the first with enough columns between them. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** Chooses how wide a timeline is. The terminal has no columns if the output goes to a pipe. */
export function timelineWidth({ columns }: { readonly columns: number }): number {
  return Math.max(60, Math.min(columns || 80, 100));
}

/** Draws how long each request waited, and how long it held the lock. */
export function drawRows(
  heading: string,
  legend: string,
  rows: readonly Row[],
  width: number,
): string {
  const lanes = rows.flatMap(({ lanes }) => lanes);
  const label = Math.max(...rows.map(({ label }) => label.length)) + 1;
  const columns = width - MARGIN - label - 1;
  const start = Math.min(...lanes.map(({ requested }) => requested));
  const perMillisecond = columns / Math.max(Math.max(...lanes.map(endOf)) - start, 1);
  const column = (time: number) =>
    Math.min(Math.floor((time - start) * perMillisecond), columns - 1);
  const drawn = rows.map((row) => {
    const paint = row.lanes[0]?.mode === 'write' ? red : green;
    return paint(row.label.padEnd(label)) + bars(row.lanes, column);
  });
  const axis = dim(' '.repeat(label) + axisOf(columns, perMillisecond));
  return indented([bold(heading), legend, '', ...drawn, axis]);
}

/** A hold is drawn however short it is, and so is the cross of a cancelled request. */
function bars(lanes: readonly Lane[], column: (time: number) => number): string {
  const cells: string[] = [];
  for (const lane of lanes) {
    const requested = column(lane.requested);
    const granted = column(lane.granted ?? endOf(lane));
    const isCancelled = lane.outcome === 'cancelled';
    const length = Math.max(column(endOf(lane)) - granted - Number(isCancelled), 1);
    const end = lane.granted === undefined ? granted : granted + length;
    const hold = lane.mode === 'write' ? marks.write : marks.read;
    for (let i = requested; i < end; i++) cells[i] = i < granted ? marks.wait : hold;
    if (isCancelled) cells[end] = marks.cross;
  }
  return Array.from(cells, (cell: string | undefined) => cell ?? ' ').join('');
}

function axisOf(columns: number, perMillisecond: number): string {
  const step = STEPS.find((step) => step * perMillisecond >= 8) ?? 1_000;
  let line = '';
  for (let mark = 0; mark * perMillisecond < columns - 8; mark += step)
    line = line.padEnd(Math.floor(mark * perMillisecond)) + String(mark);
  return `${line} ms`;
}

function endOf({ ended, requested }: Lane): number {
  return ended ?? requested;
}
