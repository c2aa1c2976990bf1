import { MultiBar } from 'cli-progress';
import { TEXT } from './run.js';

/** Shows in a terminal, on stderr, how far the text has come in each place. */
export class Progress {
  readonly #bars = new MultiBar({
    format: '  {name} {text}',
    clearOnComplete: true,
    // Otherwise Ctrl+C would leave a terminal behind that wraps no lines.
    linewrap: true,
  });

  /** Adds a place, and returns a function that shows a text in it. */
  add(name: string): (text: string) => void {
    const bar = this.#bars.create(TEXT.length, 0, { name: name.padEnd(14), text: '' });
    return (text) => bar.update(text.length, { text });
  }

  stop(): void {
    this.#bars.stop();
  }
}
