import type { Figure } from '../shared/report.js';
import type { Outcome, Request } from './Request.js';
import type { Run } from './run.js';

/** What a lock must keep at zero. */
export const harms: readonly Figure<Run>[] = [
  ['lost updates', lostUpdates, 'made, but missing in the files'],
  ['torn reads', countOf('torn'), 'of a half-written document'],
  ['wrong sums', countOf('off'), 'found by an audit'],
  ['sum off by', sumOffBy, 'at the end'],
  ['left behind', ({ left }) => left, 'waiting or holding at the end'],
];

/** What a lock costs, and what it permits. */
export const works: readonly Figure<Run>[] = [
  ['readers at once', mostAtOnce('read'), 'at most'],
  ['writers at once', mostAtOnce('write'), 'at most'],
  ['operations a second', throughput, 'right or wrong, not cancelled'],
  ['longest wait, ms', longestWait, 'for the lock'],
  ['cancelled waiting', cancelled(false), 'unsubscribed before the grant'],
  ['cancelled at work', cancelled(true), 'unsubscribed after the grant'],
];

/** Every finished transfer changes two documents. */
function lostUpdates({ requests, accounts }: Run): number {
  const transfers = requests.filter(
    ({ operation, outcome }) => operation.mode === 'write' && outcome === 'done',
  );
  return 2 * transfers.length - sum(accounts.map(({ updates }) => updates));
}

function sumOffBy({ accounts, total }: Run): number {
  return sum(accounts.map(({ balance }) => balance)) - total;
}

function countOf(outcome: Outcome) {
  return ({ requests }: Run) => requests.filter((request) => request.outcome === outcome).length;
}

function cancelled(granted: boolean) {
  return ({ requests }: Run) =>
    requests.filter(
      ({ outcome, grantedAt }) => outcome === 'cancelled' && (grantedAt !== undefined) === granted,
    ).length;
}

function mostAtOnce(mode: Request['operation']['mode']) {
  return ({ requests }: Run) => {
    const steps = requests
      .flatMap(({ operation, grantedAt, endedAt }) =>
        operation.mode === mode && grantedAt !== undefined
          ? [
              { at: grantedAt, by: 1 },
              { at: endedAt, by: -1 },
            ]
          : [],
      )
      .sort((a, b) => a.at - b.at || a.by - b.by);
    let [now, most] = [0, 0];
    for (const { by } of steps) most = Math.max(most, (now += by));
    return most;
  };
}

function throughput(run: Run): number {
  return (run.requests.length - countOf('cancelled')(run)) / (run.took / 1000);
}

function longestWait({ requests }: Run): number {
  return requests.reduce(
    (longest, { requestedAt, grantedAt, endedAt }) =>
      Math.max(longest, (grantedAt ?? endedAt) - requestedAt),
    0,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
