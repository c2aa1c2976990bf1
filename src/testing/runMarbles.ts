import { checkScenario } from './checkScenario.js';
import { MarbleMismatchError } from './MarbleMismatchError.js';
import { MarbleSyntaxError } from './MarbleSyntaxError.js';
import { type Chapter, readChapter } from './readChapter.js';
import { wrongArgument } from './wrongArgument.js';

/**
 * Registers a test for each marbles block of a Markdown text. The heading of the block is its name.
 *
 * @example
 * ```ts
 * import { runMarbles } from 'rxjs-rwlock/testing';
 *
 * // In a test: runMarbles(readFileSync('locks.md', 'utf8'), { describe, it }, 'locks.md');
 * const markdown = `
 * # Our locks
 *
 * ## A writer waits for the reader
 *
 * ~~~marbles
 * lock fifo
 *
 * A read
 *   source  ---|
 *   holds   ^--!
 *   result  ---|
 *
 * B write
 *   source  ---|
 *   holds   ---^--!
 *   result  ------|
 * ~~~
 * `;
 *
 * runMarbles(markdown, {
 *   describe: (name, body) => body(),
 *   it: (name, test) => {
 *     test();
 *     console.log(name); // A writer waits for the reader
 *   },
 * });
 * ```
 *
 * @param markdown - the text, which has marbles blocks
 * @param runner - `describe` and `it` of jest, vitest, mocha, `node:test` or another test runner
 * @param file - the name of the text in error messages
 * @throws MarbleSyntaxError for a block that can't be read, and for a text without any
 */
export function runMarbles(
  markdown: string,
  runner: {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly it: (name: string, test: () => void) => unknown;
  },
  file = 'marbles.md',
): void {
  for (const name of ['describe', 'it'] as const)
    if (typeof (runner as Partial<typeof runner> | undefined)?.[name] !== 'function')
      throw wrongArgument('the second argument of runMarbles', '{ describe, it }', runner);
  const { title, blocks } = readBlocks(markdown, file);
  runner.describe(title, () => {
    for (const { heading, scenario } of blocks) runner.it(heading, () => checkScenario(scenario));
  });
}

/**
 * Runs every marbles block of a Markdown text at once, without a test runner.
 *
 * @example
 * ```ts
 * import { checkMarbles, MarbleMismatchError } from 'rxjs-rwlock/testing';
 *
 * const markdown = `
 * ## A reader holds the lock for two frames
 *
 * ~~~marbles
 * lock fifo
 *
 * A read
 *   source  --a|
 *   holds   ^-!
 *   result  --a|
 * ~~~
 * `;
 *
 * try {
 *   checkMarbles(markdown, 'reader.md');
 * } catch (error) {
 *   console.log(error instanceof MarbleMismatchError); // true
 * }
 * ```
 *
 * @param markdown - the text, which has marbles blocks
 * @param file - the name of the text in error messages
 * @throws MarbleMismatchError for all the rows that differ, in all the blocks
 * @throws MarbleSyntaxError for a block that can't be read, and for a text without any
 */
export function checkMarbles(markdown: string, file = 'marbles.md'): void {
  const failures: string[] = [];
  for (const { heading, scenario } of readBlocks(markdown, file).blocks) {
    try {
      checkScenario(scenario);
    } catch (error) {
      if (!(error instanceof MarbleMismatchError)) throw error;
      failures.push(`${heading}\n\n${error.message}`);
    }
  }
  if (failures.length > 0) throw new MarbleMismatchError(failures.join('\n\n'));
}

function readBlocks(markdown: string, file: string): Chapter {
  if (typeof (markdown as unknown) !== 'string')
    throw wrongArgument('the marbles', "a string, such as readFileSync(file, 'utf8')", markdown);
  const chapter = readChapter(markdown, file);
  if (chapter.blocks.length === 0)
    throw new MarbleSyntaxError({ file, line: 1 }, 'the text has no marbles block');
  return chapter;
}
