import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
import { timelineOf } from 'rxjs-rwlock/devtools';
import { drawTable, drawVerdict, faultsIn } from '../shared/report.js';
import { timelineWidth } from '../shared/timeline.js';
import { harms, works } from './figures.js';
import { parseOptions } from './options.js';
import { type Client, makePlan } from './plan.js';
import { withProgress } from './progress.js';
import { drawTitle } from './report.js';
import { type Run, run } from './run.js';
import { Store } from './Store.js';
import { drawTimeline } from './timeline.js';
import { chooseWindow, withOutcomes } from './chooseWindow.js';

const options = parseOptions(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'rxjs-rwlock-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const plan = makePlan(options);
console.log(drawTitle(options));
// Code is slow when it runs for the first time. Without this, only the run without the lock would be.
await runBank('warming up', plan.slice(0, 50), new ReadWriteLock());
const without = await runBank('without a lock', plan);
const lock = new ReadWriteLock();
const events: LockEvent[] = [];
// The clock counts parts of a millisecond, which is more than many requests take.
traceLock(lock, performance).subscribe((event) => events.push(event));
const locked = await runBank('with the lock', plan, lock);

console.log(drawTable({ without, 'with the lock': locked }, harms, works));
if (options.timeline > 0) {
  const lanes = withOutcomes(timelineOf('', events).lanes, locked.requests);
  const window = chooseWindow(lanes, options.timeline);
  console.log(`\n${drawTimeline(window, timelineWidth(process.stdout))}`);
}
const faults = faultsIn(locked, harms);
console.log(drawVerdict(faults, 'no money is lost, and no request is left behind'));
process.exitCode = faults.length === 0 ? 0 : 1;

function runBank(label: string, clients: readonly Client[], lock?: ReadWriteLock): Promise<Run> {
  const store = new Store(join(folder, label), options.accounts);
  return withProgress(label, clients.length * options.operations, (tick) =>
    run({ store, ...(lock && { lock }) }, clients, tick),
  );
}
