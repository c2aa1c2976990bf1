import { SingleBar } from 'cli-progress';

/** Shows how far a run has come; where there is no terminal it shows nothing. */
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
  });
  bar.start(total, 0);
  try {
    return await work(() => bar.increment());
  } finally {
    bar.stop();
  }
}
