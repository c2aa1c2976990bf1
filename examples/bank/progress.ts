import { SingleBar } from 'cli-progress';

/** Shows in a terminal, on stderr, how many of the operations are done. */
export async function withProgress<T>(
  label: string,
  total: number,
  work: (tick: () => void) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({
    format: `  ${label.padEnd(14)} {bar} {percentage} %`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // Otherwise Ctrl+C would leave a terminal behind that wraps no lines.
    linewrap: true,
  });
  bar.start(total, 0);
  try {
    return await work(() => bar.increment());
  } finally {
    bar.stop();
  }
}
