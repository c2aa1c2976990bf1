import { element } from './svg.js';

/** Something that stands at a frame: from `inset` before it, as wide as its text asks. */
export interface Mark {
  readonly at: number;
  readonly width: number;
  readonly inset: number;
  /** Draws it from its left edge, around the middle of its height. */
  readonly draw: (left: number, y: number) => readonly string[];
}

/** A mark and the row that it was moved down to, lest it cover another. */
export interface PlacedMark {
  readonly mark: Mark;
  readonly x: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
}

/** Wide marks that follow closely go down a staircase; after so many rows another one begins. */
const mostRows = 6;

/**
 * Places marks in rows so that none covers another: those of one frame one below the other,
 * and a wide one below those it would reach into. Later frames are placed first, so that no
 * stem, which goes straight down from the time to its mark, runs behind another frame's mark,
 * but for those of another staircase.
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
  const right = Math.max(...edges.map((edge) => edge.right));
  const near = later.filter(({ left }) => left < right + 2);
  const below = rowsOf(near);
  const first = below + marks.length > mostRows ? freeRows(near, marks.length) : below;
  return edges.map((edge, index) => ({ ...edge, row: first + index }));
}

/** The first of so many rows, one below the other, that none of the placed marks is in. */
function freeRows(placed: readonly PlacedMark[], count: number): number {
  let first = 0;
  for (const row of placed.map(({ row }) => row).sort((a, b) => a - b))
    if (row < first + count) first = Math.max(first, row + 1);
  return first;
}

/** Counts the rows that placed marks take up. */
export function rowsOf(placed: readonly PlacedMark[]): number {
  return Math.max(0, ...placed.map(({ row }) => row + 1));
}

/** Draws placed marks, the first row around `y`, each hanging on a stem from `top`. */
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
