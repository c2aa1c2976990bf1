import {
  LeaseReleasedError,
  LockClosedError,
  LockQueueFullError,
  LockUnavailableError,
  LockUpgradeError,
} from './errors.js';
import { Holder } from './Holder.js';
import { Holders } from './Holders.js';
import type { LockHost, LockObserver, Transition } from './LockHost.js';
import type { LockMode } from './LockMode.js';
import type { LockPolicy } from './LockPolicy.js';
import { fifo } from './policies/fifo.js';
import { Queue } from './Queue.js';
import type { Request, Scope } from './Request.js';
import { Waiters } from './Waiters.js';

/** What a lock is made with. */
export interface LockTerms {
  readonly name: string;
  readonly policy: LockPolicy;
  /** How many requests may wait. */
  readonly maxWaiting: number;
}

/** Where a lock keeps who holds and who waits. */
export interface LockRooms {
  readonly holders: Pick<Holders, 'move' | 'conflictWith'>;
  readonly waiters: Pick<
    Waiters,
    'add' | 'remove' | 'next' | 'holdBack' | 'ahead' | 'all' | 'count' | 'total' | 'writeEnded'
  >;
}

/** The rooms of a lock that is asked for as a whole. */
export const plainRooms = (policy: LockPolicy): LockRooms => ({
  holders: new Holders(),
  waiters: new Waiters(policy),
});

/**
 * The lock itself: a state machine that is told "ask" and "drop" and answers by calling the
 * request back. It knows no clock, no I/O and no RxJS.
 *
 * Each call settles the state first, tells the observers second and the granted requests last, so
 * that all user code finds the state final and may call straight back in.
 */
export class LockCore {
  readonly name: string;
  readonly observers: LockObserver[] = [];
  /** How many live leases there are of each mode. */
  readonly held = { read: 0, upgradable: 0, write: 0 };
  /** How many write holds have ended. */
  version = 0;
  closed = false;
  failure: { readonly error: unknown } | undefined;

  // Invariant: whenever user code runs, nobody waits who could be let in (`#next()` is undefined),
  // and every live lease is in `#leases` or, until its request has been called back, in
  // `#undelivered`.
  readonly waiters: LockRooms['waiters'];
  readonly #holders: LockRooms['holders'];
  readonly #leases = new Queue();
  readonly #undelivered = new Queue();

  readonly #host: LockHost;
  readonly #maxWaiting: number;
  #asked = 0;
  #delivering = false;

  constructor(
    { name, policy, maxWaiting }: LockTerms,
    host: LockHost,
    rooms: (policy: LockPolicy) => LockRooms = plainRooms,
  ) {
    this.name = name;
    this.#maxWaiting = maxWaiting;
    this.#host = host;
    const { holders, waiters } = rooms((reader, writer, turn) => {
      try {
        return policy(reader, writer, turn);
      } catch (error) {
        host.report(error);
        return fifo(reader, writer, turn);
      }
    });
    this.#holders = holders;
    this.waiters = waiters;
  }

  /** Whether the lock is closed and everybody has been served. */
  get ended(): boolean {
    return this.closed && this.#isFree && this.waiters.total === 0;
  }

  /** Every live lease, in the order of the grants. */
  get leases(): Request[] {
    return [...this.#leases, ...this.#undelivered];
  }

  /** Grants at once, queues, or fails the request. */
  ask(request: Request): void {
    const refusal = this.refusal(request);
    if (refusal) request.failed(refusal.error);
    else if (!this.tryEnter(request)) this.#wait(request);
    // An observer may have dropped it, or failed the lock, by now.
    else if (request.phase === 'held') this.#host.grant(request);
  }

  /** Why a request can't be taken, or `undefined` where it can. */
  refusal({ mode, through }: Request): { readonly error: unknown } | undefined {
    if (this.failure) return this.failure;
    if (!through) return this.closed ? { error: new LockClosedError(this.name, mode) } : undefined;
    if (through.phase !== 'held')
      return { error: new LeaseReleasedError(this.name, through.mode, mode) };
    if (through.mode === 'read' && mode !== 'read')
      return { error: new LockUpgradeError(this.name, through.mode, mode) };
    return undefined;
  }

  /** Grants the request if it conflicts with nobody who holds or waits, without calling it back. */
  tryEnter(request: Request): boolean {
    request.owner = this;
    request.order = ++this.#asked;
    request.holder = request.through?.holder;
    if (!this.#mayEnter(request)) return false;
    this.#enter(request, this.#leases);
    this.#tellObservers();
    return true;
  }

  /** Withdraws a waiting request, releases a held one; does nothing to any other. */
  drop(request: Request): void {
    const { phase } = request;
    if (phase === 'waiting') this.#cancel(request);
    else if (phase === 'held') this.#release(request);
  }

  /** Exchanges a lease for one of a weaker mode, in place. */
  downgrade(request: Request, mode: LockMode): void {
    const from = request.mode;
    request.mode = mode;
    // The weaker mode is counted before the stronger one is given up: the holder never lets go.
    this.#count(request, mode, 1);
    this.#count(request, from, -1);
    this.#note('downgraded', request);
    this.#settle(request.scope);
  }

  /** Takes no new requests any more; who holds or waits is served. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#note('closed');
    this.#tellObservers();
  }

  /** Fails everybody: waiters in the order of the queue, then holders in the order of grants. */
  fail(error: unknown): void {
    if (this.failure || this.ended) return;
    this.failure = { error };
    this.closed = true;
    const waiters = this.waiters.all();
    for (const waiter of waiters) this.#end(waiter);
    // Who has not been called back yet never will be: as a lease it is only revoked.
    for (let request; (request = this.#undelivered.shift());) this.#leases.push(request);
    this.#note('closed');
    this.#tellObservers();
    for (const waiter of waiters) this.#callBack(() => waiter.failed(error));
    for (let lease; (lease = this.#leases.first);) this.#revoke(lease, error);
  }

  /** The rule of the lock: nobody holds, and nobody waits ahead, whose mode conflicts. */
  readonly #mayEnter = (request: Request): boolean => {
    const { holder, mode, scope } = request;
    // A holder is let in past every waiter; only its upgrade waits, for the other holders.
    if (holder) return mode !== 'write' || !this.#holders.conflictWith(mode, scope, holder);
    return !this.#holders.conflictWith(mode, scope) && !this.waiters.holdBack(request);
  };

  /** The waiter to be let in next. A free lock lets in somebody, whatever a policy answers. */
  #next(changed: Scope): Request | undefined {
    if (this.waiters.total === 0) return undefined;
    const next = this.waiters.next(this.#mayEnter, changed);
    return next ?? (this.#isFree ? this.waiters.all()[0] : undefined);
  }

  #enter(request: Request, queue: Queue): void {
    const holder = (request.holder ??= new Holder());
    const upgraded = request.mode === 'write' && holder.mode === 'upgradable';
    request.through = undefined;
    request.phase = 'held';
    queue.push(request);
    this.#count(request, request.mode, 1);
    this.#note(upgraded ? 'upgraded' : 'granted', request);
  }

  #wait(request: Request): void {
    const refusal = this.#refusalToWait(request);
    if (refusal) {
      request.failed(refusal);
      return;
    }
    request.phase = 'waiting';
    this.waiters.add(request);
    this.#note('queued', request);
    this.#tellObservers();
  }

  #refusalToWait({ mode, holder, ifAvailable }: Request): Error | undefined {
    if (ifAvailable) return new LockUnavailableError(this.name, mode);
    // An upgrade stands behind no waiter.
    if (holder || this.waiters.total < this.#maxWaiting) return undefined;
    return new LockQueueFullError(this.name, mode, this.#maxWaiting);
  }

  #cancel(request: Request): void {
    this.#end(request);
    this.#note('cancelled', request);
    this.#settle(request.scope);
  }

  #release(request: Request): void {
    this.#end(request);
    this.#count(request, request.mode, -1);
    this.#note('released', request);
    this.#settle(request.scope);
  }

  #end(request: Request): void {
    if (request.phase === 'waiting') this.waiters.remove(request);
    else request.queue?.remove(request);
    request.phase = 'over';
    request.endWait();
  }

  /** Counts a lease in or out, and its holder under the strongest mode that it then has. */
  #count({ holder, scope }: Request, mode: LockMode, by: 1 | -1): void {
    if (!holder) return;
    const before = holder.mode;
    holder[mode] += by;
    this.held[mode] += by;
    const after = holder.mode;
    if (before === after) return;
    this.#holders.move(before, after, scope);
    if (before === 'write') {
      this.version++;
      this.waiters.writeEnded(this.#asked);
    }
  }

  get #isFree(): boolean {
    return !this.#leases.first && !this.#undelivered.first;
  }

  /** Lets in everybody who may enter now, and calls them back once that is done. */
  #settle(changed: Scope): void {
    for (let next; (next = this.#next(changed));) {
      this.waiters.remove(next);
      next.endWait();
      this.#enter(next, this.#undelivered);
    }
    this.#tellObservers();
    this.#deliver();
  }

  // The only loop that calls granted waiters back. A call that comes in from one of them adds to
  // `#undelivered` and returns: entering the loop again would be a recursion as deep as the queue.
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let request; (request = this.#undelivered.shift());) {
      const granted = request;
      this.#leases.push(granted);
      this.#callBack(() => this.#host.grant(granted));
    }
    this.#delivering = false;
  }

  #revoke(lease: Request, error: unknown): void {
    this.#callBack(() => lease.failed(error));
    this.drop(lease);
  }

  /** What a request throws is not the business of whoever happens to be calling the core. */
  #callBack(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#host.report(error);
    }
  }

  #note(transition: Transition, request?: Request): void {
    for (const observer of this.observers) observer.note(this, transition, request);
  }

  #tellObservers(): void {
    if (this.observers.length === 0) return;
    // One may take itself off while it is told.
    for (const observer of [...this.observers]) observer.settled(this);
  }
}
