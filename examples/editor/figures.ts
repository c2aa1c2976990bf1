import type { LockEvent } from 'rxjs-rwlock';
import type { Figure } from '../shared/report.js';
import type { Run } from './run.js';

/** What must be zero with `latest` and `withLiveReadLock`. */
export const harms: readonly Figure<Run>[] = [
  ['saves cut off', ({ server }) => server.saves.cutOff, 'and still go on'],
  ['overlapping saves', ({ server }) => server.saves.overlapping, 'at the server'],
  [
    'reads cut off',
    (run) => cancelled('read')(run) + run.server.reads.cutOff,
    'waiting or at work',
  ],
  ['keys missing', keysMissing, 'in the stored text'],
  ['stale views', staleViews, 'of two, at the end'],
];

/** What each way costs, and what it gives. */
export const works: readonly Figure<Run>[] = [
  ['keystrokes', ({ typed }) => typed.length, 'the same for all'],
  ['saves sent', ({ server }) => server.saves.sent, 'to the server'],
  ['saves replaced', cancelled('write'), 'never sent'],
  ['reads sent', ({ server }) => server.reads.sent, 'to the server'],
  ['values shown', ({ shown }) => [...shown.values()].flat().length, 'in both views'],
  ['last save, ms', ({ server, typedAt }) => server.storedAt - typedAt, 'after the last key'],
];

function cancelled(mode: LockEvent['mode']) {
  return ({ events }: Run) =>
    events.filter((event) => event.type === 'cancelled' && event.mode === mode).length;
}

function keysMissing({ typed, server }: Run): number {
  return typed.length - server.stored.length;
}

function staleViews({ shown, server }: Run): number {
  return [...shown.values()].filter((texts) => texts.at(-1) !== server.stored).length;
}
