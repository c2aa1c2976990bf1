import { COMPATIBLE, type PolicyName } from '../model/rules.js';
import type { Party } from './Witness.js';

type Breach = string | undefined;

/** Who breaks what a policy promises (A4). What is asked through a lease passes everybody. */
export function breachOf(policy: PolicyName, parties: readonly Party[]): Breach {
  return BREACH[policy](parties.filter(({ nested }) => !nested));
}

const BREACH: Record<PolicyName, (parties: readonly Party[]) => Breach> = {
  // Nobody is overtaken by a conflicting request.
  fifo: (parties) =>
    pairs(parties, (a, b) => a.order > b.order && !COMPATIBLE[b.asked][a.asked] && passes(a, b)),
  // A reader waits for at most one writer.
  phaseFair: (parties) => {
    const waitsLong = parties.find(
      (reader) =>
        reader.asked === 'read' &&
        parties.filter((other) => other.asked === 'write' && passes(other, reader)).length > 1,
    );
    return waitsLong && `${waitsLong.name} waits for two writers`;
  },
  // Nobody reads first while a writer waits.
  writersFirst: (parties) =>
    pairs(parties, (a, b) => a.asked !== 'write' && b.asked === 'write' && passes(a, b)),
  // Nobody writes first while a reader waits.
  readersFirst: (parties) =>
    pairs(parties, (a, b) => a.asked === 'write' && b.asked !== 'write' && passes(a, b)),
};

/** Whether one entered while another waited, which may have given up later. */
function passes({ granted }: Party, { order, waitedUntil }: Party): boolean {
  return granted !== undefined && order < granted && granted < waitedUntil;
}

function pairs(parties: readonly Party[], isWrong: (a: Party, b: Party) => boolean): Breach {
  for (const a of parties)
    for (const b of parties) if (a !== b && isWrong(a, b)) return `${a.name} passes ${b.name}`;
  return undefined;
}
