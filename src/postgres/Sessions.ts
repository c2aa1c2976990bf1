import type pg from 'pg';
import { engineError } from './engineErrorOf.js';
import { type Pace, Session, type SessionOwner } from './Session.js';
import type { TokenSequence } from './TokenSequence.js';

/**
 * The sessions of one process: a home, which takes every lock that needs no wait, and others, each of
 * which waits for one lock and holds it then.
 */
export class Sessions implements SessionOwner {
  readonly tokens: TokenSequence | undefined;
  readonly pace: Pace;
  readonly #config: pg.ClientConfig;
  readonly #most: number;
  /** All sessions that are open, but for the home. */
  readonly #others = new Set<Session>();
  readonly #free: Session[] = [];
  #opening = 0;
  #home: Promise<Session> | undefined;
  #homeSession: Session | undefined;

  constructor(
    config: pg.ClientConfig,
    pace: Pace,
    most: number,
    tokens: TokenSequence | undefined,
  ) {
    this.#config = config;
    this.pace = pace;
    this.#most = most;
    this.tokens = tokens;
  }

  /** Returns the session that takes locks without a wait, and opens it if there is none. */
  home(): Promise<Session> {
    return (this.#home ??= this.#openHome());
  }

  /** Returns a session that holds nothing, for one request. */
  async take(): Promise<Session> {
    const free = this.#free.pop();
    if (free) return free;
    // One is kept for the home.
    if (this.#others.size + this.#opening >= this.#most - 1)
      throw engineError('exhausted', `all ${this.#most} sessions of maxSessions are in use`);
    this.#opening++;
    try {
      const session = await this.#open();
      this.#others.add(session);
      return session;
    } finally {
      this.#opening--;
    }
  }

  /** Takes back a session that holds nothing any more. */
  put(session: Session): void {
    if (!session.dead) this.#free.push(session);
  }

  /** Ends all sessions. */
  async end(): Promise<void> {
    const home = await this.#home?.catch(() => undefined);
    const all = [...this.#others, ...(home ? [home] : [])];
    await Promise.all(all.map((session) => session.end()));
  }

  ended(session: Session, silent: boolean): void {
    this.#others.delete(session);
    this.#drop(session);
    if (session === this.#homeSession) this.#forgetHome();
    // The link may be cut, and a session that waits for a lock can't find out.
    if (silent)
      for (const other of [...this.#others])
        if (other.waiting) other.die(engineError('unreachable', 'another session got no answer'));
  }

  unused(session: Session): boolean {
    if (session !== this.#homeSession) this.#drop(session);
    // While others wait, the home notices a cut link, and cancels.
    else if ([...this.#others].some(({ waiting }) => waiting)) return false;
    else this.#forgetHome();
    return true;
  }

  async #openHome(): Promise<Session> {
    let session: Session | undefined;
    try {
      session = await this.#open();
      this.#homeSession = session;
      await this.tokens?.check(session);
      if (session.dead) throw session.dead;
      return session;
    } catch (error) {
      // If it has died, it has been forgotten, and another one may be under way.
      if (!session || session === this.#homeSession) this.#forgetHome();
      void session?.end();
      throw error;
    }
  }

  #open(): Promise<Session> {
    return Session.open(this.#config, this.pace, this);
  }

  #forgetHome(): void {
    this.#home = undefined;
    this.#homeSession = undefined;
  }

  #drop(session: Session): void {
    const index = this.#free.indexOf(session);
    if (index >= 0) this.#free.splice(index, 1);
  }
}
