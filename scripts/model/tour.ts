import { parseTraces, type Walk } from '../../test/model/trace.js';
import { asAnyone } from './asAnyone.js';

/** A step from one state. */
interface Transition {
  /** The step, and the state after it. */
  readonly text: string;
  readonly to: string;
  /** What it has in common with those of other clients that do the same. */
  readonly kind: string;
}

type Transitions = ReadonlyMap<string, readonly Transition[]>;

/** The state of a lock that is free. */
const FREE = '|';

/**
 * Makes walks that take every transition that is wanted, by whichever clients. Each begins at a lock
 * that is free, and ends where it is free again.
 *
 * @param lines - all transitions there are
 */
export function tourOf(lines: readonly string[], wanted = lines): Walk[] {
  const all = transitionsFrom(lines);
  const left = new Set(wanted.map(asAnyone));
  const tour: string[] = [];
  let state = FREE;
  const go = (way: readonly Transition[]) => {
    for (const { text, to, kind } of way) {
      left.delete(kind);
      tour.push(text, ...(to === FREE ? [''] : []));
      state = to;
    }
  };
  while (left.size > 0) go(shortestWay(all, state, ({ kind }) => left.has(kind)));
  if (state !== FREE) go(shortestWay(all, state, ({ to }) => to === FREE));
  return parseTraces(tour.join('\n'));
}

function transitionsFrom(lines: readonly string[]): Transitions {
  const transitions = new Map<string, Transition[]>();
  for (const line of lines) {
    const [from = '', step = '', to = ''] = line.split(' > ');
    const transition = { text: `${step} > ${to}`, to, kind: asAnyone(line) };
    transitions.set(from, [...(transitions.get(from) ?? []), transition]);
  }
  return transitions;
}

/** The shortest way on that ends with a transition that is looked for. */
function shortestWay(
  all: Transitions,
  from: string,
  isLookedFor: (transition: Transition) => boolean,
): Transition[] {
  const ways = new Map<string, Transition[]>([[from, []]]);
  for (const [state, way] of ways)
    for (const transition of all.get(state) ?? []) {
      const longer = [...way, transition];
      if (isLookedFor(transition)) return longer;
      if (!ways.has(transition.to)) ways.set(transition.to, longer);
    }
  throw new Error(`what is looked for can't be reached from ${from}`);
}
