// What is measured of whom, and how it is printed.
import { PEERS } from './peers/index.mjs';
import { RATIOS, YARDSTICKS } from './yardsticks.mjs';

const yardsticks = Object.keys(YARDSTICKS);
const peers = Object.keys(PEERS);

/**
 * `grows`: the numbers are sizes, so what failed at one of them is not tried at a larger one.
 * `rounds`: where a figure is the same every time.
 */
export const TABLES = [
  {
    title: 'Take and give back, nobody else there (ns, p50)',
    cells: [
      { head: 'read', work: 'read', number: 0 },
      { head: 'write', work: 'write', number: 0 },
    ],
    names: [...yardsticks, ...peers],
  },
  {
    title: 'Through an operator, as a ratio to `finalize`',
    cells: [
      { head: 'alone', work: 'ratio', number: 0 },
      { head: 'among others', work: 'ratio', number: 1 },
    ],
    names: Object.keys(RATIOS),
    digits: 2,
  },
  {
    title: 'Waiters behind a writer, drained (ns each)',
    cells: sizes('drain', [1e3, 1e4, 1e5, 1e6]),
    names: peers,
    grows: true,
  },
  {
    title: 'Waiters cancelled in random order (ns each)',
    cells: sizes('cancel', [1e3, 1e4, 1e5]),
    names: [...yardsticks, ...peers],
    grows: true,
  },
  {
    title: 'Heap of a waiter (bytes)',
    cells: sizes('heap', [1e5]),
    names: [...yardsticks, ...peers],
    digits: 0,
    rounds: 1,
  },
  {
    title: 'Twenty thousand reads and writes, of which writes (%, ns each)',
    cells: sizes('mix', [1, 10, 50]),
    names: peers,
  },
];

function sizes(work, numbers) {
  return numbers.map((number) => ({ head: number.toLocaleString('en'), work, number }));
}

export function markdown(title, heads, rows) {
  const widths = heads.map((_, i) => Math.max(3, ...[heads, ...rows].map((row) => row[i].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => '-'.repeat(i ? width - 1 : width) + (i ? ':' : '')).join(' | ')} |`;
  return [`## ${title}`, '', line(heads), rule, ...rows.map(line), ''].join('\n');
}

export function shown(figure, digits = figure < 100 ? 1 : 0) {
  if (typeof figure !== 'number') return figure;
  const maximumFractionDigits = digits;
  return figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits });
}
