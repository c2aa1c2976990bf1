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
import {
  conflict,
  type LockMode,
  NONE,
  type PerStrength,
  READ,
  type Strength,
  UPGRADABLE,
  WRITE,
} from './LockMode.js';
import type { LockPolicy } from './LockPolicy.js';
import { fifo } from './policies/fifo.js';
import { Queue } from './Queue.js';
import type { Request, Scope } from './Request.js';
import { type KeepsOut, precedes, Waiters } from './Waiters.js';

/** What a lock is made with. */
export interface LockTerms {
  readonly name: string;
  readonly policy: LockPolicy;
  /** How many requests may wait. */
  readonly maxWaiting: number;
}

/** Where a lock keeps who holds and who waits. */
export interface LockRooms {
  readonly holders: Pick<Holders, 'move' | 'keepOut'>;
  readonly waiters: Pick<Waiters, 'add' | 'remove' | 'keepOut' | 'next' | 'all'>;
}

/** The rooms of a lock that is asked for as a whole. */
export const plainRooms = (keepsOut: KeepsOut): LockRooms => ({
  holders: new Holders(),
  waiters: new Waiters(keepsOut),
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
  readonly held: PerStrength = [0, 0, 0, 0];
  /** How many requests wait for each mode; of `NONE`, for any. */
  readonly waiting: PerStrength = [0, 0, 0, 0];
  /** How many write holds have ended. */
  version = 0;
  closed = false;
  failure: { readonly error: unknown } | undefined;

  // Invariant: whenever user code runs, nobody waits who could be let in (`#next()` is undefined),
  // and every live lease is in `#leases` or, until its request has been called back, in
  // `#undelivered`.
  readonly #holders: LockRooms['holders'];
  readonly #waiters: LockRooms['waiters'];
  readonly #leases = new Queue();
  readonly #undelivered = new Queue();

  readonly #policy: LockPolicy;
  readonly #maxWaiting: number;
  readonly #host: LockHost;
  #asked = 0;
  /** How many requests had been made when the last write ended; for the policy. */
  #turn = 0;
  #delivering = false;

  constructor({ name, policy, maxWaiting }: LockTerms, host: LockHost, rooms = plainRooms) {
    this.name = name;
    this.#policy = policy;
    this.#maxWaiting = maxWaiting;
    this.#host = host;
    const { holders, waiters } = rooms(this.keepsOut);
    this.#holders = holders;
    this.#waiters = waiters;
  }

  /** Whether the lock is closed and everybody has been served. */
  get ended(): boolean {
    return this.closed && this.#isFree && this.waiting[NONE] === 0;
  }

  /** Every live lease, in the order of the grants. */
  get leases(): Request[] {
    return [...this.#leases, ...this.#undelivered];
  }

  /** Everybody who waits, in the order of the queue. */
  get waiters(): Request[] {
    return this.#waiters.all();
  }

  /** Grants at once, queues, or fails the request. */
  ask(request: Request): void {
    try {
      this.check(request);
      if (!this.tryEnter(request)) {
        this.#wait(request);
        return;
      }
    } catch (refusal) {
      request.failed(refusal);
    }
    // An observer may have dropped it, or failed the lock, by now.
    if (request.phase === 'held') this.#host.grant(request);
  }

  /** Throws what keeps a request from being taken at all. */
  check({ mode, through, strength }: Request): void {
    const { name, failure } = this;
    if (failure) throw failure.error;
    if (!through) {
      if (this.closed)
        throw new LockClosedError(`${name} is closed: no ${mode} is granted any more`);
    } else if (through.phase !== 'held') {
      throw releasedError(name, through.mode, mode);
    } else if (through.strength === READ && strength > READ) {
      throw new LockUpgradeError(
        `${name}: a read lease can't be raised to ${mode}; ask for an upgradable one instead`,
      );
    }
  }

  /** Grants the request if it conflicts with nobody who holds or waits, without calling it back. */
  tryEnter(request: Request): boolean {
    request.owner = this;
    request.order = ++this.#asked;
    request.holder = request.through && holderOf(request.through);
    request.through = undefined;
    if (!this.#mayEnter(request)) return false;
    this.#enter(request, this.#leases);
    this.#tellObservers();
    return true;
  }

  /** Withdraws a waiting request, releases a held one; does nothing to any other. */
  drop(request: Request): void {
    const { phase } = request;
    if (phase !== 'waiting' && phase !== 'held') return;
    this.#end(request);
    this.#note(phase === 'held' ? 'released' : 'cancelled', request);
    this.#settle(request.scope);
  }

  /** Exchanges a lease for one of a weaker mode, in place. */
  downgrade(request: Request, strength: Strength): void {
    const from = request.strength;
    request.strength = strength;
    // The weaker mode is counted before the stronger one is given up: the holder never lets go.
    this.#count(request, strength, 1);
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
    const { waiters } = this;
    for (const waiter of waiters) this.#end(waiter);
    // Who has not been called back yet never will be: as a lease it is only revoked.
    for (let request; (request = this.#undelivered.shift());) this.#leases.push(request);
    this.#note('closed');
    this.#tellObservers();
    const fail = (request: Request) => {
      request.failed(error);
    };
    for (const waiter of waiters) this.#callBack(waiter, fail);
    for (let lease; (lease = this.#leases.first);) {
      this.#callBack(lease, fail);
      this.drop(lease);
    }
  }

  /** Whether a waiter keeps a request out: their modes conflict, and it goes first. */
  readonly keepsOut: KeepsOut = (waiter, request) => {
    // A holder is let in past every waiter, and everybody else stands behind its upgrade.
    if (request.holder) return false;
    if (waiter.holder) return true;
    return conflict(waiter.strength, request.strength) && this.#goesFirst(waiter, request);
  };

  #goesFirst(a: Request, b: Request): boolean {
    if (a.strength === b.strength || a.priority !== b.priority) return precedes(a, b);
    return b.strength === WRITE ? this.#readerGoesFirst(a, b) : !this.#readerGoesFirst(b, a);
  }

  #readerGoesFirst(reader: Request, writer: Request): boolean {
    try {
      return this.#policy(reader, writer, this.#turn);
    } catch (error) {
      this.#host.report(error);
      return fifo(reader, writer, this.#turn);
    }
  }

  /** The rule of the lock: nobody holds, and nobody waits ahead, whose mode conflicts. */
  readonly #mayEnter = (request: Request): boolean => {
    const { strength, scope, holder } = request;
    if (this.#holders.keepOut(strength, scope, holder?.strength)) return false;
    return this.waiting[NONE] === 0 || !this.#waiters.keepOut(request);
  };

  /** The waiter to be let in next. A free lock lets in somebody, whatever a policy answers. */
  #next(changed: Scope): Request | undefined {
    if (this.waiting[NONE] === 0) return undefined;
    const next = this.#waiters.next(this.#mayEnter, changed);
    return next ?? (this.#isFree ? this.waiters[0] : undefined);
  }

  #enter(request: Request, queue: Queue): void {
    const { strength, holder } = request;
    const upgraded = strength === WRITE && holder?.strength === UPGRADABLE;
    request.phase = 'held';
    queue.push(request);
    this.#count(request, strength, 1);
    this.#note(upgraded ? 'upgraded' : 'granted', request);
  }

  #wait(request: Request): void {
    const { mode, holder, ifAvailable } = request;
    if (ifAvailable) throw new LockUnavailableError(`${this.name}: ${mode} is not available now`);
    // An upgrade stands behind no waiter.
    if (!holder && this.waiting[NONE] >= this.#maxWaiting)
      throw new LockQueueFullError(
        `${this.name}: ${mode} would have to wait, and ${this.#maxWaiting} wait already`,
      );
    request.phase = 'waiting';
    this.#waiters.add(request);
    this.#countWaiter(request, 1);
    this.#note('queued', request);
    this.#tellObservers();
  }

  #countWaiter({ strength }: Request, by: 1 | -1): void {
    this.waiting[strength] += by;
    this.waiting[NONE] += by;
  }

  #end(request: Request): void {
    if (request.phase === 'waiting') {
      this.#leaveQueue(request);
    } else {
      request.leave();
      this.#count(request, request.strength, -1);
    }
    request.phase = 'over';
    request.endWait();
  }

  #leaveQueue(request: Request): void {
    this.#waiters.remove(request);
    this.#countWaiter(request, -1);
  }

  /** Counts a lease in or out, and its holder under the strongest mode that it then has. */
  #count({ holder, scope }: Request, strength: Strength, by: 1 | -1): void {
    this.held[strength] += by;
    const before = holder ? holder.strength : by > 0 ? NONE : strength;
    holder?.count(strength, by);
    const after = holder ? holder.strength : by > 0 ? strength : NONE;
    if (before === after) return;
    this.#holders.move(before, after, scope);
    if (before !== WRITE) return;
    this.version++;
    this.#turn = this.#asked;
  }

  get #isFree(): boolean {
    return !this.#leases.first && !this.#undelivered.first;
  }

  /** Lets in everybody who may enter now, and calls them back once that is done. */
  #settle(changed: Scope): void {
    for (let next; (next = this.#next(changed));) {
      this.#leaveQueue(next);
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
      this.#leases.push(request);
      this.#callBack(request, this.#host.grant);
    }
    this.#delivering = false;
  }

  /** What a request throws is not the business of whoever happens to be calling the core. */
  #callBack(request: Request, call: (request: Request) => void): void {
    try {
      call(request);
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

/** On whose behalf is asked what is asked through a lease. */
function holderOf(lease: Request): Holder {
  if (!lease.holder) {
    lease.holder = new Holder();
    lease.holder.count(lease.strength, 1);
  }
  return lease.holder;
}

/** What was asked through a lease, or of it, comes too late. */
export function releasedError(lock: string, held: LockMode, asked: LockMode): LeaseReleasedError {
  return new LeaseReleasedError(
    `${lock}: ${asked} was asked through a ${held} lease that has been released`,
  );
}
