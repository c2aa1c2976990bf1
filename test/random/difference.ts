import { conflict } from '../model/ReferenceLock.js';
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
  const [expected, actual] = [picture(model.log), picture(real.log)];
  if (expected !== actual) return `expected ${expected}\n     got ${actual}`;
  for (const name of LOCKS) {
    const { state, failure, hasEnded } = model.locks[name];
    const [should, is] = [JSON.stringify(state), JSON.stringify(real.locks[name].state)];
    if (should !== is) return `${name}: expected ${should}\n     got ${is}`;
    const last = JSON.stringify(real.lastStates.get(name));
    if (failure === undefined && last !== is) return `${name} is ${is}\n     told ${last}`;
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
    const [expected, actual] = [JSON.stringify({ ...should, version }), JSON.stringify(is)];
    if (expected !== actual) return `${key}: expected ${expected}\n     got ${actual}`;
    const last = JSON.stringify(observed ?? is);
    if (last !== actual) return `${key} is ${actual}\n     told ${last}`;
  }
  return undefined;
}

function picture(log: readonly Told[]): string {
  const lines = log.map(({ id, what }) => `${id} ${what}`);
  return lines.join(', ');
}
