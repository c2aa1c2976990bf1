import type { Request } from './Request.js';
import type { Run } from './run.js';

/** What a run comes to. */
export interface Figures {
  /** Changes of an account that a finished transfer made and its document does not know of. */
  readonly lostUpdates: number;
  /** Reads that met a half-written document. */
  readonly halfDocuments: number;
  /** Audits that found a wrong sum: money on its way, or astray since an update was lost. */
  readonly wrongSums: number;
  readonly total: number;
  readonly expectedTotal: number;
  readonly readersAtOnce: number;
  readonly writersAtOnce: number;
  /** Operations a second, those given up not counted. */
  readonly throughput: number;
  /** In milliseconds. */
  readonly longestWait: number;
  readonly cancelledWaiting: number;
  readonly cancelledHolding: number;
  /** Who waits for the lock or holds it when all is over. */
  readonly left: number;
}

export function figuresOf(run: Run): Figures {
  const { requests, workers } = run;
  const count = (test: (request: Request) => boolean) => requests.filter(test).length;
  const cancelled = count(({ outcome }) => outcome === 'cancelled');
  const withdrawn = count(({ grantedAt }) => grantedAt === undefined);
  return {
    lostUpdates: lostUpdates(run),
    halfDocuments: count(({ outcome }) => outcome === 'half'),
    wrongSums: count(({ outcome }) => outcome === 'off'),
    total: sum(run.accounts.map(({ balance }) => balance)),
    expectedTotal: run.total,
    readersAtOnce: workers.read.most,
    writersAtOnce: workers.write.most,
    throughput: (requests.length - cancelled) / (run.took / 1000),
    longestWait: requests.reduce((longest, { wait }) => Math.max(longest, wait), 0),
    cancelledWaiting: withdrawn,
    cancelledHolding: cancelled - withdrawn,
    left: run.lock ? left(run.lock) : 0,
  };
}

/** What is wrong with a run under the lock; nothing, where the lock has kept its promise. */
export function faultsOf(figures: Figures): string[] {
  const { lostUpdates, halfDocuments, wrongSums, total, expectedTotal, left } = figures;
  const faults = [
    lostUpdates > 0 && `lost updates: ${lostUpdates}`,
    halfDocuments + wrongSums > 0 && `torn reads: ${halfDocuments + wrongSums}`,
    total !== expectedTotal && `the accounts add up to ${total}, not ${expectedTotal}`,
    left > 0 && `left waiting or holding: ${left}`,
  ];
  return faults.filter((fault) => fault !== false);
}

/** Every finished transfer changed two documents. */
function lostUpdates({ requests, accounts }: Run): number {
  const transfers = requests.filter(
    ({ operation, outcome }) => operation.mode === 'write' && outcome === 'done',
  );
  return 2 * transfers.length - sum(accounts.map(({ updates }) => updates));
}

function left({ held, waiting }: NonNullable<Run['lock']>): number {
  return sum([...Object.values(held), ...Object.values(waiting)]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
