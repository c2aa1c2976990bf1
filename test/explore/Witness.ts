import type { LogEntry } from '../model/ReferenceLock.js';
import { COMPATIBLE } from '../model/rules.js';
import type { LockMode } from 'rxjs-rwlock';
import { clientOf, isNested } from './steps.js';

/** What has been seen of one request. The times are places in the log. */
export interface Party {
  readonly name: string;
  readonly client: number;
  readonly nested: boolean;
  readonly asked: LockMode;
  /** The mode that it asked for, until a downgrade. */
  readonly mode: LockMode;
  readonly phase: 'waits' | 'holds' | 'gone';
  /** When it asked. */
  readonly order: number;
  /** When it was granted. */
  readonly granted?: number;
  /** Until when it waited: it was granted, refused or gave up. */
  readonly waitedUntil: number;
}

/**
 * Sees what happens to the clients of a lock, and nothing of the lock: who waits, and who holds,
 * from the moment in which its source is subscribed until that has cleaned up.
 */
export class Witness {
  parties: readonly Party[] = [];
  /** How many writes have ended, and when the last one did. */
  writes = 0;
  lastWrite = 0;
  /** Two that held what only one can. */
  together: string | undefined;
  /** Whether somebody asked from inside a callback, in the midst of what a step does. */
  askedInside = false;
  #time = 0;

  fork(): Witness {
    const fork = new Witness();
    const { parties, writes, lastWrite, together, askedInside } = this;
    Object.assign(fork, { parties, writes, lastWrite, together, askedInside });
    fork.#time = this.#time;
    return fork;
  }

  /** Sees all that one step did. */
  see(log: readonly LogEntry[]): void {
    for (const [i, entry] of log.entries()) {
      this.askedInside ||= i > 0 && entry.what.startsWith('asks');
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
    if (what.startsWith('asks')) {
      this.#comes(name, what.slice(5) as LockMode, time);
      return;
    }
    const party = this.parties.find((other) => other.name === name);
    if (!party) return;
    if (what === 'granted') this.#enters(party, time);
    else if (what === 'cleans up') this.#changes(party, { phase: 'gone' }, time);
    else if (what.startsWith('downgrades'))
      this.#changes(party, { mode: what.slice(14) as LockMode }, time);
    else if (party.phase === 'waits')
      this.#changes(party, { phase: 'gone', waitedUntil: time }, time);
  }

  #comes(name: string, asked: LockMode, order: number): void {
    const [client, nested] = [clientOf(name), isNested(name)];
    const others = this.parties.filter((party) => party.name !== name);
    const party: Party = {
      name,
      client,
      nested,
      asked,
      mode: asked,
      phase: 'waits',
      order,
      waitedUntil: Infinity,
    };
    this.parties = [...others, party];
  }

  #enters(party: Party, time: number): void {
    const other = this.parties.find(
      ({ phase, client, mode }) =>
        phase === 'holds' && client !== party.client && !COMPATIBLE[mode][party.mode],
    );
    if (other) this.together ??= `${other.name} and ${party.name} hold together`;
    this.#changes(party, { phase: 'holds', granted: time, waitedUntil: time }, time);
  }

  #changes(party: Party, changes: Partial<Party>, time: number): void {
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
