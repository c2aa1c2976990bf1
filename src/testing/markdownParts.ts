import { MarbleSyntaxError } from './MarbleSyntaxError.js';

/** A part of a Markdown text that matters for marbles. */
export type MarkdownPart = Heading | Fence;

/** A heading outside of fenced blocks. */
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
  /** The text between the fences, without their indentation. */
  readonly text: string;
}

const OPENING = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
/** Matches the fence of a marbles block in a quotation or a list item, which isn't supported. */
const MISPLACED = /^\s*(?:(?:>|[-*+]|\d+[.)])\s*)+(?:`{3,}|~{3,})\s*\{?\.?marbles\b/i;

/**
 * Finds the headings and the fenced blocks of a Markdown text. A fence has three or more back ticks
 * or tildes and may be indented; a shorter fence inside a block is text.
 *
 * @throws MarbleSyntaxError for a fence that is not closed, and for a marbles block in a quotation
 * or a list item
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
      throw new MarbleSyntaxError(place, "a marbles block can't stand in a quotation or a list");
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

/** Whether a line is a closing fence: the characters of the opening one, at least as many. */
function closes(line: string, fence: string): boolean {
  const [mark = ''] = fence;
  return line.length >= fence.length && line === mark.repeat(line.length);
}

function withoutIndent(line: string, width: number): string {
  const own = line.length - line.trimStart().length;
  return line.slice(Math.min(own, width)).trimEnd();
}

/** Reads the language of a fence; `Marbles`, `{.marbles}` and `marbles{a=b}` are all `marbles`. */
function nameOf(info: string): string {
  return (/^\{?\.?([\w+-]*)/.exec(info)?.[1] ?? '').toLowerCase();
}
