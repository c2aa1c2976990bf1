// Lists what is measured for which peers, and prints it.
import { PEERS } from './peers/index.mjs';
import { RATIOS } from './ratios.mjs';
import { YARDSTICKS } from './yardsticks.mjs';

const yardsticks = Object.keys(YARDSTICKS);
const peers = Object.keys(PEERS);

/**
 * The tables. `grows`: the numbers are sizes, so a peer that failed at one is not tried at a larger one.
 * `rounds`: the number of rounds, unless the command line sets it. `part`: shows a second figure of a
 * measurement that another cell makes. `range`: shows the least and the greatest round as well.
 */
export const TABLES = [
  {
    title: 'Acquire and release a free lock (ns, p50)',
    cells: [
      { head: 'read', work: 'read', number: 0 },
      { head: 'write', work: 'write', number: 0 },
    ],
    names: [...yardsticks, ...peers],
  },
  {
    title: 'Ratios, both sides by turns in one process (median, least..greatest)',
    cells: [
      { head: 'alone', work: 'ratio', number: 0, range: true },
      { head: 'among others', work: 'ratio', number: 1, range: true },
      { head: 'alone, ns', work: 'ratio', number: 0, part: 1 },
    ],
    names: Object.keys(RATIOS),
    rounds: 5,
  },
  {
    title: 'Waiting requests behind a writer, drained (ns each)',
    cells: sizes('drain', [1e3, 1e4, 1e5, 1e6]),
    names: peers,
    grows: true,
  },
  {
    title: 'Waiting requests cancelled in random order (ns each)',
    cells: sizes('cancel', [1e3, 1e4, 1e5, 1e6]),
    names: [...yardsticks, ...peers],
    grows: true,
  },
  {
    title: 'Heap of a waiting request (bytes)',
    cells: sizes('heap', [1e5]),
    names: [...yardsticks, ...peers],
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

/** Returns a table of one build, or of two builds with the ratio of the second to the first. */
export function tableOf({ title, cells, names }, builds) {
  const rows = names.map((name) => [name, ...cells.map((cell) => textOf(cell, name, builds))]);
  return markdown(title, ['', ...cells.map(({ head }) => head)], rows);
}

function textOf({ work, number, part, range }, name, builds) {
  if (range && builds.length === 1) return withRange(builds[0], work, number, name);
  const [first, second] = builds.map((figures) => figures.get(work, number, name, part));
  if (builds.length === 1) return shown(first);
  return `${shown(second / first)} (${shown(first)} → ${shown(second)})`;
}

export function withRange(figures, ...of) {
  const median = figures.get(...of);
  if (typeof median === 'string') return median;
  const [least, greatest] = figures.range(...of);
  return `${shown(median)} (${shown(least)}..${shown(greatest)})`;
}

export function markdown(title, heads, rows) {
  const widths = heads.map((_, i) => Math.max(3, ...[heads, ...rows].map((row) => row[i].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => '-'.repeat(i ? width - 1 : width) + (i ? ':' : '')).join(' | ')} |`;
  return [`## ${title}`, '', line(heads), rule, ...rows.map(line), ''].join('\n');
}

export function shown(figure) {
  if (typeof figure !== 'number') return figure;
  const digits = figure < 10 ? 2 : figure < 100 ? 1 : 0;
  return figure.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
