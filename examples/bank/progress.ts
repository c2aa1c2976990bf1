import { SingleBar } from 'cli-progress';
import { counted } from './numbers.js';

/** Shows how far a run has come; where there is no terminal it says that the run begins. */
export async function withProgress<T>(
  label: string,
  total: number,
  work: (tick: () => void) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) {
    console.error(`  ${label}: ${counted(total, 'operation')} …`);
    return work(() => undefined);
  }
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
