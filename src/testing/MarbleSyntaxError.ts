/**
 * A marbles block can't be read. The message begins with the file and the line of the mistake.
 *
 * @example
 * ```ts
 * import { checkMarbles, MarbleSyntaxError } from 'rxjs-rwlock/testing';
 *
 * try {
 *   checkMarbles('## A claim\n\n~~~marbles\nlock lifo\n~~~\n', 'tokens.md');
 * } catch (error) {
 *   if (!(error instanceof MarbleSyntaxError)) throw error;
 *   console.log(error.message.split(';')[0]); // tokens.md:4: unknown policy "lifo"
 * }
 * ```
 */
export class MarbleSyntaxError extends Error {
  override readonly name = 'MarbleSyntaxError';

  /** @internal */
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
