// Compares the figures of a run with the targets.
import { PEERS, isOurs } from './peers/index.mjs';
import { RATIOS } from './ratios.mjs';
import { shown, withRange } from './tables.mjs';

const OPERATOR = 'rxjs-rwlock, operator';
const OURS = { operator: OPERATOR, gate: 'rxjs-rwlock, gate' };
const rivals = Object.keys(PEERS).filter((name) => !isOurs(name) && PEERS[name].readWrite);

export const HEADS = ['', 'of', 'measured', 'at most', ''];

/** Returns a row for each target of one work or of all, with or without those that need peers. */
export function targets(figures, only, withPeers) {
  const below = (work) => (withPeers ? belowPeers(figures, work) : []);
  const rows = {
    ratio: () => ratios(figures),
    drain: () => [...growth(figures, 'drain', 1e6, 2.5), ...below('drain')],
    cancel: () => [...growth(figures, 'cancel', 1e5, 3), ...below('cancel')],
    heap: () => [heap(figures)],
  };
  const works = Object.keys(rows).filter((work) => !only || work === only);
  return works.flatMap((work) => rows[work]());
}

function ratios(figures) {
  return Object.entries(RATIOS).flatMap(([name, { bounds }]) =>
    bounds.map((bound, among) => {
      const of = ['ratio', among, name];
      const place = among ? 'among others' : 'alone';
      return row(name, place, withRange(figures, ...of), costOf(figures, ...of), bound);
    }),
  );
}

function growth(figures, work, to, bound) {
  return Object.entries(OURS).map(([side, name]) => {
    const ratio = costOf(figures, work, to, name) / costOf(figures, work, 1e4, name);
    return row(`${work}, ${shown(to)} / 10,000`, side, shown(ratio), ratio, bound);
  });
}

/** Compares with the fastest peer that has both modes. */
function belowPeers(figures, work) {
  return [1e5, 1e6].flatMap((number) => {
    const costs = rivals.map((name) => costOf(figures, work, number, name));
    const least = Math.min(...costs);
    const rival = rivals[costs.indexOf(least)];
    return Object.entries(OURS).map(([side, name]) => {
      const ratio = costOf(figures, work, number, name) / least;
      const measured = least < Infinity ? `${shown(ratio)} (${rival})` : 'all peers fail';
      return row(`${work}, ${shown(number)} / fastest peer`, side, measured, ratio, 1);
    });
  });
}

function heap(figures) {
  const bytes = costOf(figures, 'heap', 1e5, OPERATOR);
  return row('heap of a waiting request, bytes', 'operator', shown(bytes), bytes, 400);
}

function row(target, of, measured, figure, bound) {
  return [target, of, measured, shown(bound), figure <= bound ? 'reached' : 'missed'];
}

/** Returns the cost; a failure counts as infinitely slow. */
function costOf(figures, work, number, name) {
  const figure = figures.get(work, number, name);
  return typeof figure === 'number' ? figure : Infinity;
}
