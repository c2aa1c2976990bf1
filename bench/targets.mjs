// What was to be reached, judged from the figures of the run itself.
import { PEERS, isOurs } from './peers/index.mjs';
import { markdown, shown } from './tables.mjs';

const OPERATOR = 'rxjs-rwlock, operator';
const GATE = 'rxjs-rwlock, gate';
const OURS = { operator: OPERATOR, gate: GATE };
const others = Object.keys(PEERS).filter((name) => !isOurs(name));
const both = others.filter((name) => PEERS[name].readWrite);

/** The table of targets; without peers, of those that need none. */
export function targets(figures, withPeers) {
  const rows = [...aloneIn(figures), ...(withPeers ? amongPeersIn(figures) : [])];
  return markdown('Targets', ['target', 'of', 'measured', ''], rows);
}

function aloneIn(figures) {
  const FINALIZE = '`of(1)` at most 1.5 times `finalize`';
  const ratio = (name, among) => figures.get('ratio', among, name);
  const growth = (side, work, from, to) =>
    costOf(figures, work, to, OURS[side]) / costOf(figures, work, from, OURS[side]);
  const heap = costOf(figures, 'heap', 1e5, OPERATOR);
  return [
    ...['withReadLock', 'withWriteLock'].flatMap((name) =>
      ['alone', 'among others'].map((place, among) =>
        atMost(FINALIZE, `${name}, ${place}`, ratio(name, among), 1.5),
      ),
    ),
    ...Object.keys(OURS).map((side) =>
      atMost('drained at 1e6 at most 3 times 1e4', side, growth(side, 'drain', 1e4, 1e6), 3),
    ),
    ...Object.keys(OURS).map((side) =>
      atMost('cancelled at 1e5 at most 3 times 1e4', side, growth(side, 'cancel', 1e4, 1e5), 3),
    ),
    atMost('a waiting subscription at most 400 bytes', 'operator', heap, 400, 0),
  ];
}

function amongPeersIn(figures) {
  const PAIR = `\`tryAcquire()\` and \`release()\` below every peer's pair`;
  const DRAINED = 'drained below every peer with both modes';
  const MIXED = 'a mixed load below every peer with both modes';
  const fastest = (work, number, rivals) => {
    const costs = rivals.map((rival) => costOf(figures, work, number, rival));
    const cost = Math.min(...costs);
    return { cost, name: rivals[costs.indexOf(cost)] };
  };
  const below = (target, side, label, [work, number], rivals) => {
    const rival = fastest(work, number, rivals);
    const ratio = costOf(figures, work, number, OURS[side]) / rival.cost;
    const measured = `${shown(ratio, 2)} times ${rival.name}`;
    return [target, `${side}, ${label}`, measured, verdict(ratio < 1)];
  };
  const bothSides = (target, label, measured) =>
    Object.keys(OURS).map((side) => below(target, side, label, measured, both));
  return [
    ...['read', 'write'].map((mode) => below(PAIR, 'gate', mode, [mode, 0], others)),
    ...[1e3, 1e4, 1e5, 1e6].flatMap((n) =>
      bothSides(DRAINED, n.toLocaleString('en'), ['drain', n]),
    ),
    ...[1, 10, 50].flatMap((writes) => bothSides(MIXED, `${writes} %`, ['mix', writes])),
  ];
}

function atMost(target, of, figure, bound, digits = 2) {
  return [target, of, shown(figure, digits), verdict(figure <= bound)];
}

/** What failed counts as infinitely slow. */
function costOf(figures, work, number, name) {
  const figure = figures.get(work, number, name);
  return typeof figure === 'number' ? figure : Infinity;
}

const verdict = (isReached) => (isReached ? 'reached' : 'missed');
