import { checkScenario, MarbleMismatchError } from './checkScenario.js';
import { MarbleSyntaxError } from './MarbleSyntaxError.js';
import { type Chapter, readChapter } from './readChapter.js';

/**
 * The two functions of a test runner that {@link runMarbles} calls: of jest, vitest, `node:test` …
 *
 * @example
 * ```ts
 * import { type TestRunner } from 'rxjs-rwlock/testing';
 *
 * // Runs everything at once, and says how it is called.
 * const runner: TestRunner = {
 *   describe: (name, body) => body(),
 *   it(name, test) {
 *     test();
 *     console.log('ok', name); // ok nothing to do
 *   },
 * };
 * runner.it('nothing to do', () => undefined);
 * ```
 */
export interface TestRunner {
  /** Groups tests. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Registers a test. */
  readonly it: (name: string, test: () => void) => unknown;
}

/**
 * Registers a test for each marble block of a Markdown text, named like the block's heading.
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
 * @param markdown - the text
 * @param runner - `describe` and `it` of any test runner
 * @param file - what the text is called in the messages of errors
 * @throws MarbleSyntaxError for a block that can't be read, and where there is none at all
 */
export function runMarbles(markdown: string, runner: TestRunner, file = 'marbles.md'): void {
  const { describe, it } = checkRunner(runner);
  const { title, blocks } = readBlocks(markdown, file);
  describe(title, () => {
    for (const { heading, scenario } of blocks) it(heading, () => checkScenario(scenario));
  });
}

/**
 * Runs every marble block of a Markdown text at once, without a test runner.
 *
 * @example
 * ```ts
 * import { checkMarbles, MarbleMismatchError } from 'rxjs-rwlock/testing';
 *
 * const markdown = `
 * ## A reader holds for two frames
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
 * @param markdown - the text
 * @param file - what the text is called in the messages of errors
 * @throws MarbleMismatchError with the rows of all blocks that differ, expected above actual
 * @throws MarbleSyntaxError for a block that can't be read, and where there is none at all
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

function checkRunner({ describe, it }: Partial<TestRunner> = {}): TestRunner {
  if (!describe || !it) throw new TypeError('the tests need a runner: { describe, it }');
  return { describe, it };
}

function readBlocks(markdown: string, file: string): Chapter {
  if (typeof (markdown as unknown) !== 'string')
    throw new TypeError("marbles are read from a text: readFileSync(file, 'utf8')");
  const chapter = readChapter(markdown, file);
  if (chapter.blocks.length === 0)
    throw new MarbleSyntaxError({ file, line: 1 }, 'there is no block of marbles');
  return chapter;
}
