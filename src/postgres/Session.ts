import pg from 'pg';
import type { LockEngineError } from '../remote/index.js';
import { engineError, engineErrorOf, sqlStateOf } from './engineErrorOf.js';

/** The times by which a session and its server know that the other one is there, in milliseconds. */
export interface Pace {
  /** How long a session may be without a statement before it sends a heartbeat. */
  readonly every: number;
  /** How long an answer may take. */
  readonly within: number;
  /** How long the server keeps a session that sends nothing. */
  readonly lease: number;
  /** How long one statement waits for a lock at most. */
  readonly wait: number;
}

/** What keeps the sessions. */
export interface SessionOwner {
  /** The session is dead; `silent` if an answer was missing. */
  ended(session: Session, silent: boolean): void;
  /** Asks whether a session that nobody has used for a while may end, and if so forgets it. */
  unused(session: Session): boolean;
}

/** A row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** How long the start of a session may take, in milliseconds. */
const START_TIMEOUT = 5000;
/** After how long an unused session is ended, in milliseconds. */
const UNUSED = 10_000;
/** The longest time of a timer. */
const NEVER = 2 ** 31 - 1;

/**
 * What a session is set to. A timeout of the role or the database must not end a session that holds
 * a lock, and the server must not keep the locks of a client that has gone silent.
 */
function settingsFor({ lease }: Pace): readonly (readonly [name: string, value: string])[] {
  const seconds = Math.ceil(lease / 1000);
  return [
    ['statement_timeout', '0'],
    ['transaction_timeout', '0'],
    ['idle_in_transaction_session_timeout', '0'],
    ['idle_session_timeout', `${lease}ms`],
    ['client_connection_check_interval', '1s'],
    ['tcp_keepalives_idle', String(Math.max(1, seconds - 3))],
    ['tcp_keepalives_interval', '1'],
    ['tcp_keepalives_count', '3'],
    ['tcp_user_timeout', `${seconds}s`],
    // A sequence counts in a transaction that writes, and must not forget what it has counted.
    ['default_transaction_read_only', 'off'],
    ['default_transaction_isolation', 'read committed'],
    ['synchronous_commit', 'on'],
  ];
}

/**
 * One session of the server, which sends one statement at a time. It is dead, once and for all, as
 * soon as the server ends it or leaves a statement without an answer for too long.
 */
export class Session {
  /** The keys that this session holds, with the release that is under way. */
  readonly keys = new Map<string, Promise<unknown> | undefined>();
  /** Called when the session dies: the leases on it are lost. */
  readonly onDeath = new Set<(error: LockEngineError) => void>();
  /** Whether a statement waits for a lock in the server, where nothing else can be sent. */
  waiting = false;
  dead: LockEngineError | undefined;
  /** The process of the server that serves this session. */
  pid = 0;
  #lastUse = performance.now();
  readonly #client: pg.Client;
  readonly #pace: Pace;
  readonly #owner: SessionOwner;
  #last: Promise<unknown> = Promise.resolve();
  #beat: ReturnType<typeof setTimeout> | undefined;
  /** Fails the statement that is under way. */
  #fail: ((error: LockEngineError) => void) | undefined;
  /** A time at which the session was certainly alive in the server. */
  #alive = performance.now();

  private constructor(config: pg.ClientConfig, pace: Pace, owner: SessionOwner) {
    this.#pace = pace;
    this.#owner = owner;
    this.#client = new pg.Client({
      fallback_application_name: 'rxjs-rwlock',
      connectionTimeoutMillis: START_TIMEOUT,
      ...config,
      keepAlive: true,
      keepAliveInitialDelayMillis: 2000,
      // Each statement has its own limit here.
      query_timeout: NEVER,
    });
    this.#client.on('error', (error) => this.die(error));
    this.#client.on('end', () => this.die(new Error('the connection has ended')));
  }

  /** Opens a session, or throws an error that says why there is none. */
  static async open(config: pg.ClientConfig, pace: Pace, owner: SessionOwner): Promise<Session> {
    const session = new Session(config, pace, owner);
    try {
      await session.#client.connect();
      await session.#start();
      return session;
    } catch (error) {
      const reason = engineErrorOf(error);
      session.die(reason);
      throw reason;
    }
  }

  /**
   * Sends a statement when those before it have been answered.
   *
   * @param wait - how long it may wait for a lock in the server
   * @returns the rows of the last statement in the text
   */
  run(sql: string, wait?: number): Promise<readonly Row[]> {
    this.#lastUse = performance.now();
    return this.#enqueue(sql, wait === undefined ? undefined : wait + this.#pace.within);
  }

  /** Ends the session for good. Whatever it holds is lost. */
  die(cause: unknown, silent = false): void {
    if (this.dead) return;
    this.dead = engineErrorOf(cause);
    clearTimeout(this.#beat);
    this.#client.connection.stream.destroy();
    this.#owner.ended(this, silent);
    this.#fail?.(this.dead);
    for (const told of [...this.onDeath]) told(this.dead);
  }

  /** Ends a session that holds nothing, and waits until the server knows it. */
  async end(): Promise<void> {
    if (this.dead) return;
    await this.#last;
    clearTimeout(this.#beat);
    const limit = setTimeout(
      () => this.die(new Error('the session did not end')),
      this.#pace.within,
    );
    await this.#client.end();
    clearTimeout(limit);
    this.die(new Error('the session has been ended'));
  }

  async #start(): Promise<void> {
    const [found] = await this.#enqueue(
      'select pg_backend_pid() as pid, pg_is_in_recovery() as standby, version() as version, ' +
        "current_setting('server_version_num')::int as number",
      START_TIMEOUT,
    );
    const { pid, standby, version, number } = found as Record<string, unknown>;
    const { processID } = this.#client as unknown as { processID: unknown };
    if (pid !== processID)
      throw engineError('pooled', `pg_backend_pid() is ${String(pid)}, not ${String(processID)}`);
    if (standby) throw engineError('standby', 'pg_is_in_recovery() is true');
    if (!String(version).startsWith('PostgreSQL') || Number(number) < 140_000)
      throw engineError('unsupported', String(version));
    this.pid = Number(pid);
    const settings = settingsFor(this.#pace).map(([name, value]) => `('${name}', '${value}')`);
    // Older servers do not know all of the settings.
    await this.#enqueue(
      'select set_config(name, value, false) ' +
        `from (values ${settings.join(', ')}) as wanted (name, value) ` +
        'where name in (select name from pg_settings)',
      START_TIMEOUT,
    );
  }

  #heartbeat(): void {
    const isUnused = this.keys.size === 0 && performance.now() - this.#lastUse > UNUSED;
    if (isUnused && this.#owner.unused(this)) void this.end();
    else void this.#enqueue('select 1').catch(noop);
  }

  #enqueue(sql: string, limit?: number): Promise<readonly Row[]> {
    const rows = this.#last.then(() => this.#send(sql, limit));
    this.#last = rows.then(noop, noop);
    return rows;
  }

  #send(sql: string, limit: number | undefined): Promise<readonly Row[]> {
    clearTimeout(this.#beat);
    if (this.dead) return Promise.reject(this.dead);
    const { every, within, lease } = this.#pace;
    const sent = performance.now();
    // The event loop may have been blocked for longer than the server waits.
    const wait = limit ?? Math.max(0, Math.min(within, this.#alive + lease - sent));
    return new Promise((resolve, reject) => {
      const settle = (answered: boolean) => {
        clearTimeout(timer);
        this.#fail = undefined;
        if (this.dead || !answered) return;
        this.#alive = limit === undefined ? sent : performance.now();
        clearTimeout(this.#beat);
        this.#beat = setTimeout(() => this.#heartbeat(), every);
      };
      const timer = setTimeout(() => {
        // The answer may have come while the event loop was blocked: it is read before the next turn.
        setImmediate(() => {
          if (this.#fail === fail)
            this.die(engineError('unreachable', `no answer within ${Math.round(wait)} ms`), true);
        });
      }, wait);
      const fail = (error: LockEngineError) => {
        settle(false);
        reject(error);
      };
      this.#fail = fail;
      this.#client.query(sql).then(
        (result: pg.QueryResult | pg.QueryResult[]) => {
          settle(true);
          const last = Array.isArray(result) ? result.at(-1) : result;
          if (this.dead) reject(this.dead);
          else resolve((last as pg.QueryResult).rows as Row[]);
        },
        (error: unknown) => {
          const state = sqlStateOf(error);
          // The server ends the session after such an error.
          const isOver = state === undefined || /^(08|57P)/.test(state);
          settle(!isOver);
          if (isOver) this.die(error);
          reject(this.dead ?? (error as Error));
        },
      );
    });
  }
}

function noop(): void {}
