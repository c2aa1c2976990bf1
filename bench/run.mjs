// Measures every peer at every work, interleaved, and prints a table for each; `--write` keeps them
// in RESULTS.md. `--only <work>` and `--ours` measure less, `--rounds <n>` more or fewer times.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { Figures } from './figures.mjs';
import { LIMIT, outcomeOf } from './outcome.mjs';
import { PEERS, isOurs } from './peers/index.mjs';
import { sizes } from './sizes.mjs';
import { TABLES, markdown, shown } from './tables.mjs';
import { targets } from './targets.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    ours: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean' },
  },
});

const isAsked = (name) => !values.ours || !(name in PEERS) || isOurs(name);
const tables = TABLES.filter(
  ({ cells }) => !values.only || cells.some(({ work }) => work === values.only),
).map((table) => ({ ...table, names: table.names.filter(isAsked) }));

execFileSync('npm', ['run', '--silent', 'build'], {
  cwd: `${import.meta.dirname}/..`,
  stdio: 'ignore',
});
checkPeers();
const figures = new Figures();
const sections = [];
for (const table of tables) {
  for (let round = 0; round < (table.rounds ?? Number(values.rounds)); round++)
    figures.measure(table);
  print(tableOf(table));
}
if (!values.only) {
  print(
    markdown('Bundle (bytes, rxjs left out)', ['', 'minified', 'brotli'], await sizes(isAsked)),
  );
  print(targets(figures, !values.ours));
}
if (values.write)
  writeFileSync(
    `${import.meta.dirname}/RESULTS.md`,
    ['# Results', '', machine(), '', ...sections].join('\n').trimEnd() + '\n',
  );

/** A peer that lets in two at once, or that was put into our shape wrongly, is not compared. */
function checkPeers() {
  for (const name of Object.keys(PEERS).filter(isAsked)) {
    const outcome = outcomeOf('check', 0, name);
    if (outcome !== 0) throw new Error(`${name}: ${outcome}`);
  }
}

function tableOf({ title, cells, names, digits }) {
  const rows = names.map((name) => [
    name,
    ...cells.map(({ work, number }) => shown(figures.get(work, number, name), digits)),
  ]);
  return markdown(title, ['', ...cells.map(({ head }) => head)], rows);
}

function print(section) {
  sections.push(section);
  console.log(section);
}

function machine() {
  return [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()},`,
    `${Math.round(totalmem() / 2 ** 30)} GiB; ${new Date().toISOString().slice(0, 10)}.`,
    `Medians of ${values.rounds} rounds (heap: of one), each figure from a process of its own,`,
    `limited to ${LIMIT / 1000} s.`,
  ].join(' ');
}
