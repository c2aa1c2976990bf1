import type { PolicyName, ReferenceLock } from '../model/ReferenceLock.js';
import { breaksBound } from './bounds.js';
import { ModelSide } from './ModelSide.js';
import { RealSide } from './RealSide.js';
import { describeStep, type Step, type Terms } from './steps.js';

export interface Found {
  /** How many different states there are, or how many paths where states are not merged. */
  states: number;
  /** How many steps have been compared. */
  transitions: number;
}

/** Goes every path to its end. */
export function everyPath(terms: Terms): Found {
  const found = { states: 0, transitions: 0 };
  const walk = (path: readonly Step[], sides: Sides) => {
    const steps = sides.model.next();
    if (steps.length === 0) {
      found.states++;
      checkBound(terms, path, sides.real);
    }
    // What has been walked to get here serves the first way on; for the others it is walked anew.
    for (const [i, step] of steps.entries()) {
      found.transitions++;
      const on = i === 0 ? sides : replay(terms, path);
      const longer = [...path, step];
      take(on, step);
      compare(terms, on, longer);
      walk(longer, on);
    }
  };
  walk([], replay(terms, []));
  return found;
}

/** Makes every step from every state that can be reached; a state is gone on from once. */
export function everyState(terms: Terms): Found {
  const found = { states: 0, transitions: 0 };
  const seen = new Set<string>();
  // Breadth first, so that what is found wrong is shown by a shortest path.
  for (let paths: (readonly Step[])[] = [[]]; paths.length > 0;) {
    const longer: (readonly Step[])[] = [];
    for (const path of paths) {
      const sides = replay(terms, path);
      compare(terms, sides, path);
      const key = sides.model.key();
      if (seen.has(key)) continue;
      seen.add(key);
      found.states++;
      for (const step of sides.model.next()) {
        found.transitions++;
        longer.push([...path, step]);
      }
      drain(terms, sides, path);
    }
    paths = longer;
  }
  return found;
}

/**
 * Walks where the choices lead, each of them a number that picks one of the steps that may be made
 * next, and lets everybody go in the end.
 *
 * @returns how many steps were made
 */
export function walk(terms: Terms, choices: readonly number[]): number {
  const sides = replay(terms, []);
  const path: Step[] = [];
  for (const choice of choices) {
    const steps = sides.model.next();
    const step = steps[choice % steps.length];
    if (!step) break;
    path.push(step);
    take(sides, step);
    compare(terms, sides, path);
  }
  drain(terms, sides, path);
  return path.length;
}

interface Sides {
  readonly model: ModelSide;
  readonly real: RealSide;
}

function replay(terms: Terms, path: readonly Step[]): Sides {
  const sides = { model: new ModelSide(terms), real: new RealSide(terms) };
  for (const step of path) take(sides, step);
  return sides;
}

function take({ model, real }: Sides, step: Step): void {
  model.do(step);
  real.do(step);
}

/** Whoever waits is served once all holds have ended, and then nobody is left. */
function drain(terms: Terms, sides: Sides, path: readonly Step[]): void {
  const longer = [...path];
  for (let end; (end = sides.model.ends()[0]);) {
    longer.push(end);
    take(sides, end);
  }
  compare(terms, sides, longer);
  checkBound(terms, longer, sides.real);
  const { held, waiting } = sides.real.lock.state;
  if ([...Object.values(held), ...Object.values(waiting)].some((count) => count !== 0))
    fail(terms.policy, longer, 'everybody has let go, and somebody is left');
}

/** Both sides must agree in all that can be seen. */
function compare({ policy }: Terms, { model, real }: Sides, path: readonly Step[]): void {
  checkInvariants(policy, model.lock, path);
  const [expected, actual] = [
    picture(model.lock),
    picture({ state: real.lock.state, log: real.log }),
  ];
  if (expected !== actual) fail(policy, path, `expected ${expected}\n     got ${actual}`);
}

function checkBound({ policy }: Terms, path: readonly Step[], { log }: RealSide): void {
  // The log has when a grant was told, not when it was made: who asks from inside one asks between.
  if (path.some((step) => step.do === 'ask' && step.source === 'asking')) return;
  if (breaksBound(policy, log)) fail(policy, path, `its bound is broken: ${log.join(', ')}`);
}

function picture({ state, log }: Pick<ReferenceLock, 'state' | 'log'>): string {
  return JSON.stringify([state, log]);
}

/** What must hold whatever the model says. */
function checkInvariants(policy: PolicyName, model: ReferenceLock, path: readonly Step[]): void {
  const { held, waiting } = model;
  const clients = (mode: string) =>
    new Set(held.filter((request) => request.mode === mode).map(({ client }) => client));
  const exclusive = new Set([...clients('write'), ...clients('upgradable')]);
  if (exclusive.size > 1) fail(policy, path, 'two hold what only one can');
  const others = held.some(({ client }) => !clients('write').has(client));
  if (clients('write').size > 0 && others) fail(policy, path, 'somebody holds beside a writer');
  if (waiting.some((waiter) => model.mayEnter(waiter)))
    fail(policy, path, 'somebody waits who may enter');
}

function fail(policy: PolicyName, path: readonly Step[], what: string): never {
  throw new Error(`${policy}: ${what}\nafter\n  ${path.map(describeStep).join('\n  ')}`);
}
