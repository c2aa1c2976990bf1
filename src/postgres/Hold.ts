import type { Subscriber } from 'rxjs';
import type { LockEngineError, RemoteGrant, RemoteRequest } from '../remote/index.js';
import { engineErrorOf, sqlStateOf } from './engineErrorOf.js';
import type { Row, Session } from './Session.js';
import type { Sessions } from './Sessions.js';

/**
 * How long a request keeps trying to reach a server that can't be reached, such as one that restarts,
 * in milliseconds.
 */
const PATIENCE = 5000;

/**
 * One request for one lock, and the lease that it is granted.
 *
 * @remarks
 * It first tries the lock on the home session, where it costs no session and no wait. The server
 * refuses that if an earlier request that conflicts waits. Then it waits on a session of its own,
 * which holds the lock later: a lock can't be moved between sessions. The home can't be used either
 * for a second lease of a key that it holds, since sessions are re-entrant.
 */
export class Hold {
  readonly #sessions: Sessions;
  readonly #key: string;
  readonly #request: RemoteRequest;
  readonly #subscriber: Subscriber<RemoteGrant>;
  /** The session that holds the lock. */
  #session: Session | undefined;
  /** The session that waits for it. */
  #waiting: Session | undefined;
  #cancelling: Promise<void> | undefined;
  #isOnHome = false;
  #isGone = false;
  #isDelivered = false;
  /** Since when the server can't be reached, if it can't. */
  #reached = performance.now();

  constructor(
    sessions: Sessions,
    key: string,
    request: RemoteRequest,
    subscriber: Subscriber<RemoteGrant>,
  ) {
    this.#sessions = sessions;
    this.#key = key;
    this.#request = request;
    this.#subscriber = subscriber;
  }

  /** Requests the lock until it is granted, refused or cancelled. */
  async request(): Promise<void> {
    for (let pause = 20; !this.#isGone; pause = Math.min(2 * pause, 500)) {
      try {
        const grant = await this.#attempt();
        if (grant) await this.#deliver(grant);
        else this.#subscriber.complete();
        return;
      } catch (error) {
        const reason = engineErrorOf(error);
        if (this.#hasGone()) return;
        // A session that is killed while it waits is not a loss: others can be opened.
        const isOver = performance.now() - this.#reached > PATIENCE;
        if (reason.code !== 'unreachable' || this.#request.ifAvailable || isOver) {
          this.#subscriber.error(reason);
          return;
        }
        await sleep(pause);
      }
    }
  }

  /** Cancels the request, or releases the lock, once. */
  async end(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    if (this.#isDelivered) await this.#release();
    else if (this.#waiting) await (this.#cancelling = this.#cancel(this.#waiting));
  }

  /** Returns the grant, or undefined if the lock is not available or the request has gone. */
  async #attempt(): Promise<RemoteGrant | undefined> {
    const home = await this.#sessions.home();
    while (home.keys.get(this.#key)) await home.keys.get(this.#key);
    if (!this.#hasGone() && !home.keys.has(this.#key)) {
      this.#isOnHome = true;
      const grant = await this.#try(home);
      if (grant || this.#request.ifAvailable) return grant;
    }
    if (this.#hasGone()) return undefined;
    this.#isOnHome = false;
    const session = await this.#sessions.take();
    let grant: RemoteGrant | undefined;
    try {
      if (!this.#hasGone())
        grant = await (this.#request.ifAvailable ? this.#try(session) : this.#wait(session));
    } finally {
      if (!grant) this.#sessions.put(session);
    }
    return grant;
  }

  async #try(session: Session): Promise<RemoteGrant | undefined> {
    session.keys.set(this.#key, undefined);
    try {
      const [row] = await session.run(
        `select case when pg_try_advisory_lock${this.#suffix}(${this.#key}) ` +
          `then ${this.#token} end as token`,
      );
      if (row?.['token'] !== null) return this.#grantOf(session, row);
      session.keys.delete(this.#key);
      return undefined;
    } catch (error) {
      // The session may hold the lock all the same.
      await this.#unlock(session);
      throw error;
    }
  }

  async #wait(session: Session): Promise<RemoteGrant | undefined> {
    try {
      await this.#waitInServer(session);
      if (this.#hasGone()) {
        await this.#unlock(session);
        return undefined;
      }
      session.keys.set(this.#key, undefined);
      // The answer to the wait may be old. The answer to this one shows that the lock is still held.
      const [row] = await session.run(`select ${this.#token} as token`);
      return this.#grantOf(session, row);
    } catch (error) {
      this.#reached = performance.now();
      await this.#unlock(session);
      throw error;
    }
  }

  /** Waits until the session holds the lock, or the request has gone. */
  async #waitInServer(session: Session): Promise<void> {
    this.#waiting = session;
    session.waiting = true;
    try {
      while (!this.#hasGone() && !(await this.#waitOnce(session)));
    } finally {
      this.#waiting = undefined;
      session.waiting = false;
      // No other statement may be sent before the last cancel has arrived: it would be cancelled.
      await this.#cancelling;
    }
  }

  /**
   * Waits in the server for a limited time, and returns whether the session holds the lock.
   *
   * @remarks
   * VACUUM removes no row that was deleted after a wait has begun. So the wait ends and begins again
   * now and then, at the end of the queue. Some waits are shorter than others by chance. Otherwise the
   * same request could always be the one that has just begun to wait when the lock is released.
   */
  async #waitOnce(session: Session): Promise<boolean> {
    const limit = Math.ceil(this.#sessions.pace.wait * (0.75 + 0.25 * Math.random()));
    try {
      await session.run(
        `select pg_advisory_unlock_all(); set lock_timeout = ${limit}; ` +
          `select pg_advisory_lock${this.#suffix}(${this.#key})`,
        limit,
      );
      return true;
    } catch (error) {
      if (session.dead || !isWaitEnded(error)) throw error;
      return false;
    }
  }

  async #cancel(session: Session): Promise<void> {
    // A cancel that arrives before the statement does is lost.
    for (let pause = 1; this.#waiting && !session.dead; pause = Math.min(2 * pause, 100)) {
      try {
        const home = await this.#sessions.home();
        await home.run(`select pg_cancel_backend(${session.pid})`);
      } catch (error) {
        session.die(error);
      }
      await sleep(pause);
    }
  }

  async #deliver(grant: RemoteGrant): Promise<void> {
    const session = this.#session as Session;
    if (session.dead) throw session.dead;
    if (this.#hasGone()) return this.#release();
    session.onDeath.add(this.#lose);
    this.#isDelivered = true;
    this.#subscriber.next(grant);
  }

  /** The session has died, and with it the lease. */
  readonly #lose = (error: LockEngineError): void => {
    if (!this.#isGone) this.#subscriber.error(error);
  };

  async #release(): Promise<void> {
    const session = this.#session as Session;
    session.onDeath.delete(this.#lose);
    await this.#unlock(session);
    if (!this.#isOnHome) this.#sessions.put(session);
  }

  /** Makes sure that the session does not hold the lock. */
  async #unlock(session: Session): Promise<void> {
    const unlock = this.#isOnHome
      ? `select pg_advisory_unlock${this.#suffix}(${this.#key})`
      : 'select pg_advisory_unlock_all()';
    // An administrator may cancel any statement.
    const unlocked = session.run(unlock).catch(() => session.run(unlock));
    const released = unlocked.then(noop, (error: unknown) => session.die(error));
    session.keys.set(this.#key, released);
    await released;
    session.keys.delete(this.#key);
  }

  #grantOf(session: Session, row: Row | undefined): RemoteGrant {
    this.#session = session;
    const tokens = this.#sessions.tokens;
    return tokens ? { token: BigInt(row?.['token'] as string), tokens: tokens.size } : {};
  }

  /** The expression that makes the fencing token of a lease. */
  get #token(): string {
    const { tokens } = this.#sessions;
    return tokens ? `nextval('${tokens.name}')::text` : "'none'";
  }

  get #suffix(): string {
    return this.#request.mode === 'shared' ? '_shared' : '';
  }

  /** Read again after each wait. */
  #hasGone(): boolean {
    return this.#isGone;
  }
}

/** The time of the wait is over, or somebody has cancelled the statement. */
function isWaitEnded(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '55P03' || state === '57014';
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function noop(): void {}
