import type { LockMode } from 'rxjs-rwlock';
import { COMPATIBLE } from '../model/rules.js';
import { overlap } from '../model/ScopedLock.js';
import { LOCKS, PLACES } from './acts.js';
import type { ModelWorld, Told } from './ModelWorld.js';
import type { RealWorld } from './RealWorld.js';

const MODES = ['read', 'upgradable', 'write'] as const;

/** What does not hold, whatever the real locks do. */
export function wrongWith({ locks }: ModelWorld): string | undefined {
  for (const name of LOCKS) {
    const { held, waiting } = locks[name];
    for (const a of held)
      for (const b of held)
        if (a.holder !== b.holder && overlap(a, b) && !COMPATIBLE[a.mode][b.mode])
          return `two hold ${name} that can't be held together`;
    if (waiting.some((part) => locks[name].mayEnter(part)))
      return `somebody waits for ${name} who may enter`;
  }
  return undefined;
}

/** What can be told from the outside between the two worlds. */
export function difference(model: ModelWorld, real: RealWorld): string | undefined {
  const [expected, actual] = [picture(model.log), picture(real.log)];
  if (expected !== actual) return `expected ${expected}\n     got ${actual}`;
  for (const name of LOCKS) {
    const { held, waiting, version, closed, failure } = model.locks[name];
    const state = { held: count(held), waiting: count(waiting), version, closed };
    const [should, is] = [JSON.stringify(state), JSON.stringify(real.locks[name].state)];
    if (should !== is) return `${name}: expected ${should}\n     got ${is}`;
    const last = JSON.stringify(real.lastStates.get(name));
    if (!failure && last !== is) return `${name} is ${is}\n     told ${last}`;
  }
  for (const place of PLACES)
    for (const mode of MODES)
      if (real.gate({ place, mode }).locked !== model.locked({ place, mode }))
        return `${place} is said to be locked in ${mode}, or not to be`;
  return undefined;
}

function picture(log: readonly Told[]): string {
  const lines = log.map(({ id, what }) => `${id} ${what}`);
  return lines.join(', ');
}

function count(parts: readonly { mode: LockMode }[]): Record<LockMode, number> {
  const of = (mode: LockMode) => parts.filter((part) => part.mode === mode).length;
  return { read: of('read'), upgradable: of('upgradable'), write: of('write') };
}
