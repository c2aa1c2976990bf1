// What a bundle for production gets in place of `index.ts`: the same names, which do nothing.
import { NEVER, Subscription } from 'rxjs';
import type * as devtools from './index.js';

const LEFT_OUT = 'rxjs-rwlock/devtools is left out, as this is a production build';

export const defineLockPanel: typeof devtools.defineLockPanel = () => {};

export const drawTimeline: typeof devtools.drawTimeline = () =>
  `<svg xmlns="http://www.w3.org/2000/svg" role="img"><title>${LEFT_OUT}</title></svg>\n`;

export const inspectLock: typeof devtools.inspectLock = () =>
  ({
    lock: '',
    leases: [],
    waiting: [],
    toString: () => LEFT_OUT,
  }) as object as devtools.LockInspection;

export const installFormatters: typeof devtools.installFormatters = () => new Subscription();

export const markPerformance: typeof devtools.markPerformance = () => new Subscription();

export const slowLocks: typeof devtools.slowLocks = () => NEVER;

export const timelineOf: typeof devtools.timelineOf = (title) => ({ title, end: 0, lanes: [] });

export const watchDeadlocks: typeof devtools.watchDeadlocks = () => NEVER;
