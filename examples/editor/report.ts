import picocolors from 'picocolors';
import { timelineOf } from 'rxjs-rwlock/devtools';
import { indented } from '../shared/report.js';
import { drawLanes, marks } from '../shared/timeline.js';
import { type Run, TEXT, VIEWS } from './run.js';
import { READ_TIME, SAVE_TIMES } from './Server.js';

const { bold, dim, green, red } = picocolors;

/** Says what is about to happen. */
export function drawTitle(): string {
  const [least, most] = [Math.min(...SAVE_TIMES), Math.max(...SAVE_TIMES)];
  return indented([
    '',
    `${bold('rxjs-rwlock')} at work in an editor, which saves to a slow server`,
    dim(
      `${TEXT.length} keys · a save takes ${least} to ${most} ms, a read ${READ_TIME} ms · 2 views`,
    ),
    '',
    'A person types. The same edits are saved in three ways:',
    `  every edit    ${red('withWriteLock(lock, save)')}`,
    `  newest edit   ${red('switchMap')} of saves, each with ${red('withWriteLock(lock)')}`,
    `  latest        ${red('withGate(latest(lock.writer), save)')}`,
    `Two views read what is stored: with latest by ${green('withLiveReadLock(lock)')}, and`,
    `otherwise by hand, by ${green('switchMap')} for each new version of the lock.`,
    '',
  ]);
}

/** Shows the text that the server has in the end. */
export function drawStored(runs: Readonly<Record<string, Run>>): string {
  const lines = Object.entries(runs).map(([name, { server, typed }]) => {
    const paint = server.stored === typed ? green : red;
    return `${name.padEnd(14)}${paint(JSON.stringify(server.stored))}`;
  });
  return indented(['', bold('Stored at the end'), ...lines, '']);
}

/** Draws a row for each save, and one for each view. */
export function drawTimeline({ events }: Run, width: number): string {
  const { lanes } = timelineOf('', events);
  const saves = lanes.filter(({ mode }) => mode === 'write');
  const rows = [
    ...saves.map((lane, i) => ({ ...lane, label: `save ${i + 1}` })),
    ...VIEWS.flatMap((name) => lanes.filter(({ label }) => label === name)),
  ];
  const { wait, read, write, cross } = marks;
  const legend = `${wait} waits   ${read} reads   ${write} saves   ${wait}${cross} replaced by the next save`;
  return drawLanes('With latest and withLiveReadLock', legend, rows, width);
}
