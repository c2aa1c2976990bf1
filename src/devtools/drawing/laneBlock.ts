import type { Lane } from '../Timeline.js';
import { greatest } from '../greatest.js';
import { type Block, margin, type Scale, type TimeScale } from './layout.js';
import { cancelMark, discSize, errorMark, valueMark } from './marks.js';
import { drawMarks, type Mark, type PlacedMark, placeMarks, rowsOf } from './placeMarks.js';
import { element, rounded, textElement } from './svg.js';

const laneHeight = 40;
/** The y of what is drawn of a lane. */
export const middle = laneHeight / 2;
const barHeight = 22;
/** Keeps a short hold visible in a picture of thousands of frames. */
const leastWidth = 4;
const rowHeight = discSize + 4;
/** The length beyond the last frame of a wait or a hold that goes on. */
const beyond = 20;

/** Draws one request: its label and mode, its wait, its hold, and its values. */
export function laneBlock(lane: Lane, scale: Scale): Block {
  const placed = placeMarks(marksOf(lane), scale.x);
  const svg = [...labels(lane, scale), ...laneTimes(lane, scale, placed)];
  return {
    right: Math.max(scale.x(scale.last) + beyond, greatest(placed.map(({ right }) => right))),
    height: laneHeight + rowHeight * Math.max(0, rowsOf(placed) - 1),
    svg: [element('g', { class: lane.mode }, svg)],
  };
}

/** Draws the wait, the hold and the values of a request. */
export function laneTimes(
  lane: Lane,
  scale: TimeScale,
  placed: readonly PlacedMark[] = placeMarks(marksOf(lane), scale.x),
): string[] {
  const marks = drawMarks(placed, { top: middle, y: middle, rowHeight });
  return [...wait(lane, scale), ...hold(lane, scale), ...marks];
}

// The end is the last mark, so it is placed below the values of its frame.
function marksOf({ values, ended, outcome }: Lane): Mark[] {
  const marks = values.map(({ at, text }) => valueMark(at, text));
  if (ended !== undefined && outcome === 'errored') marks.push(errorMark(ended));
  if (ended !== undefined && outcome === 'cancelled') marks.push(cancelMark(ended));
  return marks;
}

function labels({ label, mode, note }: Lane, { modeX }: Scale): string[] {
  const y = note === undefined ? middle + 4 : middle - 3;
  const name = textElement('text', { class: 'name ink', x: margin, y }, label);
  const names = [name, textElement('text', { x: modeX, y }, mode)];
  if (note === undefined) return names;
  return [...names, textElement('text', { class: 'small ink', x: margin, y: y + 14 }, note)];
}

function wait({ requested, granted, ended }: Lane, { last, x }: TimeScale): string[] {
  if (granted === requested) return [];
  const dot = element('circle', { class: 'solid', cx: x(requested), cy: middle, r: 3.5 });
  const until = granted ?? ended;
  const end = until === undefined ? x(last) + beyond : x(until);
  const line = { class: 'wait', x1: x(requested), y1: middle, x2: end, y2: middle };
  return [dot, element('line', line), ...(until === undefined ? [arrowhead(end)] : [])];
}

function arrowhead(x: number): string {
  const d = `M${rounded(x - 5)} ${middle - 5}l5 5l-5 5`;
  return element('path', { class: 'line', d });
}

function hold({ granted, ended, outcome }: Lane, { last, frameWidth, x }: TimeScale): string[] {
  if (granted === undefined) return [];
  if (ended === undefined) return [openBar(x(granted), x(last) + beyond)];
  // The hold of a synchronous source has no length; it is drawn as a short bar.
  const moment = Math.min(barHeight, Math.max(frameWidth, leastWidth));
  const bar =
    ended === granted
      ? closedBar(x(granted) - moment / 2, x(granted) + moment / 2)
      : closedBar(x(granted), x(ended));
  return outcome === 'completed' ? [bar, completion(x(ended))] : [bar];
}

function closedBar(x: number, end: number): string {
  const width = Math.max(end - x, leastWidth);
  const y = middle - barHeight / 2;
  return element('rect', { class: 'hold', x, y, width, height: barHeight, rx: 2 });
}

function openBar(start: number, tip: number): string {
  const half = barHeight / 2;
  const body = rounded(tip - 8 - start);
  const d = `M${rounded(start)} ${middle - half}h${body}l8 ${half}l-8 ${half}h${-body}z`;
  return element('path', { class: 'hold', d });
}

function completion(x: number): string {
  const reach = barHeight / 2 + 4;
  return element('line', { class: 'end', x1: x, y1: middle - reach, x2: x, y2: middle + reach });
}
