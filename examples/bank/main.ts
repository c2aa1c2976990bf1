import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadWriteLock } from 'rxjs-rwlock';
import { colorsFor } from './colors.js';
import { faultsOf, figuresOf } from './figures.js';
import { parseOptions } from './options.js';
import { type Client, makePlan } from './plan.js';
import { withProgress } from './progress.js';
import { drawTable, drawTitle, drawVerdict } from './report.js';
import { type Run, run } from './run.js';
import { Store } from './Store.js';
import { drawTimeline } from './timeline.js';

const options = parseOptions(process.argv.slice(2));
const colors = colorsFor(process.stdout, process.env);
const width = Math.max(60, Math.min(process.stdout.columns || 80, 100));

const folder = mkdtempSync(join(tmpdir(), 'rxjs-rwlock-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const plan = makePlan(options);
console.log(drawTitle(options, colors));
// Code that runs for the first time is slow, and the run without the lock would pay for both.
await runBank('warming up', plan.slice(0, 50), new ReadWriteLock());
const without = await runBank('without', plan);
const locked = await runBank('with the lock', plan, new ReadWriteLock());

const figures = figuresOf(locked);
console.log(drawTable(figuresOf(without), figures, colors));
if (options.timeline > 0) console.log(`\n${drawTimeline(firstRequests(locked), width, colors)}`);
const faults = faultsOf(figures);
console.log(drawVerdict(faults, colors));
process.exitCode = faults.length === 0 ? 0 : 1;

function runBank(label: string, clients: readonly Client[], lock?: ReadWriteLock): Promise<Run> {
  const store = new Store(join(folder, label), options.accounts);
  return withProgress(label, clients.length * options.operations, (tick) =>
    run({ store, ...(lock && { lock }) }, clients, tick),
  );
}

function firstRequests({ requests }: Run) {
  return [...requests].sort((a, b) => a.askedAt - b.askedAt).slice(0, options.timeline);
}
