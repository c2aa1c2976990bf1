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

/** Nobody observes y, so its version may also grow with the writes of others (E7). */
function differenceOfKeys({ locks: { keys } }: ModelWorld, real: RealWorld): string | undefined {
  const [x, y, isX, isY] = [
    keys.stateOf('x'),
    keys.stateOf('y'),
    real.key('x').state,
    real.key('y').state,
  ];
  if (isY.version < y.version) return `${y.version} writes of y have ended, not ${isY.version}`;
  for (const [should, is] of [
    [x, isX],
    [{ ...y, version: isY.version }, isY],
    [isX, keys.failure === undefined ? real.lastStateOfX : isX],
  ])
    if (JSON.stringify(should) !== JSON.stringify(is))
      return `key: expected ${JSON.stringify(should)}\n     got ${JSON.stringify(is)}`;
  return undefined;
}

function picture(log: readonly Told[]): string {
  const lines = log.map(({ id, what }) => `${id} ${what}`);
  return lines.join(', ');
}
