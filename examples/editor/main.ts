import { forkJoin, lastValueFrom, share, tap } from 'rxjs';
import { drawTable, drawVerdict, faultsIn } from '../shared/report.js';
import { timelineWidth } from '../shared/timeline.js';
import { harms, works } from './figures.js';
import { Progress } from './progress.js';
import { drawStored, drawTimeline, drawTitle } from './report.js';
import { run, TEXT, type } from './run.js';
import { ways } from './ways.js';

console.log(drawTitle());
const progress = new Progress();
const edits = type(TEXT).pipe(tap(progress.add('typed')), share());
const runs = await lastValueFrom(
  forkJoin({
    'every edit': run(ways['every edit'], edits, progress.add('every edit')),
    'newest edit': run(ways['newest edit'], edits, progress.add('newest edit')),
    latest: run(ways.latest, edits, progress.add('latest')),
  }),
);
progress.stop();

console.log(drawTable(runs, harms, works));
console.log(drawStored(runs));
console.log(drawTimeline(runs.latest, timelineWidth(process.stdout)));
const faults = faultsIn(runs.latest, harms);
console.log(drawVerdict(faults, 'no save is cut off, and both views show the last text'));
process.exitCode = faults.length === 0 ? 0 : 1;
