import { MarbleSyntaxError } from './MarbleSyntaxError.js';
import { markdownParts } from './markdownParts.js';
import { parseScenario } from './parseScenario.js';
import type { Scenario } from './Scenario.js';

/** A Markdown text with marbles blocks. */
export interface Chapter {
  readonly file: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A fenced block in the language `marbles`, and the heading that states its claim. */
export interface Block {
  readonly heading: string;
  /** The line after the closing fence, counted from 1. */
  readonly nextLine: number;
  readonly scenario: Scenario;
}

/**
 * Reads the marbles blocks of a Markdown text. Each has a heading of its own, of level 2 or below.
 *
 * @param file - the name of the text in error messages
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
      if (!heading)
        throw new MarbleSyntaxError(place, 'a marbles block needs a heading of its own');
      const scenario = parseScenario(part.text, place);
      blocks.push({ heading, nextLine: part.closed + 1, scenario });
      heading = undefined;
    }
  }
  return { file, title: title ?? file, blocks };
}
