import picocolors from 'picocolors';
import { type Lane, printTimeline } from 'rxjs-rwlock/devtools';
import { indented } from './report.js';

const { bold, dim, green, red, yellow } = picocolors;

const INKS = { wait: dim, read: green, upgradable: yellow, write: red, cross: yellow, axis: dim };
const MARGIN = 2;

/** How a timeline draws each kind of time. */
export const marks = { wait: dim('┄'), read: green('━'), write: red('█'), cross: yellow('✕') };

/** Chooses how wide a timeline is. The terminal has no columns if the output goes to a pipe. */
export function timelineWidth({ columns }: { readonly columns: number }): number {
  return Math.max(60, Math.min(columns || 80, 100));
}

/** Draws how long each request waited and held the lock; lanes with one label are in one row. */
export function drawLanes(
  heading: string,
  legend: string,
  lanes: readonly Lane[],
  width: number,
): string {
  const options = {
    width: width - MARGIN,
    paint: (text: string, what: keyof typeof INKS) => INKS[what](text),
  };
  const drawn = printTimeline({ title: '', end: 0, lanes }, options);
  return indented([bold(heading), legend, '', ...drawn.split('\n')]);
}
