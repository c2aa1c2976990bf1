import { greatest } from '../greatest.js';
import { checkTimeline, type Timeline } from '../Timeline.js';
import { describeTimeline } from './describeTimeline.js';
import { laneBlock } from './laneBlock.js';
import { type Block, margin, type Scale, scaleOf, ticks } from './layout.js';
import { boxHeight, stateMark } from './marks.js';
import { drawMarks, placeMarks, rowsOf } from './placeMarks.js';
import { element, textElement, textWidth, wrap } from './svg.js';
import { timelineStyle } from './timelineStyle.js';

const minWidth = 520;
/** The width of a bold character of 14 px in a wide font. */
const titleColumn = 8.2;

/**
 * Draws a timeline as an SVG picture, for light and dark pages.
 *
 * @remarks
 * Each request has a lane. A dashed line is its wait, a bar in the colour of its mode is its hold,
 * and the values of its subscriber stand on the bar. A line across the end of a bar is a
 * completion, a cross an unsubscription, a cross in a box an error. An arrow goes on beyond the
 * last frame.
 *
 * The picture needs no other file. The same timeline always gives the same text, so that a test
 * can compare a stored picture with a new one.
 *
 * @example
 * ```ts
 * import { drawTimeline } from 'rxjs-rwlock/devtools';
 *
 * const svg = drawTimeline({
 *   title: 'A reader',
 *   end: 6,
 *   lanes: [{ label: 'A', mode: 'read', requested: 0, granted: 0, ended: 5, values: [] }],
 * });
 * console.log(svg.startsWith('<svg')); // true
 * ```
 *
 * @param timeline - what happened, in frames
 * @returns the text of an SVG document
 * @throws RangeError for a time that is not a finite number
 */
export function drawTimeline(timeline: Timeline): string {
  checkTimeline(timeline);
  const scale = scaleOf(timeline);
  const lanes = timeline.lanes.map((lane) => laneBlock(lane, scale));
  const height = lanes.reduce((sum, lane) => sum + lane.height, 0);
  const plot = [
    ...inputBlock(timeline.input, height, scale),
    gridBlock(height, scale),
    ...lanes,
    axisBlock(scale),
    ...statesBlock(timeline.states ?? [], scale),
  ];
  const width = Math.max(minWidth, greatest(plot.map(({ right }) => Math.ceil(right) + margin)));
  return page(timeline, width, [titleBlock(timeline.title, width), ...plot]);
}

function page(timeline: Timeline, width: number, blocks: readonly Block[]): string {
  const height = blocks.reduce((sum, block) => sum + block.height, 2 * margin);
  const id = idOf(timeline.title);
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-desc`,
  };
  const words = [
    textElement('title', { id: `${id}-title` }, timeline.title),
    textElement('desc', { id: `${id}-desc` }, timeline.description ?? describeTimeline(timeline)),
  ];
  return `${element('svg', attributes, [...words, `<style>${timelineStyle}</style>`, ...stacked(blocks)])}\n`;
}

function idOf(title: string): string {
  return ['timeline', ...(title.toLowerCase().match(/[a-z0-9]+/g) ?? [])].join('-');
}

function stacked(blocks: readonly Block[]): string[] {
  let top = margin;
  return blocks.map(({ height, svg }) => {
    const block = element('g', { transform: `translate(0 ${top})` }, svg);
    top += height;
    return block;
  });
}

function titleBlock(title: string, width: number): Block {
  const lines = wrap(title, Math.floor((width - 2 * margin) / titleColumn));
  const svg = lines.map((line, index) =>
    textElement('text', { class: 'title ink', x: margin, y: 12 + 19 * index }, line),
  );
  return { right: 0, height: 19 * lines.length + 9, svg };
}

/** Draws a line through all lanes where the lock is completed or failed, and its name above. */
function inputBlock(input: Timeline['input'], height: number, { x }: Scale): Block[] {
  if (!input) return [];
  const label = `lock.${input.kind}()`;
  const colour = input.kind === 'error' ? 'error' : 'ink';
  const line = { class: 'stem', x1: x(input.at), y1: 16, x2: x(input.at), y2: 16 + height };
  const name = textElement('text', { class: 'small', x: x(input.at) + 4, y: 11 }, label);
  const right = x(input.at) + 4 + textWidth(label, 10);
  const svg = [element('g', { class: colour }, [element('line', line), name])];
  return [{ right, height: 16, svg }];
}

function gridBlock(height: number, { last, x }: Scale): Block {
  const line = (frame: number): string =>
    element('line', { class: 'grid ink', x1: x(frame), y1: 0, x2: x(frame), y2: height });
  return { right: 0, height: 0, svg: ticks(last).map(line) };
}

function axisBlock({ last, x }: Scale): Block {
  const number = (frame: number): string =>
    textElement('text', { class: 'small middle ink', x: x(frame), y: 13 }, String(frame));
  return { right: x(last) + 16, height: 18, svg: ticks(last).map(number) };
}

function statesBlock(states: NonNullable<Timeline['states']>, { x }: Scale): Block[] {
  if (states.length === 0) return [];
  const marks = states.map(({ at, label }) => stateMark(at, label));
  const placed = placeMarks(marks, x);
  const rowHeight = boxHeight + 4;
  const y = 8 + boxHeight / 2;
  const name = textElement('text', { x: margin, y: y + 4 }, 'state');
  const svg = [name, ...drawMarks(placed, { top: 0, y, rowHeight })];
  const right = greatest(placed.map((mark) => mark.right));
  const height = 8 + rowHeight * rowsOf(placed);
  return [{ right, height, svg: [element('g', { class: 'ink' }, svg)] }];
}
