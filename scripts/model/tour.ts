import { FREE, parseTransition, type Transition } from './Transition.js';

/** Transitions that follow each other, beginning with a free lock. */
export type Walk = readonly Transition[];

/** Returns walks that together take every transition. Each ends when the lock is free again. */
export function tourOf(transitions: readonly Transition[]): Walk[] {
  const leaving = new Map<string, Transition[]>();
  for (const transition of transitions)
    leaving.set(transition.from, [...(leaving.get(transition.from) ?? []), transition]);
  const left = new Set(transitions);
  const walks: Walk[] = [];
  let walk: Transition[] = [];
  const go = (way: readonly Transition[]) => {
    for (const transition of way) {
      left.delete(transition);
      walk.push(transition);
      if (transition.to !== FREE) continue;
      walks.push(walk);
      walk = [];
    }
  };
  const state = () => walk.at(-1)?.to ?? FREE;
  while (left.size > 0) go(shortestWay(leaving, state(), (transition) => left.has(transition)));
  if (walk.length > 0) go(shortestWay(leaving, state(), ({ to }) => to === FREE));
  return walks;
}

/** Returns the shortest way from a state that ends with a wanted transition. */
function shortestWay(
  leaving: ReadonlyMap<string, readonly Transition[]>,
  from: string,
  isWanted: (transition: Transition) => boolean,
): Transition[] {
  const ways = new Map<string, Transition[]>([[from, []]]);
  for (const [state, way] of ways)
    for (const transition of leaving.get(state) ?? []) {
      const longer = [...way, transition];
      if (isWanted(transition)) return longer;
      if (!ways.has(transition.to)) ways.set(transition.to, longer);
    }
  throw new Error(`no wanted transition can be reached from ${from}`);
}

/** Reads a walk. Each line has a step and the state after it: `b requests r > a=w | b?r`. */
export function parseWalk(text: string): Walk {
  const walk: Transition[] = [];
  for (const line of text.split('\n'))
    walk.push(parseTransition(`${walk.at(-1)?.to ?? FREE} > ${line}`));
  return walk;
}
