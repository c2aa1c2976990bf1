import { COMPATIBLE, type PolicyName } from '../model/rules.js';
import type { Party } from './Witness.js';

type Breach = string | undefined;

/** What breaks the bound of a policy (A4). Requests through a lease may pass every other one. */
export function breachOf(policy: PolicyName, parties: readonly Party[]): Breach {
  return BREACH[policy](parties.filter(({ nested }) => !nested));
}

const BREACH: Record<PolicyName, (parties: readonly Party[]) => Breach> = {
  // No request is overtaken by a conflicting one.
  fifo: (parties) =>
    pairs(
      parties,
      (a, b) => a.order > b.order && !COMPATIBLE[b.requested][a.requested] && passes(a, b),
    ),
  // A reader waits for at most one writer.
  phaseFair: (parties) => {
    const waitsLong = parties.find(
      (reader) =>
        reader.requested === 'read' &&
        parties.filter((other) => other.requested === 'write' && passes(other, reader)).length > 1,
    );
    return waitsLong && `${waitsLong.name} waits for two writers`;
  },
  // No reader is granted while a writer waits.
  writersFirst: (parties) =>
    pairs(parties, (a, b) => a.requested !== 'write' && b.requested === 'write' && passes(a, b)),
  // No writer is granted while a reader waits.
  readersFirst: (parties) =>
    pairs(parties, (a, b) => a.requested === 'write' && b.requested !== 'write' && passes(a, b)),
};

/** Whether one was granted while the other waited, even if that was cancelled later. */
function passes({ granted }: Party, { order, waitedUntil }: Party): boolean {
  return granted !== undefined && order < granted && granted < waitedUntil;
}

function pairs(parties: readonly Party[], isWrong: (a: Party, b: Party) => boolean): Breach {
  for (const a of parties)
    for (const b of parties) if (a !== b && isWrong(a, b)) return `${a.name} passes ${b.name}`;
  return undefined;
}
