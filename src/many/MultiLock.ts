import { releasedError, upgradeError } from '../core/errors.js';
import { type LockMode, type Mode, WRITE } from '../core/LockMode.js';
import { ACCEPTED, HELD, NEW, OVER, type Request, WAITING } from '../core/Request.js';
import { LeaseRequest, type Lockable, LockGate } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { type KeyMode, type KeySet, modeAt } from './KeySet.js';

/**
 * Several locks as one, whose gates stand in the global order.
 *
 * A request for them has a part for each lock. All locks accept their parts at once, so that
 * closing one of them later still serves the request, and failing one fails it. Then the parts are
 * requested one after the other, in the global order, so that two such requests never wait for each
 * other. What is held meanwhile is released when the request is cancelled, or fails.
 */
export class MultiLock implements Lockable {
  readonly gates: readonly LockGate[];
  readonly terms: Lockable['terms'];
  readonly parts = new WeakMap<LeaseRequest, readonly Part[]>();
  /** The requests whose next part is being requested. */
  readonly #advancing = new Set<LeaseRequest>();

  constructor(gates: readonly LockGate[]) {
    const terms = gates.map(({ lock }) => lock.terms);
    this.gates = gates;
    this.terms = {
      name: gates.map(({ name }) => name).join(' and '),
      scheduler: terms.find(({ scheduler }) => scheduler)?.scheduler,
      context: terms.find(({ context }) => context)?.context,
    };
  }

  acquire(request: LeaseRequest): void {
    request.phase = WAITING;
    try {
      this.#accept(request);
    } catch (refusal) {
      this.fail(request, refusal);
      return;
    }
    this.advance(request);
  }

  tryAcquire(request: LeaseRequest): boolean {
    request.phase = HELD;
    try {
      for (const part of this.#accept(request))
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the loop ends it
        if (request.phase === HELD && !part.lock.tryAcquire(part)) this.end(request);
    } catch (error) {
      this.end(request);
      throw error;
    }
    // An observer that was told of the grant of a part may have failed its lock.
    this.#checkFailures(request);
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- see above
    return request.phase === HELD;
  }

  end(request: LeaseRequest): void {
    // A request that is over or not made has nothing to end; any other is here, as the object it
    // is.
    if (request.phase !== NEW && !this.parts.has(request))
      throw new TypeError("a lease of several locks can't be used inside of a proxy");
    request.phase = OVER;
    for (const part of [...this.#partsOf(request)].reverse()) part.lock.end(part);
    request.endLimits();
  }

  downgrade(lease: LeaseRequest, mode: Mode): void {
    lease.modeIndex = mode;
    for (const part of this.#partsOf(lease))
      if (part.modeIndex > mode) part.lock.downgrade(part, mode);
  }

  isHeld(): boolean {
    return this.gates.some(({ locked }) => locked);
  }

  blockersOf(request: LeaseRequest): Iterable<Request> {
    const waiting = this.#partsOf(request).find(({ phase }) => phase === WAITING);
    return waiting?.lock.blockersOf(waiting) ?? [];
  }

  through(lease: LeaseRequest, mode: Mode): MultiLock {
    return new MultiLock(this.#partsOf(lease).map((part) => part.plan.gate.through(part, mode)));
  }

  /** Requests part after part, as long as each is granted at once; a later grant goes on here. */
  advance(request: LeaseRequest): void {
    // A part that is granted at once calls back in here: a loop, to avoid recursion.
    if (this.#advancing.has(request)) return;
    this.#advancing.add(request);
    const parts = this.#partsOf(request);
    for (const part of parts) {
      // A consumer that is told of a failure may free the lock that the request waits for.
      if (request.phase === WAITING && part.phase === ACCEPTED) part.lock.acquire(part);
      if (part.phase !== HELD) break;
    }
    this.#advancing.delete(request);
    // One of them may have been lost meanwhile.
    if (parts !== this.#partsOf(request)) {
      this.advance(request);
      return;
    }
    // Not only the last one: an earlier one may have been lost, or its lock may be failing.
    const isHeld = ({ phase, lock }: Part) => phase === HELD && !lock.failure;
    if (request.phase !== WAITING || !parts.every(isHeld)) return;
    request.phase = HELD;
    request.granted();
  }

  /** A part has been refused, or has failed with its lock. */
  fail(request: LeaseRequest, error: unknown): void {
    if (request.phase === OVER) return;
    request.phase = OVER;
    // The consumer first: its source must have ended when the other locks are released.
    try {
      request.failed(error);
    } finally {
      if (!request.isBusy()) this.end(request);
    }
  }

  /**
   * A part has lost its lease. If nobody has been told that all are held, that part and those behind
   * it in the global order are requested again: to wait for one while holding a later one could be a
   * deadlock.
   *
   * @returns whether it is requested again
   */
  requestAgain(request: LeaseRequest, lost: Part): boolean {
    const { limits, phase, options } = request;
    const isUntold = phase === WAITING || (phase === HELD && limits?.closed === false);
    if (!isUntold || lost.owner || options.ifAvailable) return false;
    request.phase = WAITING;
    const parts = this.#partsOf(request);
    const isLost = (part: Part) => !part.owner && parts.indexOf(part) >= parts.indexOf(lost);
    const again = [...parts];
    this.parts.set(request, again);
    try {
      // Before the others are released: a lock that has been closed would end.
      for (const [i, part] of parts.entries()) if (isLost(part)) again[i] = part.again();
    } catch (failure) {
      // A lock that is failing: its lease is still to be told.
      this.fail(request, failure);
    }
    for (const part of parts) if (isLost(part)) part.lock.end(part);
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it may have failed
    if (request.phase !== WAITING) return true;
    if (phase === HELD) {
      request.endLimits();
      request.limitWait();
    }
    this.advance(request);
    return true;
  }

  #partsOf(request: LeaseRequest): readonly Part[] {
    return this.parts.get(request) ?? [];
  }

  #checkFailures(request: LeaseRequest): void {
    for (const { lock } of this.#partsOf(request)) if (lock.failure) throw lock.failure.error;
  }

  /** Makes the parts of a request, if no lock or lease refuses them. */
  partsFor(request: LeaseRequest): readonly Part[] {
    const parts = this.gates.map((gate) => new Part(this, gate, request));
    this.parts.set(request, parts);
    this.#checkFailures(request);
    for (const part of parts) part.check();
    return parts;
  }

  /** Makes the parts of a request, and lets each lock accept its own. */
  #accept(request: LeaseRequest): readonly Part[] {
    const parts = this.partsFor(request);
    for (const part of parts) part.lock.accept(part, !!part.plan.gate.parent);
    return parts;
  }
}

/** The gate of several locks. */
export class AllOfGate<M extends LockMode = LockMode> extends LockGate<M> {
  declare readonly lock: MultiLock;

  override through<N extends LockMode>(lease: LeaseRequest, mode: Mode): LockGate<N> {
    return new AllOfGate<N>(this.lock.through(lease, mode), mode);
  }
}

/** The part of a request for one lock. */
export class Part extends LeaseRequest {
  readonly lock: LocalLock;
  readonly #several: MultiLock;
  whole: LeaseRequest;

  constructor(several: MultiLock, gate: LockGate, whole: LeaseRequest) {
    const { priority, label, ifAvailable } = whole.options;
    super(gate.planOf({ priority, label, ifAvailable }), {});
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its gates are not gates of several locks
    this.lock = gate.lock as LocalLock;
    this.#several = several;
    this.whole = whole;
  }

  /** Refuses to raise a lease of several locks: two owners who did so would deadlock. */
  check(): void {
    const { parent } = this.plan.gate;
    const isPart = parent instanceof Part;
    // A lease of several locks is over before the last of them is released.
    if (parent?.phase === OVER || (isPart && parent.whole.phase === OVER))
      throw releasedError(this);
    if (!isPart) return;
    const keys = (this.key as KeySet | undefined)?.keys;
    const isRaised = ({ key }: KeyMode) =>
      (modeAt(parent, key) ?? WRITE) < (modeAt(this, key) ?? 0);
    if (keys?.some(isRaised) ?? parent.modeIndex < this.modeIndex)
      throw upgradeError(this, 'a lease of several locks', 'request them all in that mode at once');
  }

  override granted(): void {
    this.#several.advance(this.whole);
  }

  override failed(error: unknown): void {
    this.#several.fail(this.whole, error);
  }

  override isBusy(): boolean {
    return this.whole.isBusy();
  }

  /** Requests what this part has lost again, unless it was lost after the grant of the whole. */
  requestAgain(): boolean {
    return this.#several.requestAgain(this.whole, this);
  }

  /** The same part once more, which its lock has accepted. */
  again(): Part {
    const part = new Part(this.#several, this.plan.gate, this.whole);
    this.lock.accept(part, true);
    return part;
  }

  /** The first part that ends ends the limits of the whole, before others are told. */
  override endLimits(): void {
    if (this.whole.phase === OVER) this.whole.endLimits();
  }
}
