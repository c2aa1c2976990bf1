import { MarbleSyntaxError } from './MarbleSyntaxError.js';

/** What a Markdown text is made of, as far as marbles go. */
export type MarkdownPart = Heading | Fence;

/** A heading outside every fence. */
export interface Heading {
  readonly kind: 'heading';
  readonly level: number;
  readonly text: string;
}

/** A fenced block of any language. */
export interface Fence {
  readonly kind: 'fence';
  readonly language: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  /** The line of the closing fence. */
  readonly closed: number;
  /** What stands between, without the indentation of the fence. */
  readonly text: string;
}

const OPENING = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
/** In a quotation, behind a bullet, or with braces: Markdown knows these blocks, and we do not. */
const MISPLACED = /^\s*(?:(?:>|[-*+]|\d+[.)])\s*)+(?:`{3,}|~{3,})\s*\{?\.?marbles\b/i;

/**
 * Finds the headings and the fenced blocks of a Markdown text. Fences may be indented, of back
 * ticks or of tildes, and of any length from three; a shorter one inside is text.
 *
 * @throws MarbleSyntaxError for a fence that is not closed, and for a block of marbles where it
 * would not be seen
 */
export function markdownParts(markdown: string, file: string): readonly MarkdownPart[] {
  const parts: MarkdownPart[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const content = lines[i] as string;
    const place = { file, line: i + 1 };
    const [, hashes, text] = /^(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/.exec(content) ?? [];
    if (hashes !== undefined && text !== undefined)
      parts.push({ kind: 'heading', level: hashes.length, text });
    if (MISPLACED.test(content))
      throw new MarbleSyntaxError(place, 'a block of marbles stands on lines of its own');
    const [, indent = '', fence, language = ''] = OPENING.exec(content) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, at) => at > i && closes(line.trim(), fence));
    if (end === -1) throw new MarbleSyntaxError(place, 'the block is not closed');
    const inside = lines.slice(i + 1, end).map((line) => withoutIndent(line, indent.length));
    parts.push({
      kind: 'fence',
      language: nameOf(language),
      line: place.line,
      closed: end + 1,
      text: inside.join('\n'),
    });
    i = end;
  }
  return parts;
}

/** A closing fence is of the same characters, no fewer, and has nothing behind it. */
function closes(line: string, fence: string): boolean {
  const [mark = ''] = fence;
  return line.length >= fence.length && line === mark.repeat(line.length);
}

function withoutIndent(line: string, width: number): string {
  const own = line.length - line.trimStart().length;
  return line.slice(Math.min(own, width)).trimEnd();
}

/** `Marbles`, `{.marbles}` and `marbles{a=b}` are all marbles. */
function nameOf(info: string): string {
  return (/^\{?\.?([\w+-]*)/.exec(info)?.[1] ?? '').toLowerCase();
}
