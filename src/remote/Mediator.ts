import type { Subscription } from 'rxjs';
import { countWrite, evict } from '../core/evict.js';
import { callBack, failOne, type LockCore, settle, waitingRequests } from '../core/LockCore.js';
import { ANY, type Counts, READ, UPGRADABLE, WRITE } from '../core/LockMode.js';
import type { KeyState } from '../core/LockTable.js';
import { unlink } from '../core/Queue.js';
import {
  ACCEPTED,
  GRANTED,
  HELD,
  NEW,
  OVER,
  Owner,
  type Request,
  WAITING,
} from '../core/Request.js';
import type { LeaseRequest } from '../lock/LockGate.js';
import { attempt, report } from '../lock/report.js';
import { onEnd } from '../many/CoalescingGate.js';
import type { Part } from '../many/MultiLock.js';
import { type CohortOptions, Hand, isNext } from './Hand.js';
import { Hold, type HoldListener } from './Hold.js';
import type { LockDriver, RemoteGrant, RemoteMode } from './LockDriver.js';
import { engineError } from './LockEngineError.js';
import { lostError } from './LockLostError.js';
import { Others } from './Others.js';
import { type RemoteTable, type TableListener, without } from './RemoteTable.js';

// Between the lock of this process and the engine. All other processes are one owner of the lock,
// see `Others`; so everything that is requested here is granted, queued, cancelled and released by
// the lock itself, and knows nothing of an engine.
//
// The mediator observes the lock. Each time that the lock has settled it takes the steps that are
// due: request a lease of the engine, change the mode that it requests, release the lease, keep
// it for a while, or end. One lease serves many requests of this process, which are a cohort.

/** The core of a lock that a mediator serves. */
export interface MediatedCore extends LockCore {
  /** As `acquire`, without the engine. */
  acquireHere(request: Request): void;
}

/** Requests leases of an engine for all requests of this process. */
export class Mediator implements TableListener, HoldListener {
  readonly #core: MediatedCore;
  readonly #table: RemoteTable;
  readonly #driver: LockDriver;
  readonly #cohort: Required<CohortOptions>;
  /** The others as an owner, and what they hold and wait for here. */
  readonly #owner = new Owner(0);
  /** What the others hold here. */
  #lease: Others | undefined;
  /** Their request to write, if the lease is to be released. */
  #return: Others | undefined;
  #hand: Hand | undefined;
  /** The request to the engine, while there is no lease. */
  #requested: Hold | undefined;
  /** The requests to the engine for requests here that are granted now or not at all. */
  readonly #tries = new Map<Request, Hold>();
  /** The request that is being made. */
  #made: Request | undefined;
  /** The requests that were granted at once, until the calls that made them deliver the grants. */
  readonly #atOnce = new Set<Request>();
  /** The lease that is being downgraded: that it is counted in its new mode is not a grant. */
  downgraded: Request | undefined;
  /** What came with the lease before. */
  #last: RemoteGrant | undefined;
  #changes: Subscription | undefined;
  /** Whether a write elsewhere could have gone unnoticed since the lease was released. */
  #isUnseen = false;
  /** How much the version of the lock counts beyond the writes that may have changed something. */
  #hidden = 0;
  /** Of how many settled changes it is still to be told. */
  #untold = 0;
  /** Whether requests are being told that their lease is lost, or that the engine has failed. */
  #isEvicting = false;
  /** The requests for the engine to try that were made meanwhile. */
  readonly #postponed: Request[] = [];
  // A driver may answer within the call, again and again: what its answer leads to goes on when the
  // call has returned, to avoid recursion.
  #isRequesting = false;
  #isTrying = false;

  constructor(
    core: MediatedCore,
    table: RemoteTable,
    driver: LockDriver,
    cohort: Required<CohortOptions>,
  ) {
    this.#core = core;
    this.#table = table;
    this.#driver = driver;
    this.#cohort = cohort;
    table.listener = this;
    this.#lease = this.#others();
    core.acquireHere(this.#lease);
  }

  // As an observer.

  note(): boolean {
    return true;
  }

  settle(): void {
    this.#untold++;
  }

  // While others are still to be told of the same change, nothing is done. What a live read requests
  // when it is told of a write elsewhere is granted on the lease that it is told of: if it had to
  // wait for the next lease, which tells others of a possible write, two of them would keep each
  // other reading for ever.
  tell(): void {
    this.#untold--;
    this.step();
  }

  // As a part of the table.

  waitingChanged(): void {
    this.#due();
  }

  leaseCounted(lease: Request, by: 1 | -1): void {
    const hand = this.#hand;
    if (!hand) return;
    if (by > 0) {
      if (lease !== this.downgraded) {
        hand.serve(lease);
        this.#defer(lease);
      }
    } else if (this.isFree) hand.rest();
    if (hand.spent || (by < 0 && this.isFree && this.#isDue(hand))) this.#due();
  }

  // Without an observer nobody misses what is not noticed.
  observedChanged(): void {
    if (this.#table.observed > 0 && !this.#core.hasEnded) this.#watch();
    else this.#unwatch();
  }

  get visible(): KeyState {
    const { held, waiting, version } = this.#core;
    return {
      held: without(held, this.#owner.held),
      waiting: this.returnWaits ? without(waiting, ONE_WRITER) : waiting,
      version: version - this.#hidden,
    };
  }

  // As a listener of the engine.

  granted(hold: Hold): void {
    // Another request may have got a lease meanwhile.
    if (this.#hand) hold.end();
    else this.#take(hold);
    this.refused(hold);
    this.step();
  }

  refused(hold: Hold): void {
    for (const request of this.#triedBy(hold))
      if (this.#tries.delete(request)) this.#core.acquireHere(request);
  }

  failed(hold: Hold, error: unknown): void {
    const core = this.#core;
    const isRequested = this.#requested === hold;
    const failed = isRequested ? waitingRequests(core) : this.#triedBy(hold);
    if (isRequested) this.#requested = undefined;
    this.#evict(() => {
      for (const request of failed) failOne(core, request, engineError(request, error));
    });
  }

  lost(hold: Hold, error: unknown): void {
    const hand = this.#hand;
    const core = this.#core;
    // A lock that fails tells each request its own reason.
    if (hand?.hold !== hold || core.failure) return;
    hand.stop();
    this.#hand = undefined;
    this.#return = undefined;
    this.#isUnseen = true;
    const lease = (this.#lease = this.#others());
    this.#evict(() => {
      const waited = new Set(waitingRequests(core));
      const { ended, waitAgain } = evict(core, lease, isUntold);
      countWrite(core, new Others(undefined));
      for (const request of ended)
        if (!(request instanceof Others))
          callBack(core, request, (one) => {
            if (!waitsAgain(one)) one.failed(lostError(one, waited.has(one), error));
          });
      for (const request of waitAgain as readonly Limited[])
        if (request.limits && request.phase === WAITING) {
          request.endLimits();
          request.limitWait();
        }
    });
  }

  // For the lock.

  /** Whether nothing is held here. */
  get isFree(): boolean {
    return this.#core.held[ANY] === this.#owner.held[ANY];
  }

  /** Whether no request of this process holds the lock or waits for it. */
  get isIdle(): boolean {
    return this.isFree && this.#core.queueLength === 0;
  }

  /** Whether the others wait for the lock here. */
  get returnWaits(): boolean {
    return this.#return?.phase === WAITING;
  }

  /**
   * Grants the request, queues it, or fails it. A grant at once counts as not delivered until the
   * observers have been told: they may lose the lease, and then the request waits.
   */
  acquire(request: Request): void {
    this.#made = request;
    this.#core.acquireHere(request);
    this.#made = undefined;
    if (this.#atOnce.delete(request) && request.phase === GRANTED) {
      request.phase = HELD;
      callBack(this.#core, request, (granted) => granted.granted());
    }
  }

  /** Whether only the engine can tell if a request can be granted now. */
  mayTry(request: Request): boolean {
    const core = this.#core;
    // The lock itself refuses what its policy requests, and what comes after it has been closed.
    if (core.judging || (core.closed && request.phase === NEW)) return false;
    const blockers = [...core.blockersOf(request)];
    if (blockers.length === 0 || !blockers.every((one) => one instanceof Others)) return false;
    return !this.#hand || this.isFree;
  }

  /** Requests a lease for a request that is to be granted now or not at all. */
  try(request: LeaseRequest): void {
    if (request.phase === NEW) this.#core.accept(request, false);
    if (this.#isEvicting) {
      this.#postponed.push(request);
      return;
    }
    if (this.#hand && !this.#return) this.#release();
    const hold = new Hold(request.modeIndex === READ ? 'shared' : 'exclusive');
    this.#tries.set(request, hold);
    onEnd(request, () => {
      if (request.phase !== OVER || !this.#tries.delete(request)) return;
      // The lease may have been granted, and already serve others.
      if (this.#hand?.hold !== hold) hold.end();
    });
    hold.request(this.#driver, true, this);
  }

  tokenOf(lease: Request): bigint | undefined {
    return this.#hand?.tokenOf(lease);
  }

  /** Leaves it to `acquire` to deliver a grant at once; also if it was lost, and is granted again. */
  #defer(lease: Request): void {
    if (lease === this.#made && lease.phase === HELD) this.#atOnce.add(lease);
    if (!this.#atOnce.has(lease)) return;
    // What is granted again stands in `deliveries`, where the lock would deliver it, too.
    unlink(lease);
    this.#core.leases.push(lease);
    lease.phase = GRANTED;
  }

  /** Takes the steps that are due. */
  step(): void {
    if (this.#untold > 0 || this.#isEvicting) return;
    while (this.#next());
  }

  /** Takes a step, if one is due. */
  #next(): boolean {
    const core = this.#core;
    const hand = this.#hand;
    if (core.hasEnded) return this.#finish();
    // The lease is released when all sources have been torn down.
    if (core.failure) return false;
    if (!hand) return this.#request(this.#wanted());
    if (this.#return || !this.#isDone(hand)) return false;
    this.#release();
    return this.#hand !== hand;
  }

  #isDone(hand: Hand): boolean {
    if (hand.spent) return true;
    if (!this.isFree) return false;
    // The request that the engine has tried is granted first.
    if (this.#triedBy(hand.hold).length > 0) return false;
    if (this.isIdle) return !hand.lingers(this.#step);
    // Not before the readers here have gone: if the writer is cancelled, others may still join them.
    return hand.hold.mode === 'shared' && this.#wanted() === 'exclusive';
  }

  /** Whether something is to be done now that nothing is held here. */
  #isDue(hand: Hand): boolean {
    return hand.isDue || this.#core.waiting[ANY] > 0;
  }

  #wanted(): RemoteMode | undefined {
    const core = this.#core;
    const mode = this.#table.next(core);
    // The policy may have been called, and may have misbehaved.
    if (core.lookAgain || core.postponed.length > 0) settle(core);
    return mode;
  }

  /** Requests the lease in another mode, or no more. */
  #request(mode: RemoteMode | undefined): boolean {
    const before = this.#requested;
    if (this.#isRequesting || before?.mode === mode) return false;
    // Another request stands at the end of the engine's queue. If the mode changed again and again, it
    // would never get to the front; and the exclusive lease serves readers as well.
    const { changes = -1 } = before ?? {};
    if (mode && before?.mode === 'exclusive' && changes >= MOST_CHANGES) return false;
    const requested = (this.#requested = mode && new Hold(mode, changes + 1));
    this.#isRequesting = true;
    before?.end();
    if (requested && this.#requested === requested)
      attempt(() => requested.request(this.#driver, false, this));
    this.#isRequesting = false;
    return true;
  }

  /** The others give way. */
  #take(hold: Hold): void {
    if (this.#requested !== hold) this.#requested?.end();
    this.#requested = undefined;
    const hand = (this.#hand = new Hand(hold, this.#cohort, this.#step));
    const isUntouched =
      !this.#last || (this.#isWatching && !this.#isUnseen) || isNext(this.#last, hand.grant);
    if (isUntouched) this.#hidden++;
    this.#last = hand.grant;
    const lease = this.#lease as Others;
    if (hold.mode === 'exclusive') {
      this.#lease = undefined;
      this.#core.end(lease);
    } else this.#core.downgrade(lease, UPGRADABLE);
  }

  /** The others request to write, which they are granted when nothing is held here. */
  #release(): void {
    const back = this.#others(() => {
      this.#return = undefined;
      const [hand, old] = [this.#hand, this.#lease];
      this.#lease = back;
      this.#hand = undefined;
      this.#isUnseen = !this.#isWatching;
      hand?.stop();
      hand?.hold.end();
      if (old) this.#core.end(old);
      this.step();
    });
    this.#return = back;
    // Accepted first, as a lock that has been closed refuses what it has not accepted.
    this.#core.accept(back, true);
    this.#core.acquireHere(back);
  }

  #others(granted?: () => void): Others {
    const others: Others = new Others(this.#owner, granted, () => this.#hide(others));
    return others;
  }

  /** What the others hold ends because the lock ends here: nobody has written. */
  #hide(others: Others): void {
    const isHeld = others.phase === GRANTED || others.phase === HELD;
    if (isHeld && others.modeIndex === WRITE) this.#hidden++;
  }

  /** All requests have been served, or the lock has failed: nothing is left in the engine. */
  #finish(): boolean {
    const back = this.#return;
    this.#requested?.end();
    this.#hand?.stop();
    this.#hand?.hold.end();
    this.#requested = this.#hand = undefined;
    this.#return = undefined;
    if (back) {
      this.#hide(back);
      this.#core.end(back);
    }
    this.#unwatch();
    return false;
  }

  /** Ends requests. Until all of them have been told, nothing is requested of the engine. */
  #evict(end: () => void): void {
    const isOuter = !this.#isEvicting;
    this.#isEvicting = true;
    end();
    if (!isOuter) return;
    this.#isEvicting = false;
    this.step();
    if (this.#isTrying) return;
    this.#isTrying = true;
    while (this.#postponed.length > 0) {
      const request = this.#postponed.shift() as Request;
      if (request.phase === ACCEPTED) attempt(() => this.#core.acquire(request));
    }
    this.#isTrying = false;
  }

  /** The request that the engine tries, if it tries one. */
  #triedBy(hold: Hold): readonly Request[] {
    return [...this.#tries].filter(([, tried]) => tried === hold).map(([request]) => request);
  }

  readonly #step = () => this.step();

  /** Is told when the present transition has settled. */
  #due(): void {
    (this.#core.toTell ??= new Set()).add(this);
  }

  /** Whether each write elsewhere is told. */
  get #isWatching(): boolean {
    return this.#changes?.closed === false;
  }

  #watch(): void {
    if (this.#isWatching || !this.#driver.changes) return;
    this.#isUnseen = true;
    this.#changes = this.#driver.changes.subscribe({
      next: () => {
        if (!this.#core.hasEnded) countWrite(this.#core, new Others(undefined));
      },
      error: report,
    });
  }

  #unwatch(): void {
    attempt(() => this.#changes?.unsubscribe());
  }
}

/** Every request that is not one of the others is made at a gate. */
type Limited = Request & Pick<LeaseRequest, 'limits' | 'endLimits' | 'limitWait'>;

/** How many times the mode is changed of a request that waits in the engine. */
const MOST_CHANGES = 3;

const ONE_WRITER: Counts = [0, 0, 1, 1];

/**
 * Whether nobody has been told of a grant, which is still on its way through a scheduler or a loop, or
 * is told to the observers first, and the request may wait.
 */
function isUntold(lease: Request): boolean {
  const { limits } = lease as Limited;
  if (lease.options.ifAvailable) return false;
  return lease.phase === GRANTED || (lease.phase === HELD && !!limits && !limits.closed);
}

/** Lets a request for several locks request the one again that it has lost, if it is not complete. */
function waitsAgain(lease: Request): boolean {
  return (lease as Partial<Part>).requestAgain?.() ?? false;
}
