import type { LockMode } from '../core/LockMode.js';
import { replacedError } from '../core/LockCoalescedError.js';
import { HELD, OVER, WAITING } from '../core/Request.js';
import { takePlace } from '../core/takePlace.js';
import type { LeaseRequest, Lockable, LockGate } from '../lock/LockGate.js';
import type { Gate } from '../lock/LockLike.js';
import { attempt } from '../lock/report.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { CoalescingGate, completeEmpty, onEnd, wrapGates } from './CoalescingGate.js';
import type { MultiLock } from './MultiLock.js';
import { takeParts } from './takeParts.js';

/**
 * Makes a gate for autosave: of the requests at this gate that wait, only the newest runs; older
 * ones complete empty. A request that already has the lock runs to its end.
 *
 * ```text
 * lock held for writing  ^--------!
 * save 1                 ......|             replaced: completes empty
 * save 2                       ...^---!      has save 1's place in the queue
 * another writer           ...........^--!
 *
 * .  waits    ^  is granted    !  releases the lock    |  completes
 * ```
 *
 * @remarks
 * The gate is the group: requests coalesce if they are made at the same gate object, so make it
 * once, not for each request. At a write gate at most one request runs and one waits; at a read
 * gate one waits and several may run.
 *
 * Fairness: the newer request takes over the place in the queue, and the higher of both priorities;
 * if its own is higher, it goes behind the waiting requests of that priority. Its `signal` and
 * `waitTimeout` are its own. It takes constant time, and `maxWaiting` does not count it. A newer
 * request that is refused, since the lock is closed for example, replaces nothing.
 *
 * Replaced requests: an Observable completes empty, which means "replaced", not "saved".
 * `lastValueFrom` then rejects with an `EmptyError` unless it is given a `defaultValue`, and
 * `gate.lease()` rejects with {@link LockCoalescedError}. A replaced request does not come back: if
 * the newer one is cancelled or fails, neither runs.
 *
 * `tryAcquire()` and `ifAvailable` never replace a request, and actions that the gate runs as a
 * scheduler don't coalesce.
 *
 * Pitfall: two subscribers with `repeat()` below such a gate replace each other endlessly.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { latest, ReadWriteLock, withGate } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * const save = latest(lock.writer);
 * const lease = lock.reader.tryAcquire();
 * for (const text of ['draft', 'final'])
 *   of(text).pipe(withGate(save)).subscribe((saved) => console.log(saved)); // final
 * lease?.release();
 * ```
 *
 * @param gate - the gate of a lock, of a lease or of {@link allOf}
 * @returns a gate that coalesces
 * @throws TypeError if `gate` is not a gate, or if it coalesces already
 * @see {@link drop}
 */
export function latest<M extends LockMode>(gate: Gate<M>): Gate<M>;

/**
 * Makes such a gate for each key: only requests of the same key replace each other. Equal keys
 * share one group, as in a `Map`, and nothing is kept of a key for which no request waits.
 *
 * @example
 * ```ts
 * import { KeyedReadWriteLock, latest, withGate } from 'rxjs-rwlock';
 * import { of } from 'rxjs';
 *
 * const docs = new KeyedReadWriteLock<string>();
 * const saveOf = latest((id: string) => docs.for(id).writer);
 * of('text')
 *   .pipe(withGate(saveOf('a')))
 *   .subscribe(() => console.log(docs.for('a').writer.locked)); // true
 * ```
 *
 * @param gateOf - returns the gate of a key. While a request of a key waits, newer requests use
 * the gate of the waiting one.
 * @returns a function that returns the coalescing gate of a key
 * @throws TypeError if `gateOf` is not a function; the returned function throws it for a result
 * that is not a gate
 */
export function latest<K, M extends LockMode>(gateOf: (key: K) => Gate<M>): (key: K) => Gate<M>;

export function latest(gate: unknown): Gate | ((key: unknown) => Gate) {
  const waiting = new Map<unknown, Waiting>();
  const untold: (() => void)[] = [];
  return wrapGates('latest', gate, (inner, key) => new LatestGate(inner, key, waiting, untold));
}

/** A request that waits, and the gate at which it was made. */
interface Waiting {
  readonly request: LeaseRequest;
  readonly gate: LatestGate;
}

class LatestGate extends CoalescingGate {
  /** The request that waits, by the key of the group. */
  readonly waiting: Map<unknown, Waiting>;
  /** What tells replaced requests; the first of it runs already. */
  readonly untold: (() => void)[];

  constructor(
    inner: LockGate,
    group: unknown,
    waiting: Map<unknown, Waiting>,
    untold: (() => void)[],
  ) {
    super(inner, group);
    this.waiting = waiting;
    this.untold = untold;
  }

  override request(request: LeaseRequest): void {
    const { ifAvailable, signal } = request.plan.options;
    const found = this.waiting.get(this.group);
    if (ifAvailable || signal?.aborted) super.request(request);
    else if (found?.request.phase === WAITING) found.gate.replace(found.request, request);
    else {
      this.keep(request);
      super.request(request);
    }
  }

  replace(old: LeaseRequest, request: LeaseRequest): void {
    const { plan } = request;
    const priority = Math.max(old.priority, request.priority);
    request.plan = { ...plan, gate: this, options: { ...plan.options, priority } };
    request.modeIndex = this.modeIndex;
    let settle;
    try {
      settle = takeOver(this.lock, old, request);
    } catch (refusal) {
      request.phase = OVER;
      request.failed(refusal);
      return;
    }
    this.keep(request);
    old.endLimits();
    settle();
    if (request.phase < HELD) request.limitWait();
    this.tell(() => old.inContext(() => completeEmpty(old, () => replacedError(old, request))));
  }

  // A replaced consumer may request again, and so replace the newer request: a loop, to avoid
  // recursion.
  private tell(replaced: () => void): void {
    const { untold } = this;
    if (untold.push(replaced) > 1) return;
    for (let next; (next = untold[0]); untold.shift()) attempt(next);
  }

  private keep(request: LeaseRequest): void {
    const { waiting, group } = this;
    waiting.set(group, { request, gate: this });
    onEnd(request, () => {
      const kept = waiting.get(group)?.request;
      if (request.phase !== WAITING) {
        if (kept === request) waiting.delete(group);
        // It waits again: it had been granted a lease that was lost before it was told.
      } else if (kept?.phase !== WAITING) waiting.set(group, { request, gate: this });
    });
  }
}

function takeOver(lock: Lockable, waiting: LeaseRequest, by: LeaseRequest): () => void {
  return 'parts' in lock
    ? takeParts(lock as MultiLock, waiting, by)
    : // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- any other is one
      takePlace(lock as LocalLock, waiting, by);
}
