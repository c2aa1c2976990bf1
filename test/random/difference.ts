import type { LockState } from 'rxjs-rwlock';
import { conflict } from '../model/ReferenceLock.js';
import { sameState } from '../model/sameState.js';
import { LOCKS, PLACES } from './acts.js';
import type { ModelWorld, Told } from './ModelWorld.js';
import type { RealWorld } from './RealWorld.js';

const MODES = ['read', 'upgradable', 'write'] as const;

/** What is wrong with the reference itself. */
export function wrongWith({ locks }: ModelWorld): string | undefined {
  for (const name of LOCKS) {
    const { held, waiting } = locks[name];
    for (const a of held)
      for (const b of held)
        if (a.owner !== b.owner && conflict(a, b)) return `conflicting leases on ${name}`;
    if (waiting.some((request) => locks[name].isGrantable(request)))
      return `a grantable request waits for ${name}`;
  }
  return undefined;
}

/** How the two worlds differ, as far as can be seen from outside. */
export function difference(model: ModelWorld, real: RealWorld): string | undefined {
  const [promised, seen] = [picture(model.log), picture(real.log)];
  if (promised !== seen) return `expected ${promised}\n     got ${seen}`;
  for (const name of LOCKS) {
    const { state, failure, hasEnded } = model.locks[name];
    const is = real.locks[name].state;
    if (!sameState(state, is)) return expected(name, state, is);
    const last = real.lastStates.get(name);
    if (failure === undefined && last !== is) return toldOther(name, is, last);
    const end = failure === undefined ? hasEnded && 'completes' : `errors ${failure}`;
    const told = real.ends.get(name) ?? false;
    if (end !== told) return `${name}: expected its end ${end}, got ${told}`;
  }
  const wrongKey = differenceOfKeys(model, real);
  if (wrongKey !== undefined) return wrongKey;
  for (const [signal, { listeners }] of real.signals.entries())
    if (listeners !== model.listeners(signal))
      return `a signal is listened to by ${listeners}, not by ${model.listeners(signal)}`;
  for (const place of PLACES)
    for (const mode of MODES)
      if (real.gate({ place, mode }).locked !== model.locked({ place, mode }))
        return `${place} is said to be locked in ${mode}, or not to be`;
  return undefined;
}

/** While nobody observes a key, its version may also grow with the writes of others (E7). */
function differenceOfKeys({ locks: { keys } }: ModelWorld, real: RealWorld): string | undefined {
  const told = real.ends.has('keys') ? undefined : real.lastStateOfX;
  for (const key of ['x', 'y'] as const) {
    const [should, is] = [keys.stateOf(key), real.key(key).state];
    const observed = key === 'x' ? told : undefined;
    const version = observed ? should.version : Math.max(should.version, is.version);
    if (!sameState({ ...should, version }, is)) return expected(key, { ...should, version }, is);
    if (observed && !sameState(observed, is)) return toldOther(key, is, observed);
  }
  return undefined;
}

function expected(name: string, should: LockState, is: LockState): string {
  return `${name}: expected ${JSON.stringify(should)}\n     got ${JSON.stringify(is)}`;
}

function toldOther(name: string, is: LockState, told: LockState | undefined): string {
  return `${name} is ${JSON.stringify(is)}\n     told ${JSON.stringify(told)}`;
}

function picture(log: readonly Told[]): string {
  const lines = log.map(({ id, what }) => `${id} ${what}`);
  return lines.join(', ');
}
