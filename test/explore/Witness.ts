import { COMPATIBLE } from '../model/rules.js';
import type { LockMode } from 'rxjs-rwlock';
import { clientOf, isNested, type LogEntry } from './steps.js';

/** What has been seen of one request. The times are places in the log. */
export interface Party {
  readonly name: string;
  readonly client: number;
  readonly nested: boolean;
  readonly effectivePriority: number;
  /** The mode that it requested, and the mode that it has now. */
  readonly requested: LockMode;
  readonly mode: LockMode;
  readonly phase: 'waits' | 'holds' | 'gone';
  /** When it was made. */
  readonly order: number;
  /** When it was granted. */
  readonly granted?: number;
  /** When it was granted, refused or cancelled. */
  readonly waitedUntil: number;
}

/**
 * Sees what happens to the clients of a lock, and nothing of the lock itself. A client holds from the
 * subscription of its source until that has cleaned up.
 */
export class Witness {
  parties: readonly Party[] = [];
  /** How many writes have ended, and when the last one did. */
  writes = 0;
  lastWrite = 0;
  /** Two clients that held the lock together in conflicting modes. */
  together: string | undefined;
  /** Whether a request was made from inside a callback, in the midst of what a step does. */
  requestedInside = false;
  #time = 0;

  fork(): Witness {
    const fork = new Witness();
    const { parties, writes, lastWrite, together, requestedInside } = this;
    Object.assign(fork, { parties, writes, lastWrite, together, requestedInside });
    fork.#time = this.#time;
    return fork;
  }

  /** Sees all that one step did. */
  see(log: readonly LogEntry[]): void {
    for (const [i, entry] of log.entries()) {
      this.requestedInside ||= i > 0 && entry.what.startsWith('requests');
      this.#see(entry, ++this.#time);
    }
  }

  find(phase: Party['phase']): Party | undefined {
    return this.parties.find((party) => party.phase === phase);
  }

  count(phase: Party['phase']): number {
    return this.parties.reduce((count, party) => count + Number(party.phase === phase), 0);
  }

  #see({ name, what }: LogEntry, time: number): void {
    if (what.startsWith('requests')) {
      this.#request(name, what.slice(9) as LockMode, time);
      return;
    }
    const party = this.parties.find((other) => other.name === name);
    if (!party) return;
    if (what === 'granted') this.#grant(party, time);
    else if (what === 'cleans up') this.#change(party, { phase: 'gone' }, time);
    else if (what.startsWith('downgrades'))
      this.#change(party, { mode: what.slice(14) as LockMode }, time);
    else if (party.phase === 'waits')
      this.#change(party, { phase: 'gone', waitedUntil: time }, time);
  }

  #request(name: string, requested: LockMode, order: number): void {
    const [client, nested] = [clientOf(name), isNested(name)];
    const others = this.parties.filter((party) => party.name !== name);
    const party: Party = {
      name,
      client,
      nested,
      effectivePriority: nested ? Infinity : 0,
      requested,
      mode: requested,
      phase: 'waits',
      order,
      waitedUntil: Infinity,
    };
    this.parties = [...others, party];
  }

  #grant(party: Party, time: number): void {
    const other = this.parties.find(
      ({ phase, client, mode }) =>
        phase === 'holds' && client !== party.client && !COMPATIBLE[mode][party.mode],
    );
    if (other) this.together ??= `${other.name} and ${party.name} hold together`;
    this.#change(party, { phase: 'holds', granted: time, waitedUntil: time }, time);
  }

  #change(party: Party, changes: Partial<Party>, time: number): void {
    const wrote = this.#writes(party.client);
    this.parties = this.parties.map((other) =>
      other === party ? { ...party, ...changes } : other,
    );
    if (!wrote || this.#writes(party.client)) return;
    this.writes++;
    this.lastWrite = time;
  }

  #writes(client: number): boolean {
    return this.parties.some(
      (party) => party.client === client && party.phase === 'holds' && party.mode === 'write',
    );
  }
}
