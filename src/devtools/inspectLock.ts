import { described } from '../core/errors.js';
import { waitingRequests } from '../core/LockCore.js';
import { WRITE } from '../core/LockMode.js';
import type { LockObserver } from '../core/LockObserver.js';
import { type Request, WAITING } from '../core/Request.js';
import type { LockMode } from '../index.js';
import { allBlockersOf } from '../lock/traceLock.js';
import type { KeySet } from '../many/KeySet.js';
import { gateOf, type WatchedLock } from './watchedLocks.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** An observer that knows since when requests have waited, and leases have been held. */
export interface Times extends LockObserver {
  readonly now: number;
  sinceOf(request: Request): number | undefined;
}

/**
 * A lease, or a waiting request, in what {@link inspectLock} returns.
 */
export interface InspectedRequest {
  /** The number of the request, as in a trace of the lock. */
  readonly id: number;
  /** The mode that is held or requested. */
  readonly mode: LockMode;
  /** The `label` of its options. */
  readonly label: string | undefined;
  /** The keys of a keyed lock that it is for; `undefined` if it is for the whole lock. */
  readonly keys: readonly unknown[] | undefined;
  /**
   * The time of the grant or, if it waits, of the request: known only if that happened while
   * {@link slowLocks} was watching the lock, on whose scheduler's clock it is.
   */
  readonly since: number | undefined;
  /** The numbers of the leases and of the earlier waiting requests that it waits for. */
  readonly blockedBy: readonly number[];
}

/**
 * What {@link inspectLock} returns: a frozen snapshot, with a text for people.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { inspectLock, type LockInspection } from 'rxjs-rwlock/devtools';
 *
 * const seen: LockInspection = inspectLock(new ReadWriteLock({ name: 'settings' }));
 * console.log(seen.leases.length, seen.waiting.length); // 0 0
 * console.log(`${seen}`); // settings is free
 * ```
 */
export class LockInspection {
  /** The name of the lock, with the key. */
  readonly lock: string;
  /** The leases, in the order of their grants. */
  readonly leases: readonly InspectedRequest[];
  /** The waiting requests, in their order. */
  readonly waiting: readonly InspectedRequest[];
  readonly #text: string;

  /** @internal */
  constructor(lock: string, leases: Seen[], waiting: Seen[]) {
    this.lock = lock;
    this.leases = Object.freeze(leases.map(({ request }) => request));
    this.waiting = Object.freeze(waiting.map(({ request }) => request));
    const lines = [
      ...leases.map(({ text }) => `  held    ${text}`),
      ...waiting.map(({ text }) => `  waiting ${text}`),
    ];
    this.#text = lines.length > 0 ? [lock, ...lines].join('\n') : `${lock} is free`;
    Object.freeze(this);
  }

  /** Returns a line for each lease and each waiting request. */
  toString(): string {
    return this.#text;
  }

  /** @internal What `console.log` of Node prints. */
  [INSPECT](): string {
    return this.#text;
  }
}

interface Seen {
  readonly request: InspectedRequest;
  readonly text: string;
}

/**
 * Tells which requests hold a lock, which wait for it, and which block which.
 *
 * @remarks
 * The lock of a key tells what overlaps the key: also requests for several keys, and for all.
 *
 * An untraced lock keeps no times, so `since` is known only of what happened while
 * {@link slowLocks} was watching the lock. Finding what blocks the waiting requests takes time
 * quadratic in their number.
 *
 * @example
 * ```ts
 * import { NEVER } from 'rxjs';
 * import { ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
 * import { inspectLock } from 'rxjs-rwlock/devtools';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * NEVER.pipe(withReadLock(lock, { label: 'report' })).subscribe();
 * NEVER.pipe(withWriteLock(lock, { label: 'save' })).subscribe();
 * for (const line of inspectLock(lock).toString().split('\n')) console.log(line.trim());
 * // prints settings
 * // prints held    #1 read "report"
 * // prints waiting #2 write "save" blocked by #1
 * ```
 *
 * @param lock - the lock, or the lock of a key
 * @returns a frozen snapshot; its `toString()` has a line for each lease and waiting request
 * @throws TypeError if `lock` is not a lock
 */
export function inspectLock(lock: WatchedLock): LockInspection {
  const { lock: core, key, name } = gateOf('lock', lock);
  // Conflicts with whatever overlaps the key.
  const all = { key, modeIndex: WRITE } as object as Request;
  const times = [...core.table.observers()].find((one): one is Times => 'sinceOf' in one);
  const see = (request: Request): Seen => {
    const isWaiting = request.phase === WAITING;
    const blockers = isWaiting ? allBlockersOf(core, request) : [];
    const blockedBy = Object.freeze(blockers.map(({ order }) => order));
    const since = times?.sinceOf(request);
    const { order: id, mode, options } = request;
    const seen = { id, mode, label: options.label, keys: keysOf(request), since, blockedBy };
    const keys = request.key?.toString();
    const parts = [`#${id} ${described(request)}`, keys && `on ${keys}`];
    if (times && since !== undefined) parts.push(`for ${times.now - since} ms`);
    if (blockers.length > 0)
      parts.push(`blocked by ${blockedBy.map((one) => `#${one}`).join(', ')}`);
    return { request: Object.freeze(seen), text: parts.filter(Boolean).join(' ') };
  };
  const overlaps = (request: Request) => core.table.conflict(request, all);
  const leases = [...core.leases, ...core.deliveries].filter(overlaps).map(see);
  return new LockInspection(name, leases, waitingRequests(core).filter(overlaps).map(see));
}

function keysOf({ key }: Request): readonly unknown[] | undefined {
  const keys = (key as KeySet | undefined)?.keys.map((one) => one.key);
  return keys?.[0] === undefined ? undefined : Object.freeze(keys);
}
