// Measures everything and prints a table for each work. README.md explains the options.
import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Figures, measure } from './figures.mjs';
import { LIMIT, outcomeOf } from './outcome.mjs';
import { PEERS, isOurs } from './peers/index.mjs';
import { sizes } from './sizes.mjs';
import { TABLES, markdown, tableOf } from './tables.mjs';
import { HEADS, targets } from './targets.mjs';

const here = import.meta.dirname;
const { values } = parseArgs({
  options: {
    dist: { type: 'string', multiple: true },
    only: { type: 'string' },
    ours: { type: 'boolean' },
    rounds: { type: 'string' },
    write: { type: 'boolean' },
  },
});

if (!values.dist)
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: `${here}/..`, stdio: 'ignore' });
const dists = (values.dist ?? [`${here}/../dist/esm`]).map(copied);
const builds = dists.map((dist) => new Figures(dist));
const isSingle = builds.length === 1;
const isMeasured = (name) => !(name in PEERS) || isOurs(name) || (isSingle && !values.ours);
const tables = TABLES.filter(
  ({ cells }) => !values.only || cells.some(({ work }) => work === values.only),
).map((table) => ({ ...table, names: table.names.filter(isMeasured) }));

checkPeers();
const sections = [];
for (const table of tables) {
  const rounds = Number(values.rounds ?? table.rounds ?? 3);
  for (let round = 0; round < rounds; round++) measure(table, builds);
  print(tableOf(table, builds));
}
if (isSingle && !values.only) {
  const bundles = await sizes(isMeasured);
  print(markdown('Bundle (bytes, rxjs left out)', ['', 'minified', 'brotli'], bundles));
}
const judged = isSingle ? targets(builds[0], values.only, !values.ours) : [];
if (judged.length > 0) print(markdown('Targets', HEADS, judged));
if (values.write)
  writeFileSync(
    `${here}/RESULTS.md`,
    ['# Results', '', machine(), '', ...sections].join('\n').trimEnd() + '\n',
  );

/**
 * Copies a build to a place where it finds the RxJS that everything else here uses: figures are wrong if
 * a process has two copies of RxJS. The original may also be rebuilt during the run.
 */
function copied(dist, i) {
  const copy = `${here}/node_modules/.builds/${i}`;
  cpSync(dist, copy, { recursive: true });
  writeFileSync(`${copy}/package.json`, '{ "type": "module", "sideEffects": false }\n');
  return pathToFileURL(`${copy}/index.js`).href;
}

/** Throws if a peer grants two conflicting requests at once, or if its shape here is wrong. */
function checkPeers() {
  for (const name of Object.keys(PEERS).filter(isMeasured))
    for (const dist of dists) {
      const outcome = outcomeOf('check', 0, name, dist);
      if (outcome[0] !== 0) throw new Error(`${name}: ${outcome}`);
    }
}

function print(section) {
  sections.push(section);
  console.log(section);
}

function machine() {
  return [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()},`,
    `${Math.round(totalmem() / 2 ** 30)} GiB; ${new Date().toISOString().slice(0, 10)}.`,
    `Medians of ${values.rounds ?? 3} rounds${values.rounds ? '' : ' (ratios: of 5, heap: of 1)'},`,
    `each figure from a process of its own, limited to ${LIMIT / 1000} s.`,
  ].join(' ');
}
