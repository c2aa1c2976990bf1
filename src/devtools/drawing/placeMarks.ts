import { greatest } from '../greatest.js';
import { element } from './svg.js';

/** A sign at a frame; it begins `inset` to the left of the frame. */
export interface Mark {
  readonly at: number;
  readonly width: number;
  readonly inset: number;
  /** Draws the mark from its left edge, centred on `y`. */
  readonly draw: (left: number, y: number) => readonly string[];
}

/** A mark, and the row in which it covers no other mark. */
export interface PlacedMark {
  readonly mark: Mark;
  readonly x: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
}

/** Wide marks close to each other go down a staircase; after so many rows a new one begins. */
const mostRows = 6;

/** Pixels between marks of one row. */
const gap = 2;

/**
 * Places marks in rows so that none covers another: the marks of one frame are stacked, and a wide
 * mark goes below the later marks that it would cover. The latest frame is placed first. So a stem,
 * which goes straight down to its mark, passes behind a mark of another frame only where a new
 * staircase has begun.
 */
export function placeMarks(marks: readonly Mark[], x: (frame: number) => number): PlacedMark[] {
  const frames = new Map<number, Mark[]>();
  for (const mark of marks) {
    const together = frames.get(mark.at);
    if (together) together.push(mark);
    else frames.set(mark.at, [mark]);
  }
  const placed: PlacedMark[] = [];
  /** Where the leftmost mark of each row begins. */
  const lefts: number[] = [];
  for (const [frame, together] of [...frames].sort(([a], [b]) => b - a)) {
    const edges = together.map((mark) => edgesOf(mark, x(frame)));
    const first = firstRow(lefts, greatest(edges.map(({ right }) => right)) + gap, edges.length);
    for (const [index, edge] of edges.entries()) {
      const row = first + index;
      lefts[row] = Math.min(lefts[row] ?? Infinity, edge.left);
      placed.push({ ...edge, row });
    }
  }
  return placed;
}

function edgesOf(mark: Mark, x: number): Omit<PlacedMark, 'row'> {
  const left = x - mark.inset;
  return { mark, x, left, right: left + mark.width };
}

/**
 * Finds the row for the first of `count` marks that end at `right`: below all marks that they would
 * cover or, where a staircase begins, the first of `count` successive rows that are free.
 */
function firstRow(lefts: readonly number[], right: number, count: number): number {
  let below = 0;
  let free = 0;
  for (const [row, left] of lefts.entries()) {
    if (left >= right) continue;
    below = row + 1;
    if (row < free + count) free = below;
  }
  return below + count > mostRows ? free : below;
}

/** Counts the rows that placed marks take up. */
export function rowsOf(placed: readonly PlacedMark[]): number {
  return Math.max(0, greatest(placed.map(({ row }) => row + 1)));
}

/** Draws placed marks, the first row centred on `y`, each on a stem that begins at `top`. */
export function drawMarks(
  placed: readonly PlacedMark[],
  { top, y, rowHeight }: { readonly top: number; readonly y: number; readonly rowHeight: number },
): string[] {
  const inOrder = [...placed].sort((a, b) => a.x - b.x || a.row - b.row);
  const stems = inOrder
    .filter(({ row }) => y + row * rowHeight > top)
    .map(({ x, row }) =>
      element('line', { class: 'stem', x1: x, y1: top, x2: x, y2: y + row * rowHeight }),
    );
  return [
    ...stems,
    ...inOrder.flatMap(({ mark, left, row }) => mark.draw(left, y + row * rowHeight)),
  ];
}
