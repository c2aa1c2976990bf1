import { anyAgainst, type Counts, tally } from './Counts.js';
import { NONE, type Strength, UPGRADABLE, WRITE } from './LockMode.js';
import type { LockObserver, Transition } from './LockObserver.js';
import type { LockPolicy } from './LockPolicy.js';
import { byPrecedence, keepsOut } from './precedence.js';
import { Queue } from './Queue.js';
import { checkEntry, checkQueue } from './refusals.js';
import { HELD, OVER, type Request, WAITING } from './Request.js';
import type { Scopes } from './Scopes.js';

/** What a lock is made with, and what it needs of the world that it runs in. */
export interface LockTerms {
  readonly name: string;
  readonly policy: LockPolicy;
  readonly scopes: Scopes;
  /** How many requests may wait. */
  readonly maxWaiting: number;
  /** Calls a granted request back: at once, or later where grants are delivered by a scheduler. */
  readonly grant: (request: Request) => void;
  /** Takes an error of user code that is not the business of whoever is calling the lock. */
  readonly report: (error: unknown) => void;
}

/**
 * The lock itself: a state machine that is told "ask" and "drop" and answers by calling the
 * request back. It knows no clock, no I/O and no RxJS.
 *
 * The functions below are all that change it. Each settles the state first, tells the observers
 * second and the granted requests last, so that all user code finds the state final and may call
 * straight back in. They are functions and not methods because private methods, which only the
 * minifier would need, made an uncontended grant a fifth slower.
 */
export class LockCore {
  readonly terms: LockTerms;
  readonly observers: LockObserver[] = [];
  /** How many live leases there are. */
  readonly held: Counts = [0, 0, 0, 0];
  /** How many requests wait. */
  readonly waiting: Counts = [0, 0, 0, 0];
  /** How many write holds have ended. */
  version = 0;
  closed = false;
  failure: { readonly error: unknown } | undefined = undefined;
  /** How many requests have been made. */
  asked = 0;

  // Invariant: whenever user code runs, nobody waits who may enter, and every live lease is in
  // `leases` or, until its request has been called back, in `undelivered`.
  readonly leases = new Queue();
  readonly undelivered = new Queue();
  /** Whose waits have ended, and what ends with them not yet. */
  readonly waits: Request[] = [];
  delivering = false;

  constructor(terms: LockTerms) {
    this.terms = terms;
  }
}

/** Grants at once, queues, or fails the request, and its mates with it. */
export function ask(core: LockCore, first: Request): void {
  try {
    if (!tryEnter(core, first)) {
      wait(core, first);
      return;
    }
  } catch (refusal) {
    first.failed(refusal);
    return;
  }
  for (let one: Request | undefined = first; one; one = one.mate) callBackHeld(core, one);
}

/**
 * Grants the request and its mates if they conflict with nobody who holds or waits, without calling
 * them back.
 *
 * @throws what keeps one from being taken at all
 */
export function tryEnter(core: LockCore, first: Request): boolean {
  let one: Request | undefined;
  for (one = first; one; one = one.mate) take(core, one);
  if (!mayEnter(core, first)) return false;
  for (one = first; one; one = one.mate) enter(core, one, core.leases);
  tellObservers(core);
  return true;
}

/** Withdraws a waiting request, or releases a held one, with its mates; does nothing to any other. */
export function drop(core: LockCore, { first }: Request): void {
  const { phase } = first;
  if (phase !== WAITING && phase !== HELD) return;
  for (let one: Request | undefined = first; one; one = one.mate) {
    end(core, one);
    note(core, phase === HELD ? 'released' : 'cancelled', one);
  }
  if (core.waiting[NONE] > 0)
    for (let one: Request | undefined = first; one; one = one.mate) letIn(core, one, one.strength);
  settle(core);
}

/** Exchanges a lease for one of a weaker mode, in place. */
export function downgrade(core: LockCore, request: Request, strength: Strength): void {
  const from = request.strength;
  request.strength = strength;
  // The weaker mode is counted before the stronger one is given up: the holder never lets go.
  count(core, request, strength, 1);
  count(core, request, from, -1);
  note(core, 'downgraded', request);
  letIn(core, request, from);
  settle(core);
}

/** Takes no new requests any more; who holds or waits is served. */
export function close(core: LockCore): void {
  if (core.closed) return;
  core.closed = true;
  note(core, 'closed');
  settle(core);
}

/** Fails everybody: waiters in the order of the queue, then holders in the order of grants. */
export function fail(core: LockCore, error: unknown): void {
  if (core.failure || hasEnded(core)) return;
  core.failure = { error };
  core.closed = true;
  const waiters = waitersOf(core);
  for (const waiter of waiters) end(core, waiter);
  // Who has not been called back yet never will be: as a lease it is only revoked.
  for (let request; (request = core.undelivered.shift());) core.leases.push(request);
  note(core, 'closed');
  settle(core);
  const fail = (request: Request) => {
    request.failed(error);
  };
  for (const waiter of waiters) callBack(core, waiter, fail);
  for (let lease; (lease = core.leases.first);) {
    callBack(core, lease, fail);
    drop(core, lease);
  }
}

/** Whether the lock is closed and everybody has been served. */
export function hasEnded(core: LockCore): boolean {
  return core.closed && core.held[NONE] + core.waiting[NONE] === 0;
}

/** Everybody who waits, in the order of the queue. */
export function waitersOf({ terms }: LockCore): Request[] {
  const reached = [...terms.scopes.reach(undefined)];
  return reached.flatMap((waiters) => waiters.all()).sort(byPrecedence);
}

/** Every live lease, in the order of the grants. */
export function leasesOf({ leases, undelivered }: LockCore): Request[] {
  return [...leases, ...undelivered];
}

function take(core: LockCore, request: Request): void {
  const through = request.takeThrough();
  if (through || core.closed) checkEntry(core, request, through);
  request.order = ++core.asked;
  if (through) request.holder = holderOf(through);
}

/** Whether it fits in, and its mates with it, none of whom has gone. */
function mayEnter(core: LockCore, { first }: Request): boolean {
  for (let one: Request | undefined = first; one; one = one.mate)
    if (one.phase > WAITING || !fits(core, one)) return false;
  return true;
}

/**
 * The rule of the lock: nobody holds, and nobody waits ahead, whose mode conflicts. A holder is let
 * in past every waiter.
 */
function fits(core: LockCore, request: Request): boolean {
  const { held, waiting, terms } = core;
  const { strength, holder, scope } = request;
  if (anyAgainst(held, strength, holder) && terms.scopes.isHeldAgainst(request)) return false;
  if (holder || waiting[NONE] === 0) return true;
  const keepsItOut = (waiter: Request) => keepsOut(terms, waiter, request);
  for (const waiters of terms.scopes.reach(scope)) if (waiters.some(keepsItOut)) return false;
  return true;
}

function enter(core: LockCore, request: Request, queue: Queue): void {
  const { strength, holder } = request;
  const upgraded = strength === WRITE && holder?.[WRITE] === 0 && holder[UPGRADABLE] > 0;
  request.phase = HELD;
  queue.push(request);
  count(core, request, strength, 1);
  note(core, upgraded ? 'upgraded' : 'granted', request);
}

function wait(core: LockCore, first: Request): void {
  checkQueue(core, first.lead);
  for (let one: Request | undefined = first; one; one = one.mate) {
    one.phase = WAITING;
    core.terms.scopes.add(one);
    tally(core.waiting, one.strength, 1);
    note(core, 'queued', one);
  }
  tellObservers(core);
}

/** Takes a request from where it stands. */
function end(core: LockCore, request: Request): void {
  if (request.phase === WAITING) {
    core.terms.scopes.remove(request);
    tally(core.waiting, request.strength, -1);
  } else {
    request.leave();
    count(core, request, request.strength, -1);
  }
  request.phase = OVER;
  if (request.wait) core.waits.push(request);
}

/** Counts a lease in or out; with the last to write of its holder a write ends. */
function count(core: LockCore, request: Request, strength: Strength, by: 1 | -1): void {
  const { holder, scope } = request;
  const { scopes } = core.terms;
  tally(core.held, strength, by);
  if (holder) tally(holder, strength, by);
  scopes.count(scope, strength, by);
  if (by > 0 || strength !== WRITE || holder?.[WRITE]) return;
  core.version++;
  for (const waiters of scopes.reach(scope)) waiters.turn = core.asked;
}

/** Tells of what has changed, and calls back who has been let in. */
function settle(core: LockCore): void {
  if (core.waiting[NONE] > 0 && core.held[NONE] === 0) admitFirst(core);
  if (core.waits.length > 0) endWaits(core);
  tellObservers(core);
  if (!core.delivering) deliver(core);
}

/** Ends timers and the like: user code, as they may be anything that a scheduler or a signal has. */
function endWaits(core: LockCore): void {
  const end = (request: Request) => {
    request.endWait();
  };
  // One by one: a call that comes in from one of them delivers grants, and has to end the rest first.
  for (let request; (request = core.waits.shift());) callBack(core, request, end);
}

// Lets in whom a request kept out by a mode that it has given up. Whoever is let in keeps out as a
// holder all whom it kept out as a waiter: nobody may enter for that, so that one look at each of
// the waiters' queues is enough.
function letIn(core: LockCore, { scope }: Request, freed: Strength): void {
  const test = (waiter: Request) => mayEnter(core, waiter);
  for (const waiters of core.terms.scopes.reach(scope))
    for (let next; (next = waiters.next(freed, test));) admit(core, next);
}

/** A free lock lets in somebody, whatever a policy answers. */
function admitFirst(core: LockCore): void {
  const [first] = waitersOf(core);
  if (first) admit(core, first);
}

function admit(core: LockCore, { first }: Request): void {
  for (let one: Request | undefined = first; one; one = one.mate) {
    end(core, one);
    enter(core, one, core.undelivered);
  }
}

// The only loop that calls granted waiters back. A call that comes in from one of them adds to
// `undelivered` and returns: entering the loop again would be a recursion as deep as the queue.
function deliver(core: LockCore): void {
  core.delivering = true;
  for (let request; (request = core.undelivered.shift());) {
    core.leases.push(request);
    callBack(core, request, core.terms.grant);
  }
  core.delivering = false;
}

/** Calls back who entered at once, unless an observer has dropped it, or failed the lock, by now. */
function callBackHeld({ terms }: LockCore, request: Request): void {
  if (request.phase === HELD) terms.grant(request);
}

/** What a request throws is not the business of whoever happens to be calling the core. */
function callBack({ terms }: LockCore, request: Request, call: (request: Request) => void): void {
  try {
    call(request);
  } catch (error) {
    terms.report(error);
  }
}

function note(core: LockCore, transition: Transition, request?: Request): void {
  for (const observer of core.observers) observer.note(core, transition, request);
}

function tellObservers(core: LockCore): void {
  if (core.observers.length === 0) return;
  // One may take itself off while it is told.
  for (const observer of [...core.observers]) observer.settled(core);
}

/** On whose behalf is asked what is asked through a lease. */
function holderOf(lease: Request): Counts {
  if (!lease.holder) {
    lease.holder = [0, 0, 0, 0];
    tally(lease.holder, lease.strength, 1);
  }
  return lease.holder;
}
