import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';

/** An unindented line of a block with the indented rows below it. */
export interface Section {
  readonly words: readonly string[];
  readonly rows: readonly Row[];
  readonly place: Place;
}

/** A keyword and the text after it. */
export interface Row {
  readonly keyword: string;
  readonly text: string;
  readonly place: Place;
}

/** The rows without a diagram, which need not be aligned. */
const PROSE = ['where', 'error'];

/**
 * Splits a block into sections.
 *
 * @param text - the block without its fences
 * @param first - the place of its first line
 * @throws MarbleSyntaxError for a row before the first section and for diagrams that aren't aligned
 */
export function parseSections(text: string, first: Place): readonly Section[] {
  const sections: (Section & { rows: Row[] })[] = [];
  let aligned: number | undefined;
  for (const [i, content] of text.split('\n').entries()) {
    const place = { ...first, line: first.line + i };
    const words = content.split(/\s+/).filter(Boolean);
    if (words.length === 0) continue;
    if (!/^\s/.test(content)) {
      sections.push({ words, rows: [], place });
      continue;
    }
    const row = parseRow(content, place);
    if (row.text && !PROSE.includes(row.keyword)) {
      const column = content.indexOf(row.text, content.indexOf(row.keyword) + row.keyword.length);
      aligned ??= column;
      if (column !== aligned)
        throw new MarbleSyntaxError(
          place,
          `the diagrams of a block begin in one column: expected ${aligned + 1}, got ${column + 1}`,
        );
    }
    const section = sections.at(-1);
    if (!section) throw new MarbleSyntaxError(place, 'a block begins with a line "lock <policy>"');
    section.rows.push(row);
  }
  return sections;
}

function parseRow(content: string, place: Place): Row {
  const [, keyword = '', text = ''] = /^\s+(\S+)\s*(.*?)\s*$/.exec(content) ?? [];
  return { keyword, text, place };
}

/**
 * Gives access to the rows of a section by keyword.
 *
 * @throws MarbleSyntaxError for an unknown row, and for a second one that isn't in `many`
 */
export function rowsOf(section: Section, known: readonly string[], many: readonly string[] = []) {
  for (const { keyword, place } of section.rows)
    if (!known.includes(keyword))
      throw new MarbleSyntaxError(place, `unknown row "${keyword}"; known: ${known.join(', ')}`);
  const all = (keyword: string) => section.rows.filter((row) => row.keyword === keyword);
  for (const keyword of known) {
    const second = all(keyword)[1];
    if (second && !many.includes(keyword))
      throw new MarbleSyntaxError(second.place, `a second row "${keyword}"`);
  }
  return {
    all,
    find: (keyword: string): Row | undefined => all(keyword)[0],
    need(keyword: string): Row {
      const row = all(keyword)[0];
      if (!row) throw new MarbleSyntaxError(section.place, `the row "${keyword}" is missing`);
      return row;
    },
  };
}
