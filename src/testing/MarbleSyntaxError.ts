/** A marble block can't be read: the message begins with its file and line. */
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
