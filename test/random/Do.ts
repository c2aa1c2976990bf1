import * as fc from 'fast-check';
import { strongest } from '../model/rules.js';
import { ALL } from '../model/ReferenceLock.js';
import { type Act, type GateSpec, isReadAgain } from './acts.js';
import { difference, wrongWith } from './difference.js';
import type { ModelWorld } from './ModelWorld.js';
import type { RealClient } from './RealClient.js';
import type { RealWorld } from './RealWorld.js';
import type { Whole } from './Whole.js';

/** Does one thing to both worlds, which must agree in all that can be seen of it. */
export class Do implements fc.Command<ModelWorld, RealWorld> {
  readonly act: Act;

  constructor(act: Act) {
    this.act = act;
  }

  check(model: ModelWorld): boolean {
    return !('pick' in this.act) || candidates(model, this.act).length > 0;
  }

  run(model: ModelWorld, real: RealWorld): void {
    model.log.length = real.log.length = 0;
    doTo(model, real, apart(this.act, model));
    const wrong = wrongWith(model) ?? difference(model, real);
    if (wrong) throw new Error(`${this.toString()}: ${wrong}`);
  }

  toString(): string {
    return fc.stringify(this.act);
  }
}

// The virtual time of RxJS confuses a timer with whatever else is due in the same moment: a grant that
// is delivered, an error that is reported. Where grants are delivered later, no two timers end at once.
function apart(act: Act, { terms, wholes }: ModelWorld): Act {
  if (terms.scheduler === 'none' || !('conditions' in act)) return act;
  // One that reads again begins a timer when another one has ended.
  const waitTimeout = isReadAgain(act.form)
    ? Infinity
    : act.conditions.waitTimeout + (wholes.length + 1) / 1024;
  return { ...act, conditions: { ...act.conditions, waitTimeout } };
}

/** The requests that it can be done to. */
function candidates(model: ModelWorld, act: Extract<Act, { pick: number }>): Whole[] {
  switch (act.do) {
    case 'nest':
      return model.leases;
    case 'downgrade':
      return model.leases.filter(
        ({ phase, mode }) => phase === 'held' && strongest([mode, act.mode]) === mode,
      );
    case 'end':
      return model.live.filter(({ told }) => told);
    case 'unsubscribe':
      return model.live.filter(({ of }) => of.form !== 'next' && of.form !== 'try');
  }
}

function doTo(model: ModelWorld, real: RealWorld, act: Act): void {
  if ('pick' in act) {
    const those = candidates(model, act);
    doToOne(model, real, act, those[act.pick % those.length] as Whole);
    return;
  }
  switch (act.do) {
    case 'request':
      model.request(act);
      {
        real.request(act);
        return;
      }
    case 'abort':
      model.abort(act.signal);
      {
        real.abort(act.signal);
        return;
      }
    case 'pass':
      model.pass(act.time);
      {
        real.pass(act.time);
        return;
      }
    case 'close':
      model.locks[act.lock].close();
      {
        real.locks[act.lock].complete();
        return;
      }
    case 'fail':
      model.locks[act.lock].fail('boom');
      {
        real.locks[act.lock].error('boom');
        return;
      }
  }
}

function doToOne(
  model: ModelWorld,
  real: RealWorld,
  act: Extract<Act, { pick: number }>,
  whole: Whole,
): void {
  const { id } = whole.of;
  const client = real.clients[id] as RealClient;
  switch (act.do) {
    case 'nest': {
      const nest = { ...act, more: act.more.filter((gate) => fits(gate, whole)) };
      model.nest(nest, whole);
      real.nest(nest, id);
      return;
    }
    case 'downgrade':
      whole.downgrade(act.mode);
      {
        client.downgrade(act.mode);
        return;
      }
    case 'end':
      whole.complete();
      {
        client.end();
        return;
      }
    case 'unsubscribe':
      whole.end();
      {
        client.unsubscribe();
        return;
      }
  }
}

/** A lease on keys can't be combined with a gate of all keys: they overlap. */
function fits({ place }: GateSpec, { parts }: Whole): boolean {
  const isOfKeys = parts.some(({ modes }) => !modes.has(ALL));
  return place !== 'all' || !isOfKeys;
}
