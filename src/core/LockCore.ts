import {
  closedError,
  policyError,
  queueFullError,
  releasedError,
  unavailableError,
  upgradeError,
} from './errors.js';
import { ANY, anyConflict, type Counts, type Mode, tally, UPGRADABLE, WRITE } from './LockMode.js';
import type { LockObserver, Transition } from './LockObserver.js';
import type { LockPolicy } from './LockPolicy.js';
import type { LockTable, Rule } from './LockTable.js';
import { fifo } from './policies/fifo.js';
import { Queue, unlink } from './Queue.js';
import {
  ACCEPTED,
  GRANTED,
  HELD,
  type Key,
  NEW,
  OVER,
  Owner,
  precedes,
  type Request,
  WAITING,
} from './Request.js';

/* eslint-disable @typescript-eslint/unbound-method -- isPostponed binds the methods that it gets */

// The lock: a state machine without clock, I/O or RxJS. It is told "acquire" and "end", and calls
// requests back.
//
// The data. A request is an object; once granted, the same object is the lease. `held` counts the
// leases by mode, `waiting` the waiting requests. Waiting requests stand in the queues of the
// `table`, one queue for each mode, by effective priority and then in the order in which they were
// made. Leases stand in `leases`, in the order of their grants.
//
// The rule. A request is grantable if no other owner's lease conflicts with it, and no earlier
// waiting request does (`isGrantable`). Everything else follows from applying it at two moments:
// when a request is made, and when a lease or a waiting request ends.
//
// Fairness. A request that conflicts with an earlier waiting request never passes it, whatever is
// held, so under `fifo` no stream of readers starves a writer. The other policies change which of
// a waiting reader and a waiting writer counts as earlier, and nothing else.
//
// One pass is enough. When a lease or request ends, only the requests that it blocked can become
// grantable. A request that is granted blocks, as a lease, exactly those that it blocked while it
// waited: granting it makes nothing else grantable. There are two exceptions, after which all
// waiting requests are looked at (`lookAgain`): an owner that gains a key passes, from then on, what
// waits for that key; and a policy that fails is replaced by `fifo`, which may answer otherwise.
//
// Re-entrancy. Each function below settles the state first, tells the observers second, and calls
// granted requests back last, so every callback finds the state final and may call straight back
// in. A call that comes from inside a callback adds its grants to `deliveries`. The loop in `deliver`
// calls them back once all observers have been told, so the stack does not grow with the queue.
//
// Speed. What is private here is a function and not a private method, which made a grant a fifth
// slower. No function on a request's way has a closure that captures its variables: V8 allocates
// these when the function begins, even if the closure is never made.

/** What a lock is made with. */
export interface LockTerms {
  readonly name: string;
  readonly policy: LockPolicy;
  /** How many requests may wait. */
  readonly maxWaiting: number;
  /** Takes an error of user code that is not an error of the caller. Never throws. */
  readonly report: (error: unknown) => void;
}

export class LockCore<Terms extends LockTerms = LockTerms> implements Rule {
  readonly terms: Terms;
  readonly table: LockTable;
  readonly held: Counts = [0, 0, 0, 0];
  readonly waiting: Counts = [0, 0, 0, 0];
  /** How many write holds have ended. */
  version = 0;
  closed = false;
  failure: { readonly error: unknown } | undefined = undefined;
  /** How many requests have been made: the order of the newest. */
  newest = 0;

  // Invariant: whenever user code runs, no waiting request is grantable, and every lease stands
  // either in `leases` or, if `deliver` is to call its request back, in `deliveries`.
  readonly leases = new Queue<Request>();
  readonly deliveries = new Queue<Request>();
  /** Whether observers are being told, or grants delivered: further grants are delivered later. */
  calling = false;
  /** Parts of requests for several locks whose turn at this lock has not come. */
  readonly accepted = new Queue<Request>();
  observing = 0;
  /** Observers that are to be told of what has changed. */
  toTell: Set<LockObserver> | undefined = undefined;
  /** The policy; `fifo` once the policy has failed. */
  policy: LockPolicy;
  /** Whether the policy is being asked, and what it has done to its own lock meanwhile. */
  judging = false;
  readonly postponed: (() => void)[] = [];
  /** Whether one pass over what has been blocked is not enough. */
  lookAgain = false;

  constructor(terms: Terms, table: LockTable) {
    this.terms = terms;
    this.policy = terms.policy;
    this.table = table;
  }

  /** Grants the request, queues it, or fails it. */
  acquire(request: Request): void {
    let granted: boolean;
    try {
      granted = grantAtOnce(this, request);
      if (!granted) enqueue(this, request);
    } catch (refusal) {
      request.phase = OVER;
      // A request of the policy is refused in the middle of a transition.
      if (!this.judging) settle(this);
      request.failed(refusal);
      return;
    }
    settle(this);
    // An observer may have released it, or failed the lock, by now.
    if (granted && request.phase === HELD) callGranted(this, request);
  }

  /**
   * Grants the request if it does not have to wait, without calling it back.
   *
   * @throws the refusal of a request that can never be granted
   */
  tryAcquire(request: Request): boolean {
    const granted = grantAtOnce(this, request);
    settle(this);
    // An observer that was told of the grant may have failed the lock.
    if (granted && this.failure) throw this.failure.error;
    return granted;
  }

  /**
   * Accepts a request that is made later: closing the lock no longer refuses it, failing it does.
   */
  accept(request: Request, isNested: boolean): void {
    checkOpen(this, request, isNested);
    request.phase = ACCEPTED;
    this.accepted.push(request);
  }

  /** Cancels a request or releases a lease; does nothing if it is over. */
  end(request: Request): void {
    const { phase } = request;
    if (phase === NEW || phase === OVER || isPostponed(this, this.end, request)) return;
    remove(this, request);
    if (phase !== ACCEPTED) {
      note(this, phase === WAITING ? 'cancelled' : 'released', request);
      grantBlocked(this, request, request.modeIndex);
    }
    request.endLimits();
    settle(this);
  }

  /** Exchanges the mode of a lease for a weaker one. */
  downgrade(lease: Request, mode: Mode): void {
    if (isPostponed(this, this.downgrade, lease, mode) || lease.phase !== HELD) return;
    const from = lease.modeIndex;
    lease.modeIndex = mode;
    // The weaker mode is counted in first: the owner never holds nothing.
    count(this, lease, mode, 1);
    count(this, lease, from, -1);
    note(this, 'downgraded', lease);
    grantBlocked(this, lease, from);
    settle(this);
  }

  /** Refuses new requests; leases and accepted requests are still served. */
  close(): void {
    if (isPostponed(this, this.close)) return;
    this.closed = true;
    tellAll(this);
    settle(this);
  }

  /**
   * Fails the waiting requests in the order of the queue, then the leases in that of the grants.
   */
  fail(error: unknown): void {
    if (isPostponed(this, this.fail, error) || this.failure || this.hasEnded) return;
    this.failure = { error };
    this.closed = true;
    tellAll(this);
    // A lease that has not been delivered never will be.
    for (let lease; (lease = this.deliveries.shift());) this.leases.push(lease);
    settle(this);
    for (const request of [...waitingRequests(this), ...this.accepted])
      failOne(this, request, error);
    for (const lease of [...this.leases]) failOne(this, lease, error);
  }

  /** Whether the lock is closed, and all that it has accepted has been served. */
  get hasEnded(): boolean {
    return this.closed && this.held[ANY] + this.waiting[ANY] === 0 && !this.accepted.first;
  }

  /** How many requests wait, as `maxWaiting` counts them. */
  get queueLength(): number {
    return this.waiting[ANY];
  }

  /** Adds an observer of a key, or of the whole lock; the result removes it. */
  observe(observer: LockObserver, key: Key | undefined): () => void {
    const remove = this.table.observe(observer, key);
    this.observing++;
    return () => {
      this.observing--;
      remove();
    };
  }

  isHeld(mode: Mode, key: Key | undefined): boolean {
    return (this.table.stateAt(key) ?? this).held[mode] > 0;
  }

  /** What is in the way of a request. Looks at so many leases, and waiting requests, at most. */
  blockersOf(request: Request, most = 1000): Set<Request> {
    const { owner } = request;
    const blockers = new Set<Request>();
    const look = (requests: Iterable<Request>, isInTheWay: (other: Request) => boolean) => {
      let left = most;
      for (const other of requests) {
        if (left-- === 0) return;
        if (isInTheWay(other)) blockers.add(other);
      }
    };
    const isAnothers = (lease: Request) => !owner || lease.owner !== owner;
    for (const leases of [this.leases, this.deliveries])
      look(leases, (lease) => isAnothers(lease) && this.table.conflict(lease, request));
    look(this.table.waiting(request), (waiting) => this.isEarlier(waiting, request));
    return blockers;
  }

  // What the table asks.

  isEarlier(a: Request, b: Request): boolean {
    const { effectivePriority } = a;
    // Of two upgrades, or requests through leases, the policy is not asked.
    if (effectivePriority !== b.effectivePriority || effectivePriority === Infinity)
      return precedes(a, b);
    if ((a.modeIndex === WRITE) === (b.modeIndex === WRITE)) return precedes(a, b);
    return b.modeIndex === WRITE ? readerGoesFirst(this, a, b) : !readerGoesFirst(this, b, a);
  }

  tryGrant(waiting: Request): boolean {
    const isGranted = isGrantable(this, waiting);
    if (isGranted) {
      remove(this, waiting);
      hold(this, waiting, this.deliveries);
    }
    return isGranted;
  }
}

/** The waiting requests, in their order. */
export function waitingRequests({ table }: LockCore): Request[] {
  return [...new Set(table.waiting())].sort((a, b) => (precedes(a, b) ? -1 : 1));
}

/** The rule of the lock. */
function isGrantable(core: LockCore, request: Request): boolean {
  const { held, waiting, table } = core;
  // Stryker disable next-line ConditionalExpression: it only saves time
  if (held[ANY] + waiting[ANY] === 0) return true;
  const { modeIndex, owner } = request;
  if (anyConflict(held, modeIndex, owner?.held) && table.isHeldAgainst(request)) return false;
  // Stryker disable next-line ConditionalExpression: it only saves time
  if (waiting[ANY] === 0) return true;
  return !table.isWaitedAgainst(request, core);
}

function readerGoesFirst(core: LockCore, reader: Request, writer: Request): boolean {
  const turn = core.table.turnOf(reader);
  core.judging = true;
  try {
    const answer = core.policy(reader, writer, turn);
    if (core.policy !== fifo && core.postponed.length > 0) throw policyError(core.terms.name);
    return answer;
  } catch (error) {
    replacePolicy(core, error);
    return fifo(reader, writer, turn);
  } finally {
    core.judging = false;
  }
}

/** From now on `fifo` decides, also about requests that have been looked at already. */
function replacePolicy(core: LockCore, error: unknown): void {
  core.policy = fifo;
  core.lookAgain = true;
  core.terms.report(error);
}

/** Whether it is the policy that calls: the call takes effect once the policy has answered. */
function isPostponed<A, B>(
  core: LockCore,
  method: (this: LockCore, one: A, two: B) => void,
  one?: A,
  two?: B,
): boolean {
  if (core.judging) core.postponed.push(method.bind(core, one as A, two as B));
  return core.judging;
}

function grantAtOnce(core: LockCore, request: Request): boolean {
  admit(core, request);
  request.order = ++core.newest;
  const granted = isGrantable(core, request);
  if (granted) hold(core, request, core.leases);
  return granted;
}

/**
 * Lets a request be made, and finds its owner.
 *
 * @throws the refusal of a request that can never be granted
 */
export function admit(core: LockCore, request: Request): void {
  const parent = request.takeParent();
  if (request.phase === ACCEPTED) {
    unlink(request);
    request.phase = NEW;
    if (core.failure) throw core.failure.error;
  } else if (core.closed) checkOpen(core, request, !!parent);
  if (isPostponed(core, () => undefined)) throw policyError(core.terms.name);
  if (parent) request.owner = ownerOf(core, parent, request);
}

export function checkOpen(
  { closed, failure }: LockCore,
  request: Request,
  isNested: boolean,
): void {
  if (failure) throw failure.error;
  if (closed && !isNested) throw closedError(request);
}

/** The owner of a lease, if a request may be made through that lease. */
function ownerOf({ table }: LockCore, lease: Request, request: Request): Owner {
  if (lease.phase !== HELD) throw releasedError(request);
  if (table.raises(request, lease)) {
    const parent =
      lease.mode === 'read' ? 'a read lease' : 'a lease that only reads one of its keys';
    throw upgradeError(request, parent, 'acquire it with withUpgradableLock or lock.upgradable');
  }
  if (!lease.owner) {
    lease.owner = new Owner(lease.order);
    tally(lease.owner.held, lease.modeIndex, 1);
  }
  table.share(lease.owner, lease, request);
  return lease.owner;
}

function enqueue(core: LockCore, request: Request): void {
  const { queueLength } = core;
  const { maxWaiting } = core.terms;
  if (request.options.ifAvailable) throw unavailableError(request, core.blockersOf(request));
  // An upgrade stands behind no waiting request.
  if (queueLength >= maxWaiting && !request.owner)
    throw queueFullError(request, queueLength, maxWaiting);
  request.phase = WAITING;
  core.table.add(request);
  tally(core.waiting, request.modeIndex, 1);
  note(core, 'queued', request);
}

export function hold(core: LockCore, request: Request, queue: Queue<Request>): void {
  const { modeIndex, owner } = request;
  const upgrades = modeIndex === WRITE && owner?.held[WRITE] === 0 && owner.held[UPGRADABLE] > 0;
  request.phase = queue === core.leases ? HELD : GRANTED;
  queue.push(request);
  if (owner && core.waiting[ANY] > 0 && core.table.gains?.(request)) core.lookAgain = true;
  count(core, request, modeIndex, 1);
  note(core, upgrades ? 'upgraded' : 'granted', request);
}

/** Takes a request from where it stands. */
export function remove(core: LockCore, request: Request): void {
  const { phase, modeIndex } = request;
  request.phase = OVER;
  if (phase === WAITING) {
    core.table.remove(request);
    tally(core.waiting, modeIndex, -1);
  } else {
    unlink(request);
    if (phase !== ACCEPTED) count(core, request, modeIndex, -1);
  }
}

/** Counts a lease in or out. With the last write lease of an owner, a write ends. */
function count(core: LockCore, lease: Request, mode: Mode, by: 1 | -1): void {
  const { owner } = lease;
  tally(core.held, mode, by);
  if (owner) tally(owner.held, mode, by);
  core.table.count(lease, mode, by, core.newest);
  if (by < 0 && mode === WRITE && !owner?.held[WRITE]) core.version++;
}

/** Applies the rule to what a lease or a request blocked by a mode that it no longer has. */
function grantBlocked(core: LockCore, by: Request, freed: Mode): void {
  if (core.waiting[ANY] > 0 && !core.failure) core.table.grantEach(by, freed, core);
}

/** Ends a transition. Mostly there is nothing to tell or to deliver. */
export function settle(core: LockCore): void {
  const { toTell, closed, waiting, deliveries } = core;
  // What was postponed, or is to be looked at again, was so because something waited.
  if (toTell || closed || waiting[ANY] > 0 || deliveries.first) settleAll(core);
}

/** Tells the observers, and then delivers grants, unless a caller does. */
function settleAll(core: LockCore): void {
  const { postponed, calling } = core;
  grantOthers(core);
  if (core.hasEnded) tellAll(core);
  core.calling = true;
  tellObservers(core);
  for (let call; (call = postponed.shift());) call();
  if (!calling) deliver(core);
  core.calling = calling;
}

/** Grants what one pass has missed: see "One pass is enough". */
function grantOthers(core: LockCore): void {
  const { held, waiting, terms } = core;
  while (!core.failure && (core.lookAgain || (held[ANY] === 0 && waiting[ANY] > 0))) {
    // A policy that contradicts itself must not keep requests waiting for a free lock.
    if (!core.lookAgain) replacePolicy(core, policyError(terms.name, 'contradicts itself'));
    core.lookAgain = false;
    for (const request of waitingRequests(core)) core.tryGrant(request);
  }
}

function tellAll(core: LockCore): void {
  core.toTell = new Set(core.table.observers());
}

function tellObservers(core: LockCore): void {
  const { toTell } = core;
  if (!toTell) return;
  core.toTell = undefined;
  for (const observer of toTell) observer.settle();
  for (const observer of toTell) callBack(core, observer, (told) => told.tell());
}

/** The only loop that calls granted waiting requests back; it is never entered twice. */
function deliver(core: LockCore): void {
  for (let request; (request = core.deliveries.shift());) {
    core.leases.push(request);
    request.phase = HELD;
    callGranted(core, request);
  }
}

function callGranted(core: LockCore, request: Request): void {
  callBack(core, request, (granted) => granted.granted());
}

export function failOne(core: LockCore, request: Request, error: unknown): void {
  // It may have been cancelled by now, and then it is told nothing.
  if (request.phase !== OVER) callBack(core, request, (failed) => failed.failed(error));
  if (!request.isBusy()) core.end(request);
}

/** What a callback throws is not an error of whoever happens to have called the lock. */
export function callBack<T>({ terms }: LockCore, called: T, call: (called: T) => void): void {
  try {
    call(called);
  } catch (error) {
    terms.report(error);
  }
}

export function note(core: LockCore, transition: Transition, request: Request): void {
  if (core.observing === 0) return;
  core.toTell ??= new Set();
  for (const observer of core.table.observers(request)) {
    if (observer.note(transition, request)) core.toTell.add(observer);
  }
}
