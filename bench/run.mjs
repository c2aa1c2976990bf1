// Measures every peer at every work, interleaved, and prints a table for each; `--write` keeps them
// in RESULTS.md. `--only <work>` and `--ours` measure less, `--rounds <n>` more or fewer times.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { PEERS } from './peers.mjs';
import { sizes } from './sizes.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    ours: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean' },
  },
});
const LIMIT = 15_000;
const YARDSTICKS = ['of(1) through finalize', 'of(1) through map(identity)'];

const TABLES = [
  {
    title: 'Take and give back, nobody else there (ns, p50)',
    works: ['read', 'write'],
    columns: [0],
  },
  {
    title: 'Waiters behind a writer, drained (ns each)',
    works: ['drain'],
    columns: [1e3, 1e4, 1e5, 1e6],
  },
  {
    title: 'Waiters cancelled in random order (ns each)',
    works: ['cancel'],
    columns: [1e3, 1e4, 1e5],
  },
  { title: 'Heap of a waiter (bytes)', works: ['heap'], columns: [1e5] },
  {
    title: 'Twenty thousand reads and writes, of which writes (%, ns each)',
    works: ['mix'],
    columns: [1, 10, 50],
  },
];

const peers = Object.keys(PEERS).filter((name) => !values.ours || name.startsWith('rxjs-rwlock'));

function measure(work, number, name) {
  const args = ['--expose-gc', '--min-semi-space-size=64', 'one.mjs', work, String(number), name];
  const { stdout, status, error, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    timeout: LIMIT,
    encoding: 'utf8',
  });
  if (error) return `> ${LIMIT / 1000} s`;
  // The code with which Node ends where a promise that is waited for is never settled.
  if (status === 13) return 'never ends';
  if (status !== 0) return problemIn(stderr);
  const text = stdout.trim().split('\n').at(-1);
  if (text.includes('withResolvers')) return 'needs Node 22';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function problemIn(stderr) {
  if (stderr.includes('Maximum call stack')) return 'stack overflow';
  return stderr.includes('heap out of memory') ? 'out of memory' : 'failed';
}

function median(figures) {
  const text = figures.find((figure) => typeof figure === 'string');
  if (text !== undefined) return text;
  return figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)];
}

function tableOf({ title, works, columns }) {
  const withYardsticks = works.includes('read') || works.includes('heap');
  const names = [...(withYardsticks ? YARDSTICKS : []), ...peers];
  const cells = works.flatMap((work) => columns.map((number) => ({ work, number })));
  const figures = new Map(names.map((name) => [name, cells.map(() => [])]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [i, { work, number }] of cells.entries())
      for (const name of names) {
        const of = figures.get(name)[i];
        // What takes too long or fails does so again.
        if (typeof of[0] !== 'string') of.push(measure(work, number, name));
      }
  const heads = cells.map(({ work, number }) => (number ? number.toLocaleString('en') : work));
  const rows = names.map((name) => [name, ...figures.get(name).map((of) => shown(median(of)))]);
  return markdown(title, ['', ...heads], rows);
}

function shown(figure) {
  if (typeof figure === 'string') return figure;
  return figure < 100 ? figure.toFixed(1) : Math.round(figure).toLocaleString('en');
}

function markdown(title, heads, rows) {
  const widths = heads.map((_, i) => Math.max(...[heads, ...rows].map((row) => row[i].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => '-'.repeat(i ? width - 1 : width) + (i ? ':' : '')).join(' | ')} |`;
  return [`## ${title}`, '', line(heads), rule, ...rows.map(line), ''].join('\n');
}

const machine = [
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()},`,
  `${Math.round(totalmem() / 2 ** 30)} GiB; ${new Date().toISOString().slice(0, 10)}.`,
  `Medians of ${values.rounds} rounds, each figure from a process of its own, limited to ${LIMIT / 1000} s.`,
].join(' ');

execFileSync('npm', ['run', '--silent', 'build'], {
  cwd: `${import.meta.dirname}/..`,
  stdio: 'ignore',
});
const sections = [];
for (const table of TABLES.filter(({ works }) => !values.only || works.includes(values.only))) {
  sections.push(tableOf(table));
  console.log(sections.at(-1));
}
if (!values.only) {
  sections.push(
    markdown('Bundle (bytes, rxjs left out)', ['', 'minified', 'brotli'], await sizes()),
  );
  console.log(sections.at(-1));
}
if (values.write)
  writeFileSync(
    `${import.meta.dirname}/RESULTS.md`,
    ['# Results', '', machine, '', ...sections].join('\n').trimEnd() + '\n',
  );
