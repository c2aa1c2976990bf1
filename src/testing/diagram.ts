import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';

/** One mark of a diagram, and the frame in which it happens. */
export interface Mark {
  readonly frame: number;
  readonly symbol: string;
}

/** The time from a `^` to a `!`; `end` is undefined if the `!` is missing. */
export interface Window {
  readonly start: number;
  readonly end: number | undefined;
}

/**
 * Reads a diagram. A character is a frame; in a `-` nothing happens, and all that `(…)` encloses
 * happens in the frame of the opening parenthesis. A group is as many frames long as it is wide.
 *
 * @throws MarbleSyntaxError for an unknown character and for an unbalanced group
 */
export function parseDiagram(text: string, place: Place): readonly Mark[] {
  const marks: Mark[] = [];
  let group: number | undefined;
  for (const [frame, symbol] of [...text].entries()) {
    if (symbol === '(' && group === undefined) group = frame;
    else if (symbol === ')' && group !== undefined) group = undefined;
    else if (/[\w|#^!]/.test(symbol)) marks.push({ frame: group ?? frame, symbol });
    else if (symbol !== '-' || group !== undefined)
      throw new MarbleSyntaxError(place, `unexpected "${symbol}" in frame ${frame} of ${text}`);
  }
  if (group !== undefined) throw new MarbleSyntaxError(place, `a ) is missing in ${text}`);
  return marks;
}

/** Reads the diagram of an Observable, in which nothing comes after the end. */
export function parseMarks(text: string, place: Place): readonly Mark[] {
  const marks = parseDiagram(text, place);
  const end = marks.findIndex(({ symbol }) => symbol === '|' || symbol === '#');
  if (end !== -1 && end < marks.length - 1)
    throw new MarbleSyntaxError(place, `there is something after the end in ${text}`);
  return marks;
}

/** Reads a diagram of one `^` and at most one `!`; an empty one is undefined. */
export function parseWindow(text: string, place: Place): Window | undefined {
  const [start, end, ...more] = parseDiagram(text, place);
  if (!start) return undefined;
  if (start.symbol !== '^' || (end && end.symbol !== '!') || more.length > 0)
    throw new MarbleSyntaxError(place, `expected ^ and then at most one !, got ${text}`);
  return { start: start.frame, end: end?.frame };
}

/** Writes marks as a diagram, the inverse of {@link parseDiagram}. */
export function formatDiagram(marks: readonly Mark[]): string {
  let text = '';
  for (let i = 0; i < marks.length;) {
    const { frame } = marks[i] as Mark;
    const symbols = marks.filter((mark) => mark.frame === frame).map((mark) => mark.symbol);
    // A mark inside the width of the previous group has no column of its own.
    text += text.length > frame ? `@${frame}:` : '-'.repeat(frame - text.length);
    text += symbols.length > 1 ? `(${symbols.join('')})` : symbols.join('');
    i += symbols.length;
  }
  return text;
}

/** Writes a window as a diagram. */
export function formatWindow({ start, end }: Window): string {
  const marks = [{ frame: start, symbol: '^' }];
  if (end !== undefined) marks.push({ frame: end, symbol: '!' });
  return formatDiagram(marks);
}
