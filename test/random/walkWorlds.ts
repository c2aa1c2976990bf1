import * as fc from 'fast-check';
import { config } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { allOf } from 'rxjs-rwlock';
import type { From } from '../explore/random.js';
import { actOf, LONGEST_WAIT, type LockName, LOCKS, terms } from './acts.js';
import { Do } from './Do.js';
import { ModelWorld } from './ModelWorld.js';
import { RealWorld } from './RealWorld.js';

type Command = fc.Command<ModelWorld, RealWorld>;

const actsOf = (combines: boolean) =>
  fc.commands([actOf(combines).map((act) => new Do(act))], { maxCommands: 80, size: 'max' });

/**
 * Does at random whatever the public surface allows to two locks and a lock with keys, on virtual
 * time, and compares them with the reference after each act. A walk that fails is shrunk to few acts,
 * and shown with its seed and path.
 *
 * @param World - the side that is tried
 * @param combines - whether what is requested through a lease may be combined with gates of locks,
 * and whether requests coalesce
 * @returns how many acts there were
 */
export function walkWorlds(
  runs: number,
  from: From = {},
  World = RealWorld,
  combines = true,
): number {
  let made = 0;
  const property = fc.property(terms, actsOf(combines), (terms, acts) => {
    made += inVirtualTime((time) => {
      const real = new World(terms, time);
      const model = new ModelWorld(terms, orderOf(real));
      const done = walk(acts, model, real);
      checkNothingIsLeft(real, time);
      return done;
    });
  });
  fc.assert(property, { numRuns: runs, includeErrorInReport: true, ...from });
  return made;
}

function inVirtualTime(work: (time: TestScheduler) => number): number {
  const before = config.onUnhandledError;
  // The error of an action is reported; the walks don't look at that.
  config.onUnhandledError = () => undefined;
  try {
    const time = new TestScheduler(() => undefined);
    return time.run(() => {
      try {
        return work(time);
      } finally {
        // The schedulers of RxJS are shared: what a failed walk leaves there would disturb the next one.
        time.maxFrames = Infinity;
        time.flush();
      }
    });
  } finally {
    config.onUnhandledError = before;
  }
}

function walk(acts: Iterable<Command>, model: ModelWorld, real: RealWorld): number {
  let made = 0;
  fc.modelRun(
    () => ({ model, real }),
    counted(acts, () => made++),
  );
  drain(model, real);
  return made;
}

function* counted(acts: Iterable<Command>, count: () => void): Iterable<Command> {
  for (const act of acts) {
    count();
    yield act;
  }
}

/** The order in which `allOf` takes locks: it takes the first of two and releases it, as the other is held. */
function orderOf({ locks: { p, q } }: RealWorld): readonly LockName[] {
  const states: unknown[] = [];
  const watching = p.subscribe((state) => states.push(state));
  const lease = q.reader.tryAcquire();
  allOf(p.reader, q.writer).tryAcquire();
  lease?.release();
  watching.unsubscribe();
  // The lock with keys is used later than both, so it comes last.
  return states.length > 1 ? ['p', 'q', 'keys'] : ['q', 'p', 'keys'];
}

/** Ends every lease, until all requests have been granted. */
function drain(model: ModelWorld, real: RealWorld): void {
  const [end, pass] = [new Do({ do: 'end', pick: 0 }), new Do({ do: 'pass', time: LONGEST_WAIT })];
  const serve = () => {
    while (end.check(model)) end.run(model, real);
    pass.run(model, real);
    return end.check(model);
  };
  while (serve());
  // Live reads complete with their locks.
  for (const lock of LOCKS) new Do({ do: 'close', lock }).run(model, real);
  if (model.live.length > 0) throw new Error('a request is never granted');
}

function checkNothingIsLeft({ locks, signals }: RealWorld, { actions }: TestScheduler): void {
  for (const name of LOCKS) {
    const { held, waiting } = locks[name].state;
    if ([...Object.values(held), ...Object.values(waiting)].some((count) => count > 0))
      throw new Error(`a request is left in ${name}`);
  }
  if (signals.some(({ listeners }) => listeners > 0)) throw new Error('a signal is listened to');
  if (actions.length > 0) throw new Error('a timer is left');
}
