/**
 * A marble block can't be read: the message begins with its file and line.
 *
 * @example
 * ```ts
 * import { MarbleSyntaxError, parseScenario } from 'rxjs-rwlock/testing';
 *
 * try {
 *   parseScenario('lock fifo', { file: 'tokens.md', line: 7 });
 * } catch (error) {
 *   if (error instanceof MarbleSyntaxError) console.log(error.message.slice(0, 12)); // tokens.md:7:
 * }
 * ```
 */
export class MarbleSyntaxError extends Error {
  override readonly name = 'MarbleSyntaxError';

  /**
   * @param place - where the mistake is
   * @param problem - what is wrong there
   */
  constructor({ file, line }: Place, problem: string) {
    super(`${file}:${line}: ${problem}`);
  }
}

/** A line of a file. */
export interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}
