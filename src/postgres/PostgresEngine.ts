import pg from 'pg';
import { Observable } from 'rxjs';
import type { LockDriver, RemoteGrant } from '../remote/index.js';
import { Hold } from './Hold.js';
import { keyOf } from './keyOf.js';
import type { Pace } from './Session.js';
import { Sessions } from './Sessions.js';
import type { TokenSequence } from './TokenSequence.js';

/** The advisory locks of one database, seen from one process. */
export class PostgresEngine {
  readonly #sessions: Sessions;
  /** Tells the locks of one name in several databases apart. */
  readonly #database: string;
  /** Everything that is under way, also after the subscriber has gone. */
  readonly #holds = new Set<Hold>();
  #idle: () => void = () => {};

  constructor(
    config: pg.ClientConfig,
    pace: Pace,
    maxSessions: number,
    tokens: TokenSequence | undefined,
  ) {
    this.#sessions = new Sessions(config, pace, maxSessions, tokens);
    // What a connection string and the environment say, too.
    const { user, database = user, host, port } = new pg.Client(config);
    this.#database = `${database} at ${host}:${port}`;
  }

  /** Returns what requests the lock of a name, or of a key behind a name. */
  driver(path: readonly string[]): LockDriver {
    const name = JSON.stringify(path);
    const key = keyOf(name);
    const releases = new Set<Promise<unknown>>();
    return {
      // The name of the lock comes first: each process may have another name for the host, and must
      // acquire several locks in the same order all the same.
      name: `postgres ${name} in ${this.#database}`,
      hold: (request) =>
        new Observable<RemoteGrant>((subscriber) => {
          const hold = new Hold(this.#sessions, key, request, subscriber);
          this.#holds.add(hold);
          const requested = hold.request();
          return () => {
            // Both go on behind the teardown.
            const released = Promise.all([requested, hold.end()]).then(() => {
              releases.delete(released);
              this.#ended(hold);
            });
            releases.add(released);
          };
        }),
      released: () => Promise.all(releases),
    };
  }

  /** Waits until no lock is held, requested or being released, and ends all sessions. */
  async end(): Promise<void> {
    if (this.#holds.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#sessions.end();
  }

  #ended(hold: Hold): void {
    this.#holds.delete(hold);
    if (this.#holds.size === 0) this.#idle();
  }
}
