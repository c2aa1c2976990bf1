import { MarbleSyntaxError } from './MarbleSyntaxError.js';
import { markdownParts } from './markdownParts.js';
import { parseScenario } from './parseScenario.js';
import type { Scenario } from './Scenario.js';

/**
 * A Markdown file with marble blocks.
 *
 * @example
 * ```ts
 * import { type Chapter, readChapter } from 'rxjs-rwlock/testing';
 *
 * const chapter: Chapter = readChapter('# Our locks\n\nTo be written.', 'locks.md');
 * console.log(chapter.title, chapter.blocks.length); // Our locks 0
 * ```
 *
 * @see {@link readChapter}
 */
export interface Chapter {
  readonly file: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/**
 * A fenced `marbles` block under the heading that states its claim.
 *
 * @example
 * ```ts
 * import { type Block, checkScenario, readChapter } from 'rxjs-rwlock/testing';
 *
 * const markdown = `
 * ## A writer holds the lock until its source completes
 *
 * ~~~marbles
 * lock fifo
 *
 * A write
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 * ~~~
 * `;
 * const check = ({ heading, scenario }: Block) => {
 *   checkScenario(scenario);
 *   console.log(heading); // A writer holds the lock until its source completes
 * };
 * readChapter(markdown, 'writer.md').blocks.forEach(check);
 * ```
 */
export interface Block {
  readonly heading: string;
  /** The line behind the closing fence, counted from 1. */
  readonly nextLine: number;
  readonly scenario: Scenario;
}

/**
 * Reads the marble blocks of a Markdown text.
 *
 * @remarks
 * A block is fenced by three or more back ticks or tildes, indented or not, in the language
 * `marbles`. Its heading is of the second level or below.
 *
 * @example
 * ```ts
 * import { checkScenario, readChapter } from 'rxjs-rwlock/testing';
 *
 * const markdown = `
 * ## A reader holds the lock until its source completes
 *
 * ~~~marbles
 * lock fifo
 *
 * A read
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 * ~~~
 * `;
 *
 * for (const { heading, scenario } of readChapter(markdown, 'reader.md').blocks) {
 *   checkScenario(scenario);
 *   console.log(heading); // A reader holds the lock until its source completes
 * }
 * ```
 *
 * @param markdown - the text
 * @param file - what the text is called in the messages of errors
 * @returns the blocks in their order, with their headings
 * @throws MarbleSyntaxError for a block that can't be read, has no heading or shares one
 */
export function readChapter(markdown: string, file: string): Chapter {
  const blocks: Block[] = [];
  let title: string | undefined;
  let heading: string | undefined;
  for (const part of markdownParts(markdown, file)) {
    if (part.kind === 'heading') {
      if (part.level === 1) title ??= part.text;
      else heading = part.text;
    } else if (part.language === 'marbles') {
      const place = { file, line: part.line + 1 };
      if (!heading) throw new MarbleSyntaxError(place, 'a block needs a heading of its own');
      const scenario = parseScenario(part.text, place);
      blocks.push({ heading, nextLine: part.closed + 1, scenario });
      heading = undefined;
    }
  }
  return { file, title: title ?? file, blocks };
}
