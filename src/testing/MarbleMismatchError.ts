/**
 * A marbles block expects something else than what happened. The message shows the expected and the
 * actual marbles of each row that differs, one above the other.
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
 * try {
 *   checkMarbles(markdown, 'tokens.md');
 * } catch (error) {
 *   if (!(error instanceof MarbleMismatchError)) throw error;
 *   console.log(error.message.split('\n')[2]); // tokens.md:9: A holds
 * }
 * ```
 */
export class MarbleMismatchError extends Error {
  override readonly name = 'MarbleMismatchError';
}
