import type { LockMode } from '../core/LockMode.js';
import { droppedError } from '../core/LockCoalescedError.js';
import { HELD, OVER, WAITING } from '../core/Request.js';
import { LeaseRequest, type LockGate } from '../lock/LockGate.js';
import type { Gate, WriteLease } from '../lock/LockLike.js';
import { ownOptions, type RequestOptions } from '../lock/RequestOptions.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { CoalescingGate, completeEmpty, onEnd, wrapGates } from './CoalescingGate.js';

/**
 * Makes a gate against double submit: a request at this gate completes empty, without running,
 * while another one of this gate waits or holds the lock.
 *
 * ```text
 * lock held for writing  ^--!
 * submit 1               ...^--!
 * submit 2                |             dropped: completes empty
 * submit 3                    |         dropped: the first one holds the lock
 * submit 4                       ^--!
 *
 * .  waits    ^  is granted    !  releases the lock    |  completes
 * ```
 *
 * @remarks
 * The gate is the group: only requests that are made at the same gate object count. A request at
 * the lock itself, or at another gate of it, is not looked at.
 *
 * Dropped requests: an Observable completes empty, and makes no request. `lastValueFrom` then
 * rejects with an `EmptyError` unless it is given a `defaultValue`, and `gate.lease()` rejects with
 * {@link LockCoalescedError}. A request that the lock refuses, since it is closed for
 * example, errors whatever waits or holds.
 *
 * `tryAcquire()` and `ifAvailable` are never dropped: they are granted or refused as at any gate,
 * and count while they hold. Actions that the gate runs as a scheduler don't coalesce.
 *
 * Pitfall: a dropped request completes, so `repeat()` below such a gate requests again without
 * pause; give it a `delay`.
 *
 * @example
 * ```ts
 * import { NEVER, of } from 'rxjs';
 * import { drop, ReadWriteLock, withGate } from 'rxjs-rwlock';
 *
 * const submit = drop(new ReadWriteLock().writer);
 * NEVER.pipe(withGate(submit)).subscribe();
 * of('again')
 *   .pipe(withGate(submit))
 *   .subscribe({ complete: () => console.log('dropped') }); // dropped
 * ```
 *
 * @param gate - the gate of a lock, of a lease or of {@link allOf}
 * @returns a gate that drops requests
 * @throws TypeError if `gate` is not a gate, or if it coalesces already
 * @see {@link latest}
 */
export function drop<M extends LockMode>(gate: Gate<M>): Gate<M>;

/**
 * Makes such a gate for each key: a request is dropped only while another one of the same key waits
 * or holds the lock. Equal keys share one group, as in a `Map`, and nothing is kept of a key for
 * which no request waits or holds.
 *
 * @example
 * ```ts
 * import { drop, KeyedReadWriteLock } from 'rxjs-rwlock';
 *
 * const orders = new KeyedReadWriteLock<number>();
 * const payOf = drop((id: number) => orders.for(id).writer);
 * payOf(1).acquire().subscribe();
 * payOf(1).acquire().subscribe({ complete: () => console.log('dropped') }); // dropped
 * payOf(2).acquire().subscribe((lease) => console.log(lease.mode)); // write
 * ```
 *
 * @param gateOf - returns the gate of a key
 * @returns a function that returns the gate of a key, which drops requests
 * @throws TypeError if `gateOf` is not a function; the returned function throws it for a result
 * that is not a gate
 */
export function drop<K, M extends LockMode>(gateOf: (key: K) => Gate<M>): (key: K) => Gate<M>;

export function drop(gate: unknown): Gate | ((key: unknown) => Gate) {
  const live: Live = new Map();
  return wrapGates('drop', gate, (inner, key) => new DropGate(inner, key, live));
}

/** The gate of a single lock. */
type OneLock = Pick<LockGate, 'parent'> & { readonly lock: LocalLock };

/** The requests that wait or hold, by the key of their group. */
type Live = Map<unknown, Set<LeaseRequest>>;

class DropGate extends CoalescingGate {
  readonly live: Live;

  constructor(inner: LockGate, group: unknown, live: Live) {
    super(inner, group);
    this.live = live;
  }

  override request(request: LeaseRequest): void {
    const { ifAvailable, signal } = request.plan.options;
    const others = this.live.get(this.group);
    if (others && anyLive(others) && !ifAvailable && !signal?.aborted && !this.refuses)
      completeEmpty(request, () => droppedError(request, others));
    else {
      this.keep(request);
      super.request(request);
    }
  }

  override tryAcquire(
    options?: Pick<RequestOptions, 'priority' | 'label'>,
  ): WriteLease | undefined {
    const request = new LeaseRequest(this.planOf(ownOptions(options)), {});
    // Before it is granted: an observer that is told of the grant may request at this gate.
    const forget = this.keep(request);
    try {
      return this.lock.tryAcquire(request) ? request : undefined;
    } finally {
      forget();
    }
  }

  /** Whether a request would be refused, whatever waits or holds. */
  private get refuses(): boolean {
    const gates = (this.lock.gates ?? [this]) as readonly unknown[] as readonly OneLock[];
    // A lock that fails still counts the requests that it has not told yet.
    return gates.some(
      ({ lock, parent }) => lock.failure ?? (parent ? parent.phase !== HELD : lock.closed),
    );
  }

  /** Adds a request to its group; the result removes it, unless it waits or holds. */
  private keep(request: LeaseRequest): () => void {
    const { live, group } = this;
    const requests = live.get(group) ?? new Set();
    live.set(group, requests.add(request));
    const forget = () => {
      if (isLive(request)) return;
      // Only once: by a second time the group may have another set.
      if (requests.delete(request) && requests.size === 0) live.delete(group);
    };
    onEnd(request, forget);
    return forget;
  }
}

/** Looks at the first one only, unless a lock is being failed. */
function anyLive(requests: Iterable<LeaseRequest>): boolean {
  for (const request of requests) if (isLive(request)) return true;
  return false;
}

function isLive({ phase }: LeaseRequest): boolean {
  return phase >= WAITING && phase < OVER;
}
