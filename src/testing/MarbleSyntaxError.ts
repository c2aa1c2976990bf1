/**
 * Tells that a marble block can't be read: the message begins with its file and line.
 *
 * @example
 * ```ts
 * import { MarbleSyntaxError, parseScenario } from 'rxjs-rwlock/testing';
 *
 * try {
 *   parseScenario('lock fifo', { file: 'tokens.md', line: 7 });
 * } catch (error) {
 *   if (!(error instanceof MarbleSyntaxError)) throw error;
 *   console.log(error.message.split(' ')[0]); // tokens.md:7:
 * }
 * ```
 *
 * @see {@link parseScenario}
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

/**
 * A line of a file.
 *
 * @example
 * ```ts
 * import { MarbleSyntaxError, type Place } from 'rxjs-rwlock/testing';
 *
 * const place: Place = { file: 'tokens.md', line: 7 };
 * console.log(new MarbleSyntaxError(place, 'no lane').message); // tokens.md:7: no lane
 * ```
 */
export interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}
