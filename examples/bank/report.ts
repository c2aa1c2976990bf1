import picocolors from 'picocolors';
import { type Figure, harms, works } from './figures.js';
import type { Options } from './options.js';
import type { Run } from './run.js';

const { bold, dim, green, red } = picocolors;

/** Writes a whole number as people do. */
export function text(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Says what is about to happen. */
export function drawTitle(options: Options): string {
  const { clients, operations, writes, cancel, accounts, seed } = options;
  const plan = `${text(clients)} clients × ${operations} operations · ${writes} % transfers · ${cancel} % cancelled · seed ${seed}`;
  return indented([
    '',
    `${bold('rxjs-rwlock')} at work in a bank: ${accounts} accounts, a JSON file each`,
    dim(plan),
    '',
    'The same pipelines run twice, the second time with one more operator:',
    `  audit     reads all the accounts     ${green('withReadLock(lock)')}`,
    `  transfer  moves money between two    ${red('withWriteLock(lock)')}`,
    '',
  ]);
}

/** Sets the two runs side by side. */
export function drawTable(without: Run, locked: Run): string {
  const rows = (figures: readonly Figure[], paint: (text: string, value: number) => string) =>
    figures.map(([label, of, note]) => {
      const cell = (run: Run, width: number) => paint(text(of(run)).padStart(width), of(run));
      return `${label.padEnd(20)}${cell(without, 9)}${cell(locked, 15)}   ${dim(note)}`;
    });
  return indented([
    bold(`${' '.repeat(20)}${'without'.padStart(9)}${'with the lock'.padStart(15)}`),
    dim('─'.repeat(76)),
    ...rows(harms, (text, value) => (value === 0 ? green : red)(text)),
    '',
    ...rows(works, String),
  ]);
}

/** Says whether the lock has kept its promise. */
export function drawVerdict(faults: readonly string[]): string {
  const verdict =
    faults.length === 0
      ? green('✔ With the lock no money is lost, and no request is left behind.')
      : red(`✘ With the lock: ${faults.join('; ')}.`);
  return indented(['', bold(verdict), '']);
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`.trimEnd()).join('\n');
}
