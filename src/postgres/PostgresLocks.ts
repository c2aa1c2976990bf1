import type { ClientConfig } from 'pg';
import { checkRecord, expected } from '../lock/checks.js';
import {
  KeyedRemoteReadWriteLock,
  type RemoteLockOptions,
  RemoteReadWriteLock,
} from '../remote/index.js';
import { PostgresEngine } from './PostgresEngine.js';
import type { Pace } from './Session.js';
import { TokenSequence } from './TokenSequence.js';

/** Options of {@link PostgresLocks}. */
export interface PostgresLocksOptions {
  /**
   * How to reach the server itself, not a pooler: what the `Client` of `pg` takes, or a connection
   * string. The locks open sessions of their own, apart from those of your work.
   */
  readonly connection: string | ClientConfig;
  /** How soon a holder learns that its session or its link has failed. */
  readonly heartbeat?: HeartbeatOptions | undefined;
  /**
   * How many sessions this process opens at most, from 2 on; 10 by default. One serves all locks
   * that nobody else holds. Each lock that has to be waited for needs one more, until it is
   * released. A request that would need another one errors with `LockEngineError`
   * `exhausted`.
   */
  readonly maxSessions?: number | undefined;
  /**
   * The name of the sequence that counts the fencing tokens, `rxjs_rwlock_tokens` by default; all
   * processes must use the same. `false` for locks without tokens.
   */
  readonly tokens?: string | false | undefined;
}

/**
 * How soon a holder learns that its session or its link has failed: after `every` and `within`. The
 * server frees the lock of a silent session after `every`, twice `within`, and two seconds.
 */
export interface HeartbeatOptions {
  /** After how many milliseconds without a statement a heartbeat is sent; 1000 by default. */
  readonly every?: number | undefined;
  /** How many milliseconds an answer of the server may take; 1000 by default. */
  readonly within?: number | undefined;
}

/** How much longer than the client the server waits, in milliseconds. */
const MARGIN = 2000;
/** How long one statement waits for a lock at most, in milliseconds. */
const WAIT = 30_000;
const DEFAULT_TOKENS = 'rxjs_rwlock_tokens';

/**
 * Makes locks that processes on any machine share, kept by PostgreSQL as advisory locks.
 *
 * @remarks
 * Locks of the same name in the same database are one lock. In one process, too, two locks of one
 * name exclude each other, so make each of them once. For names that come and go use
 * {@link PostgresLocks.keyed}.
 *
 * Fairness: the server grants its leases in the order of the requests, as long as nobody waits for
 * longer than about 20 seconds; from then on a waiting request may be passed by others.
 *
 * Errors: `LockLostError` if a lease ends while it is held, since the session or the link
 * has failed, and `LockEngineError` with a `code` before the grant. If the server can't be
 * reached, a request keeps trying for five seconds, unless it has `ifAvailable`.
 *
 * A process whose lease is lost may still write for a moment. `fencingTokenOf` and the page
 * "PostgreSQL" of the guide show how such a write is refused.
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { withWriteLock } from 'rxjs-rwlock';
 * import { PostgresLocks } from 'rxjs-rwlock/postgres';
 *
 * const locks = new PostgresLocks({ connection: 'postgres://app@db.example/app' });
 * const invoices = locks.lock('invoices');
 *
 * // One process at a time writes the invoices.
 * const sendInvoices = (send: () => Promise<void>) => defer(send).pipe(withWriteLock(invoices));
 * const stop = () => locks.close();
 * ```
 */
export class PostgresLocks implements AsyncDisposable {
  /**
   * The SQL that makes what the locks need, for a migration. If the sequence is missing, it is made
   * at the first request, if the role may do so. Other roles need `usage` of it, and nothing else.
   */
  readonly setupSql: string;
  readonly #engine: PostgresEngine;
  readonly #made = new Set<{ close: () => Promise<void> }>();
  #closed: Promise<void> | undefined;

  /**
   * Connects to nothing yet: the first request does.
   *
   * @param options - where the server is, and how its sessions are used
   * @throws TypeError or RangeError for invalid options
   */
  constructor(options: PostgresLocksOptions) {
    checkRecord('options', options);
    const { connection, heartbeat = {}, maxSessions = 10, tokens = DEFAULT_TOKENS } = options;
    const config = typeof connection === 'string' ? { connectionString: connection } : connection;
    if (typeof (config as unknown) !== 'object' || (config as unknown) === null)
      throw new TypeError(
        `connection must be a connection string or an object, got ${typeof connection}`,
      );
    if (!Number.isInteger(maxSessions) || maxSessions < 2)
      throw new RangeError(`maxSessions must be a whole number from 2, got ${maxSessions}`);
    const sequence = tokens === false ? undefined : new TokenSequence(tokens);
    this.setupSql = sequence?.setupSql ?? '';
    this.#engine = new PostgresEngine(config, paceOf(heartbeat), maxSessions, sequence);
  }

  /**
   * Makes the lock of a name.
   *
   * @param name - the same text in every process
   * @param options - those of a `RemoteReadWriteLock`
   * @returns the lock, for every operator that takes a lock
   * @throws TypeError or RangeError for invalid options
   */
  lock(name: string, options: RemoteLockOptions = {}): RemoteReadWriteLock {
    const named = optionsOf(name, options);
    return this.#keep(new RemoteReadWriteLock(this.#engine.driver([name]), named));
  }

  /**
   * Makes a lock for each key. A key is known to the server only while it is held or waited for,
   * and needs a session only if it has to be waited for.
   *
   * @typeParam K - the type of the keys; keys of the same text are the same in the server
   * @param name - the same text in every process
   * @param options - those of a `RemoteReadWriteLock`, for each key
   * @returns the locks: `locks.keyed('accounts').for('ann')`
   * @throws TypeError or RangeError for invalid options
   */
  keyed<K extends string | number | bigint>(
    name: string,
    options: RemoteLockOptions = {},
  ): KeyedRemoteReadWriteLock<K> {
    const driverOf = (key: K) => this.#engine.driver([name, keyText(key)]);
    return this.#keep(new KeyedRemoteReadWriteLock<K>(driverOf, optionsOf(name, options)));
  }

  /**
   * Closes all locks: new requests error with `LockClosedError`, those that hold or wait
   * are still served. Then no lock and no session is left in the server, and nothing keeps the
   * process alive.
   *
   * @returns a promise that resolves then
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** Closes all locks at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#made].map((lock) => lock.close()));
    await this.#engine.end();
  }

  #keep<L extends { close: () => Promise<void> }>(lock: L): L {
    if (this.#closed) void lock.close();
    else this.#made.add(lock);
    return lock;
  }
}

/** The options of a lock, which is named in messages as in the server unless it has a name. */
function optionsOf(name: string, options: RemoteLockOptions): RemoteLockOptions {
  if (typeof name !== 'string') throw expected('name', 'a string', name);
  checkRecord('options', options);
  const { name: label = name } = options;
  return { ...options, name: label };
}

function keyText(key: unknown): string {
  if (['string', 'number', 'bigint'].includes(typeof key)) return String(key);
  throw expected('key', 'a string, a number or a bigint', key);
}

function paceOf(heartbeat: HeartbeatOptions): Pace {
  checkRecord('heartbeat', heartbeat);
  const { every = 1000, within = 1000 } = heartbeat;
  for (const [name, value] of Object.entries({ every, within }))
    if (!(value >= 10 && value <= 3_600_000))
      throw new RangeError(`heartbeat.${name} must be from 10 to 3600000, got ${value}`);
  // A holder is told after `every` and `within`, counted from the last answer, which may itself be as
  // old as `within`. The server must not free the lock before.
  return { every, within, lease: Math.ceil(every + 2 * within + MARGIN), wait: WAIT };
}
