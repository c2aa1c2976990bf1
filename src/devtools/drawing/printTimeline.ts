import type { LockMode } from '../../index.js';
import { check, checkRecord } from '../../lock/checks.js';
import { greatest } from '../greatest.js';
import { checkTimeline, framesOf, type Lane, type Timeline } from '../Timeline.js';
import { ticks } from './layout.js';

/**
 * How {@link printTimeline} draws.
 */
export interface PrintTimelineOptions {
  /** The largest number of columns; 80 by default. */
  readonly width?: number | undefined;
  /**
   * Colours a part of the text, as with the escape codes of a terminal: a hold or the label of a
   * row in a mode, a wait, the cross of a cancelled request, or the axis. By default nothing is
   * coloured.
   */
  readonly paint?:
    ((text: string, what: LockMode | 'wait' | 'cross' | 'axis') => string) | undefined;
}

type Paint = NonNullable<PrintTimelineOptions['paint']>;

/** One character of a row. */
type Cell = readonly [character: string, what: LockMode | 'wait' | 'cross'];

const HOLDS: Readonly<Record<LockMode, string>> = { read: '━', upgradable: '▒', write: '█' };
const WAIT: Cell = ['┄', 'wait'];
const CROSS: Cell = ['✕', 'cross'];
/** Columns that a number of the axis needs. */
const APART = 8;

/**
 * Draws a timeline as text, for a terminal or a log: a row for each label, in the order of the
 * lanes, and an axis below.
 *
 * ```text
 * save   █████████
 * load     ┄┄┄┄┄┄┄━━━━━━>      ┄  waits   ━  holds for reading   █  for writing   ▒  upgradable
 * report   ┄┄┄✕                ✕  cancelled    >  goes on
 *        0       5       10 ms
 * ```
 *
 * @remarks
 * The axis counts from the first request. A hold is drawn however short it is. Values and states
 * are left out.
 *
 * @example
 * ```ts
 * import { printTimeline } from 'rxjs-rwlock/devtools';
 *
 * const text = printTimeline(
 *   {
 *     title: 'A reader',
 *     end: 6,
 *     lanes: [{ label: 'A', mode: 'read', requested: 0, granted: 2, ended: 6, values: [] }],
 *   },
 *   { width: 15 },
 * );
 * console.log(text.split('\n')[1]); // A ┄┄┄┄━━━━━━━
 * ```
 *
 * @param timeline - what happened, in milliseconds
 * @param options - the width, and the colours
 * @returns lines of text; the title is the first one, unless it is empty
 * @throws TypeError or RangeError for invalid options, or a time that is not a finite number
 */
export function printTimeline(timeline: Timeline, options: PrintTimelineOptions = {}): string {
  checkRecord('options', options);
  const { width = 80, paint = (text: string) => text } = options;
  check('width', width, 'number', 0, Number.MAX_SAFE_INTEGER);
  check('paint', paint, 'function');
  checkTimeline(timeline);
  const { title, lanes } = timeline;
  const rows = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const row = rows.get(lane.label);
    if (row) row.push(lane);
    else rows.set(lane.label, [lane]);
  }
  const widths = [...rows.keys()].map((label) => label.length);
  const margin = Math.max(0, greatest(widths)) + 1;
  // One column is left for what follows a hold that ends last: a cross, or a sign that it goes on.
  const columns = Math.max(1, Math.floor(width) - margin - 1);
  const last = greatest(framesOf(timeline));
  const first = lanes.reduce((least, { requested }) => Math.min(least, requested), last);
  const scale = columns / Math.max(last - first, 1);
  const column = (time: number) => Math.min(Math.floor((time - first) * scale), columns - 1);
  const drawn = [...rows].map(([label, row]) => {
    const mode = row[0]?.mode ?? 'read';
    const cells = cellsOf(row, column, columns);
    return paint(label.padEnd(margin), mode) + painted(cells, paint);
  });
  const axis = ' '.repeat(margin) + axisOf(last - first, scale, columns);
  return [...(title === '' ? [] : [title]), ...drawn, paint(axis, 'axis')].join('\n');
}

/** What is drawn later covers what is there. */
function cellsOf(
  lanes: readonly Lane[],
  column: (time: number) => number,
  columns: number,
): Cell[] {
  const cells: Cell[] = [];
  for (const { mode, requested, granted, ended, outcome } of lanes) {
    const isCancelled = outcome === 'cancelled';
    const end = ended === undefined ? columns : column(ended);
    const start = column(requested);
    const hold = granted === undefined ? end : column(granted);
    const afterHold =
      granted === undefined ? hold : hold + Math.max(end - hold - Number(isCancelled), 1);
    for (let i = start; i < hold; i++) cells[i] = WAIT;
    for (let i = hold; i < afterHold; i++) cells[i] = [HOLDS[mode], mode];
    if (isCancelled) cells[afterHold] = CROSS;
    if (ended === undefined) cells[columns] = ['>', granted === undefined ? 'wait' : mode];
  }
  return cells;
}

/** Paints neighbours together, so that there are few escape codes. */
function painted(cells: readonly Cell[], paint: Paint): string {
  let text = '';
  for (let i = 0, next = 0; i < cells.length; i = next) {
    const what = cells[i]?.[1];
    let run = '';
    for (; next < cells.length && cells[next]?.[1] === what; next++) run += cells[next]?.[0] ?? ' ';
    text += what ? paint(run, what) : run;
  }
  return text;
}

function axisOf(span: number, scale: number, columns: number): string {
  let line = '';
  for (const at of ticks(span, 0, columns / APART))
    if (at * scale < columns - APART) line = line.padEnd(Math.floor(at * scale)) + String(at);
  return `${line} ms`;
}
