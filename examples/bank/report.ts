import type { Colors } from './colors.js';
import type { Figures } from './figures.js';
import { counted, text } from './numbers.js';
import type { Options } from './options.js';

/** Says what is about to happen. */
export function drawTitle(options: Options, { bold, dim, green, red }: Colors): string {
  const { clients, operations, writes, cancel, accounts, seed } = options;
  const plan = [
    counted(clients, 'client'),
    counted(clients * operations, 'operation'),
    `${writes} % transfers`,
    `${cancel} % given up`,
    `seed ${seed}`,
  ];
  return indented([
    '',
    `${bold('rxjs-rwlock')} at work in a bank: ${accounts} accounts, a JSON file each`,
    dim(plan.join(' · ')),
    '',
    'The same pipelines run twice, the second time with one more operator:',
    `  audit     reads all the accounts     ${green('withReadLock(lock)')}`,
    `  transfer  moves money between two    ${red('withWriteLock(lock)')}`,
    '',
  ]);
}

/** Sets the two runs side by side. */
export function drawTable(without: Figures, locked: Figures, colors: Colors): string {
  const head = row(['', 'without', 'with the lock', '']);
  const harm = harms.map(([label, pick, note]) => {
    const paint = (value: number) => (value === 0 ? colors.green : colors.red);
    const [left, right] = [pick(without), pick(locked)];
    return row(
      [label, text(left), text(right), note],
      [String, paint(left), paint(right), colors.dim],
    );
  });
  const work = works.map(([label, pick, note]) =>
    row(
      [label, text(pick(without)), text(pick(locked)), note],
      [String, String, String, colors.dim],
    ),
  );
  return indented([colors.bold(head), colors.dim('─'.repeat(76)), ...harm, '', ...work]);
}

/** Says whether the lock has kept its promise. */
export function drawVerdict(faults: readonly string[], { bold, green, red }: Colors): string {
  const verdict =
    faults.length === 0
      ? green('✔ With the lock the money is all there, and nobody is left waiting.')
      : red(`✘ With the lock: ${faults.join('; ')}.`);
  return indented(['', bold(verdict), '']);
}

type Line = readonly [label: string, pick: (figures: Figures) => number, note: string];

const harms: readonly Line[] = [
  ['lost updates', ({ lostUpdates }) => lostUpdates, 'made, yet not in the files'],
  ['torn reads', ({ halfDocuments, wrongSums }) => halfDocuments + wrongSums, 'of which'],
  ['  half a document', ({ halfDocuments }) => halfDocuments, 'read while it was written'],
  ['  a wrong sum', ({ wrongSums }) => wrongSums, 'the accounts do not add up'],
  ['sum off by', ({ total, expectedTotal }) => total - expectedTotal, 'when all is over'],
];

const works: readonly Line[] = [
  ['readers at once', ({ readersAtOnce }) => readersAtOnce, 'at most'],
  ['writers at once', ({ writersAtOnce }) => writersAtOnce, 'at most'],
  ['operations a second', ({ throughput }) => throughput, 'right or wrong, not given up'],
  ['longest wait, ms', ({ longestWait }) => longestWait, 'for the lock'],
  ['given up waiting', ({ cancelledWaiting }) => cancelledWaiting, 'unsubscribed before the grant'],
  ['given up at work', ({ cancelledHolding }) => cancelledHolding, 'unsubscribed after it'],
];

type Paint = (text: string) => string;

function row(cells: readonly [string, string, string, string], paints: readonly Paint[] = []) {
  const [label, left, right, note] = cells;
  const padded = [label.padEnd(20), left.padStart(9), right.padStart(15), `   ${note}`];
  return padded.map((cell, index) => (paints[index] ?? String)(cell)).join('');
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`.trimEnd()).join('\n');
}
