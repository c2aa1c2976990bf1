import type pg from 'pg';
import { Observable } from 'rxjs';
import type { LockDriver, RemoteGrant } from '../remote/LockDriver.js';
import { Hold } from './Hold.js';
import { keyOf } from './keyOf.js';
import type { Pace } from './Session.js';
import { Sessions } from './Sessions.js';
import type { TokenSequence } from './TokenSequence.js';

/** The advisory locks of one database, seen from one process. */
export class PostgresEngine {
  readonly #sessions: Sessions;
  /** Everything that is under way, also after the subscriber has gone. */
  readonly #work = new Set<Promise<void>>();

  constructor(
    config: pg.ClientConfig,
    pace: Pace,
    maxSessions: number,
    tokens: TokenSequence | undefined,
  ) {
    this.#sessions = new Sessions(config, pace, maxSessions, tokens);
  }

  /** Returns what requests the lock of a name. */
  driver(name: string): LockDriver {
    const key = keyOf(name);
    return {
      name,
      hold: (request) =>
        new Observable<RemoteGrant>((subscriber) => {
          const hold = new Hold(this.#sessions, key, request, subscriber);
          subscriber.add(() => this.#track(hold.end()));
          this.#track(hold.request());
        }),
    };
  }

  /** Waits until all that has been cancelled or released is so in the server, and ends all sessions. */
  async end(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#sessions.end();
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }
}
