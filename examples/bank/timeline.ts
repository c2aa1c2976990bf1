import type { Lane } from 'rxjs-rwlock/devtools';
import type { Colors } from './colors.js';
import { text } from './numbers.js';
import type { LaneWindow } from './chooseWindow.js';

const WAIT = '┄';
const HOLD = { read: '━', upgradable: '━', write: '█' };
const CROSS = '✕';
const MARGIN = 2;
const MODE = 7;

/** Draws a lane for each request: how long it waited, and how long it held the lock. */
export function drawTimeline(window: LaneWindow, width: number, colors: Colors): string {
  const { lanes, first } = window;
  const last = first + lanes.length - 1;
  const digits = Math.max(3, String(last).length);
  const label = digits + 1 + MODE;
  const scale = scaleOf(lanes, width - MARGIN - label - 1);
  const lines = [
    colors.bold(heading(first, last)),
    legend(colors),
    '',
    ...lanes.map((lane, i) => {
      const number = String(first + i).padStart(digits);
      return `${number} ${name(lane, colors)}${bar(lane, scale, colors)}`;
    }),
    colors.dim(' '.repeat(label) + axis(scale)),
  ];
  return lines.map((line) => `${' '.repeat(MARGIN)}${line}`.trimEnd()).join('\n');
}

/** Where times, in milliseconds, stand on the screen. */
interface Scale {
  readonly start: number;
  readonly columns: number;
  readonly columnsPerMillisecond: number;
}

function scaleOf(lanes: readonly Lane[], columns: number): Scale {
  const start = Math.min(...lanes.map(({ requested }) => requested));
  const end = Math.max(...lanes.map(endOf));
  return { start, columns, columnsPerMillisecond: columns / Math.max(end - start, 1) };
}

function columnOf(time: number, { start, columns, columnsPerMillisecond }: Scale): number {
  return Math.min(Math.floor((time - start) * columnsPerMillisecond), columns - 1);
}

function heading(first: number, last: number): string {
  if (last === first) return `Request ${text(first)} with the lock`;
  const which =
    first === 1 ? `The first ${text(last)} requests` : `Requests ${text(first)} to ${text(last)}`;
  return `${which} with the lock`;
}

function legend(colors: Colors): string {
  const cross = colors.yellow(CROSS);
  const marks = [
    `${colors.dim(WAIT)} waits`,
    `${colors.green(HOLD.read)} reads`,
    `${colors.red(HOLD.write)} writes`,
    `${colors.dim(WAIT)}${cross} gives up waiting`,
    `${colors.green(HOLD.read)}${cross} ${colors.red(HOLD.write)}${cross} gives up at work`,
  ];
  return marks.join('   ');
}

function name({ mode }: Lane, colors: Colors): string {
  return colored(mode, colors)(mode.padEnd(MODE));
}

function bar(lane: Lane, scale: Scale, colors: Colors): string {
  const requested = columnOf(lane.requested, scale);
  const granted = columnOf(lane.granted ?? endOf(lane), scale);
  const wait = colors.dim(WAIT.repeat(granted - requested));
  return ' '.repeat(requested) + wait + hold(lane, columnOf(endOf(lane), scale) - granted, colors);
}

/** However short, a hold is seen, and so is the cross at the end of a wait or of a hold. */
function hold({ mode, granted, outcome }: Lane, length: number, colors: Colors) {
  const cross = outcome === 'cancelled' ? CROSS : '';
  if (granted === undefined) return colors.yellow(cross);
  const solid = HOLD[mode].repeat(Math.max(length - cross.length, 1));
  return colored(mode, colors)(solid) + (cross && colors.yellow(cross));
}

function axis(scale: Scale): string {
  const step = STEPS.find((step) => step * scale.columnsPerMillisecond >= 8) ?? 1_000;
  let line = '';
  for (let tick = 0; tick * scale.columnsPerMillisecond < scale.columns - 8; tick += step)
    line = line.padEnd(Math.floor(tick * scale.columnsPerMillisecond)) + String(tick);
  return `${line} ms`;
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

function colored(mode: keyof typeof HOLD, colors: Colors) {
  return mode === 'read' ? colors.green : colors.red;
}

function endOf({ ended, requested }: Lane): number {
  return ended ?? requested;
}
