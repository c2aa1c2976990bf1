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

/**
 * Places marks in rows so that none covers another: the marks of one frame are stacked, and a wide
 * mark goes below the later marks that it would cover. The latest frame is placed first. So a stem,
 * which goes straight down to its mark, passes behind a mark of another frame only where a new
 * staircase has begun.
 */
export function placeMarks(marks: readonly Mark[], x: (frame: number) => number): PlacedMark[] {
  const frames = [...new Set(marks.map(({ at }) => at))].sort((a, b) => b - a);
  return frames.reduce<PlacedMark[]>((placed, frame) => {
    const together = marks.filter(({ at }) => at === frame);
    return [...placed, ...placeFrame(together, x(frame), placed)];
  }, []);
}

function placeFrame(marks: readonly Mark[], x: number, later: readonly PlacedMark[]): PlacedMark[] {
  const edges = marks.map((mark) => ({
    mark,
    x,
    left: x - mark.inset,
    right: x - mark.inset + mark.width,
  }));
  const right = greatest(edges.map((edge) => edge.right));
  const near = later.filter(({ left }) => left < right + 2);
  const below = rowsOf(near);
  const first = below + marks.length > mostRows ? freeRows(near, marks.length) : below;
  return edges.map((edge, index) => ({ ...edge, row: first + index }));
}

/** Finds the first of `count` successive rows that are free of placed marks. */
function freeRows(placed: readonly PlacedMark[], count: number): number {
  let first = 0;
  for (const row of placed.map(({ row }) => row).sort((a, b) => a - b))
    if (row < first + count) first = Math.max(first, row + 1);
  return first;
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
