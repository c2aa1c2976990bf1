import type { Lane } from 'rxjs-rwlock/testing';
import type { Colors } from './colors.js';

const WAIT = '┄';
const HOLD = { read: '━', upgradable: '━', write: '█' };
const CROSS = '✕';
const MARGIN = 2;
const LABEL = 11;

/** Draws a lane for each request: how long it waited, and how long it held the lock. */
export function drawTimeline(lanes: readonly Lane[], width: number, colors: Colors): string {
  const scale = scaleOf(lanes, width - MARGIN - LABEL - 1);
  const lines = [
    legend(colors),
    '',
    ...lanes.map((lane, index) => label(lane, index, colors) + bar(lane, scale, colors)),
    colors.dim(' '.repeat(LABEL) + axis(scale)),
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
  const start = Math.min(...lanes.map(({ asked }) => asked));
  const end = Math.max(...lanes.map(endOf));
  return { start, columns, columnsPerMillisecond: columns / Math.max(end - start, 1) };
}

function columnOf(time: number, { start, columns, columnsPerMillisecond }: Scale): number {
  return Math.min(Math.floor((time - start) * columnsPerMillisecond), columns - 1);
}

function legend(colors: Colors): string {
  const marks = [
    `${colors.dim(WAIT)} waits`,
    `${colors.green(HOLD.read)} reads`,
    `${colors.red(HOLD.write)} writes`,
    `${colors.yellow(CROSS)} gives up`,
  ];
  return `${colors.bold('The first requests with the lock')}   ${marks.join('  ')}`;
}

function label({ mode }: Lane, index: number, colors: Colors): string {
  return `${String(index + 1).padStart(3)} ${colored(mode, colors)(mode.padEnd(LABEL - 4))}`;
}

function bar(lane: Lane, scale: Scale, colors: Colors): string {
  const asked = columnOf(lane.asked, scale);
  const granted = columnOf(lane.granted ?? endOf(lane), scale);
  const wait = colors.dim(WAIT.repeat(granted - asked));
  return ' '.repeat(asked) + wait + hold(lane, columnOf(endOf(lane), scale) - granted, colors);
}

/** However short, a hold is seen, and so is the cross at the end of a wait. */
function hold({ mode, granted, outcome }: Lane, length: number, colors: Colors) {
  const cross = outcome === 'cancelled' ? colors.yellow(CROSS) : '';
  if (granted === undefined) return cross;
  const solid = HOLD[mode].repeat(Math.max(length, 1) - (cross && length > 0 ? 1 : 0));
  return colored(mode, colors)(solid) + cross;
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

function endOf({ ended, asked }: Lane): number {
  return ended ?? asked;
}
