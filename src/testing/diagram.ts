import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';

/**
 * One mark of a diagram, in the frame in which it happens.
 *
 * @example
 * ```ts
 * import { type Mark, parseScenario } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 * `;
 * const [lane] = parseScenario(block, { file: 'tokens.md', line: 1 }).lanes;
 * const tell = ({ frame, symbol }: Mark) => console.log(frame, symbol); // 2 a, 3 |
 * lane?.result.value.forEach(tell);
 * ```
 */
export interface Mark {
  readonly frame: number;
  readonly symbol: string;
}

/**
 * From the frame of a `^` to that of a `!`; without an end where there is no `!`.
 *
 * @example
 * ```ts
 * import { parseScenario, type Window } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 * `;
 * const [lane] = parseScenario(block, { file: 'tokens.md', line: 1 }).lanes;
 * const frames = ({ start, end = Infinity }: Window) => end - start;
 * console.log(lane?.holds.value.map(frames).join()); // 3
 * ```
 */
export interface Window {
  readonly start: number;
  readonly end: number | undefined;
}

/**
 * Reads a diagram: a character a frame, `-` where nothing happens, and `(…)` around what happens
 * in the frame of the opening parenthesis. A group takes up its width in frames.
 *
 * @throws MarbleSyntaxError for a character without a meaning and for an unbalanced group
 */
export function parseDiagram(text: string, place: Place): readonly Mark[] {
  const marks: Mark[] = [];
  let group: number | undefined;
  for (const [frame, symbol] of [...text].entries()) {
    if (symbol === '(' && group === undefined) group = frame;
    else if (symbol === ')' && group !== undefined) group = undefined;
    else if (/[\w|#^!]/.test(symbol)) marks.push({ frame: group ?? frame, symbol });
    else if (symbol !== '-' || group !== undefined)
      throw new MarbleSyntaxError(place, `"${symbol}" has no meaning in frame ${frame} of ${text}`);
  }
  if (group !== undefined) throw new MarbleSyntaxError(place, `a group is not closed in ${text}`);
  return marks;
}

/** Reads a diagram of what somebody sends or sees, which nothing comes behind the end of. */
export function parseMarks(text: string, place: Place): readonly Mark[] {
  const marks = parseDiagram(text, place);
  const end = marks.findIndex(({ symbol }) => symbol === '|' || symbol === '#');
  if (end !== -1 && end < marks.length - 1)
    throw new MarbleSyntaxError(place, `nothing comes behind the end in ${text}`);
  return marks;
}

/** Reads a diagram of one `^` and at most one `!`, or of nothing at all. */
export function parseWindow(text: string, place: Place): Window | undefined {
  const [start, end, ...more] = parseDiagram(text, place);
  if (!start) return undefined;
  if (start.symbol !== '^' || (end && end.symbol !== '!') || more.length > 0)
    throw new MarbleSyntaxError(place, `a window is ^ and then !, not ${text}`);
  return { start: start.frame, end: end?.frame };
}

/** Writes marks as a diagram, the inverse of {@link parseDiagram}. */
export function formatDiagram(marks: readonly Mark[]): string {
  let text = '';
  for (let i = 0; i < marks.length;) {
    const { frame } = marks[i] as Mark;
    const symbols = marks.filter((mark) => mark.frame === frame).map((mark) => mark.symbol);
    // A mark that falls into the width of the group before it can't stand in its own column.
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
