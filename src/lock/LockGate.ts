import {
  asyncScheduler,
  EMPTY,
  fromEvent,
  Observable,
  type ObservableInput,
  type Observer,
  type SchedulerAction,
  type SchedulerLike,
  Subscription,
  timer,
} from 'rxjs';
import { LockError, releasedError, timeoutError } from '../core/errors.js';
import { LOCK_MODES, type LockMode, type Mode, READ, UPGRADABLE, WRITE } from '../core/LockMode.js';
import { HELD, type Key, OVER, Request, WAITING } from '../core/Request.js';
import { check, expected } from './checks.js';
import { GateAction } from './GateAction.js';
import type { Gate, LeaseOf, WriteLease } from './LockLike.js';
import { attempt } from './report.js';
import { NO_OPTIONS, ownOptions, type RequestOptions } from './RequestOptions.js';

/** What gates make requests at: the core of a lock, or several locks together. */
export interface Lockable {
  readonly terms: {
    readonly name: string;
    /** Delivers grants, if they are not delivered at once. */
    readonly scheduler: SchedulerLike | undefined;
    /** Captures the context of its caller; the result runs a function in that context. */
    readonly context: (() => RunInContext) | undefined;
  };
  /** The gates of several locks; a single lock has none. */
  readonly gates?: readonly LockGate[] | undefined;
  acquire(request: LeaseRequest): void;
  tryAcquire(request: LeaseRequest): boolean;
  /** Cancels a request, releases a lease, or does nothing if it is over. */
  end(request: LeaseRequest): void;
  downgrade(lease: LeaseRequest, mode: Mode): void;
  blockersOf(request: LeaseRequest): Iterable<Request>;
  isHeld(mode: Mode, key: Key | undefined): boolean;
}

type RunInContext = (run: () => void) => void;

/** What the requests of one operator, or of one call, have in common. */
export interface RequestPlan {
  readonly gate: LockGate;
  readonly options: RequestOptions;
  /** Gives the source of an operator, for one value or for all. */
  readonly source: (value: unknown, lease: WriteLease, index: number) => ObservableInput<unknown>;
  /** Runs what is delivered after the call that made the request in the context of that call. */
  readonly run: RunInContext | undefined;
}

/** The longest time that a timer can wait, in milliseconds: a longer one would fire at once. */
export const LONGEST = 2 ** 31 - 1;

// Compilers of `using` fall back to these symbols if the runtime has no `Symbol.dispose`.
const { dispose = Symbol.for('Symbol.dispose'), asyncDispose = Symbol.for('Symbol.asyncDispose') } =
  Symbol as { dispose?: symbol; asyncDispose?: symbol };
const DISPOSE: typeof Symbol.dispose = dispose as typeof Symbol.dispose;
const ASYNC_DISPOSE: typeof Symbol.asyncDispose = asyncDispose as typeof Symbol.asyncDispose;

/**
 * The request that a gate makes; once granted, the same object is the lease.
 *
 * It tells an observer: `next` when it is granted, `error` when it is refused or its lock fails,
 * `complete` when the lease is about to be released by hand.
 *
 * Private helpers are functions: V8 would add a mark to each object of a class with private methods.
 */
export class LeaseRequest extends Request implements WriteLease {
  plan: RequestPlan;
  readonly observer: Partial<Observer<WriteLease>>;
  /** What ends with the wait, or with the delivery of the grant: timer, listener, action. */
  limits: Subscription | undefined = undefined;

  constructor(plan: RequestPlan, observer: Partial<Observer<WriteLease>>) {
    super(plan.gate.modeIndex);
    this.plan = plan;
    this.observer = observer;
  }

  get options(): RequestOptions {
    return this.plan.options;
  }

  get key(): Key | undefined {
    return this.plan.gate.key;
  }

  get lockName(): string {
    return this.plan.gate.name;
  }

  get reader(): Gate<'read'> {
    return this.plan.gate.through(this, READ);
  }

  get upgradable(): Gate<'upgradable'> {
    return this.plan.gate.through(this, UPGRADABLE);
  }

  get writer(): Gate<'write'> {
    return this.plan.gate.through(this, WRITE);
  }

  get released(): boolean {
    return this.phase === OVER;
  }

  // Vue and others wrap only what looks like a plain object, and a lock must not be wrapped.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'Lease';
  }

  override takeParent(): Request | undefined {
    const { gate } = this.plan;
    if (gate.parent) this.plan = { ...this.plan, gate: gate.unnested };
    return gate.parent;
  }

  downgrade(mode: LockMode): void {
    checkThis(this, 'downgrade');
    if (this.phase !== HELD) throw releasedError(this);
    const index = LOCK_MODES.indexOf(mode) as Mode;
    if (!(index in LOCK_MODES) || index > this.modeIndex)
      throw expected('mode', `at most the mode of the lease, ${this.mode}`, mode);
    if (index < this.modeIndex) this.plan.gate.lock.downgrade(this, index);
  }

  release(): void {
    checkThis(this, 'release');
    // The observer first, the lock second: the order in which `finalize` would run.
    try {
      if (this.phase === HELD) this.observer.complete?.();
    } finally {
      this.leave();
    }
  }

  [DISPOSE](): void {
    this.release();
  }

  [ASYNC_DISPOSE](): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  /** A request is added as it is to the subscription of whoever made it. */
  unsubscribe(): void {
    this.leave();
  }

  /** Cancels the request, or releases the lease. */
  leave(): void {
    this.plan.gate.lock.end(this);
  }

  /** Leaves and errors. */
  fail(error: unknown): void {
    this.leave();
    this.failed(error);
  }

  /** The request waits: from now on its options may end it. */
  limitWait(): void {
    const { gate, options } = this.plan;
    const { waitTimeout = Infinity } = options;
    capture(this);
    const limits = untilAborted(this);
    const timeout = () => {
      const blockers = gate.lock.blockersOf(this);
      // It waits in the queue, or has been accepted and waits to join it.
      if (this.phase <= WAITING) this.fail(timeoutError(this, waitTimeout, blockers));
    };
    if (waitTimeout <= LONGEST) limits.add(timer(waitTimeout).subscribe(timeout));
  }

  override granted(): void {
    const { gate, options } = this.plan;
    this.endLimits();
    if (gate.lock.terms.scheduler) deliverOn(this, gate.lock.terms.scheduler);
    // Its abort listener may not have run yet: another one may have caused this grant.
    else if (options.signal?.aborted) this.fail(abortReason(options.signal));
    else if (this.plan.run) this.deliver();
    else this.begin();
  }

  override failed(error: unknown): void {
    this.endLimits();
    this.inContext(() => this.observer.error?.(error));
  }

  override endLimits(): void {
    // A listener of a foreign signal may throw.
    if (this.limits) attempt(this.limits.unsubscribe.bind(this.limits));
  }

  /** Tells the observer that the lock is held. */
  protected begin(): void {
    this.observer.next?.(this);
  }

  deliver(): void {
    this.inContext(() => this.begin());
  }

  /** Runs a delivery in the context of the call that made the request, if that was captured. */
  inContext(deliver: () => void): void {
    const { run } = this.plan;
    if (!run) {
      deliver();
      return;
    }
    this.plan = { ...this.plan, run: undefined };
    let isDelivered = false;
    const once = () => {
      if (isDelivered) return;
      isDelivered = true;
      deliver();
    };
    attempt(() => {
      run(once);
      if (!isDelivered) throw new TypeError('the result of context did not run what it was given');
    });
    once();
  }
}

function deliverOn(request: LeaseRequest, scheduler: SchedulerLike): void {
  capture(request);
  const limits = untilAborted(request);
  const deliver = () => {
    if (limits.closed) return;
    request.endLimits();
    // What is thrown here must not reach the scheduler, which serves others as well.
    attempt(() => request.deliver());
  };
  if (limits.closed) return;
  try {
    const action = scheduler.schedule(deliver);
    limits.add(action);
    // The gate of a lock that has been closed, as a scheduler, cancels what it can't run. It may
    // have done so, or have delivered, by now.
    action.add(() => {
      if (!limits.closed)
        request.fail(new LockError(`${request.lockName}: its scheduler cancelled a grant`));
    });
  } catch (error) {
    request.fail(error);
  }
}

// A signal may be a foreign object, and call back while it is listened to: the limits are in
// place before, so that they are closed if the request ends.
function untilAborted(request: LeaseRequest): Subscription {
  const { signal } = request.plan.options;
  const limits = (request.limits = new Subscription());
  const abort = () => request.fail(abortReason(signal as AbortSignal));
  if (signal?.aborted) abort();
  else if (signal) limits.add(fromEvent(signal, 'abort').subscribe(abort));
  return limits;
}

function capture(request: LeaseRequest): void {
  const { context } = request.plan.gate.lock.terms;
  if (!context || request.plan.run) return;
  let run: RunInContext = (deliver) => deliver();
  attempt(() => {
    const captured: unknown = context();
    check('the result of context', captured ?? null, 'function');
    run = captured as RunInContext;
  });
  request.plan = { ...request.plan, run };
}

/** The reason of a signal that has aborted. Some platforms' signals have none. */
export function abortReason({ reason }: AbortSignal): unknown {
  if (reason !== undefined) return reason;
  return Object.assign(new Error('the request was aborted'), { name: 'AbortError' });
}

export function checkThis(lease: unknown, method: string): void {
  if (lease instanceof LeaseRequest) return;
  throw new TypeError(`${method} was called without its lease: write () => lease.${method}()`);
}

/** The gate of a lock, of a key, or of several of them. */
export class LockGate<M extends LockMode = LockMode> implements Gate<M> {
  readonly lock: Lockable;
  readonly modeIndex: Mode;
  readonly key: Key | undefined;
  readonly parent: LeaseRequest | undefined;
  /** What requests without conditions have in common. */
  readonly plan: RequestPlan;

  constructor(lock: Lockable, mode: Mode, key?: Key, parent?: LeaseRequest) {
    this.lock = lock;
    this.modeIndex = mode;
    this.key = key;
    this.parent = parent;
    this.plan = this.planOf(NO_OPTIONS);
  }

  get mode(): M {
    return LOCK_MODES[this.modeIndex] as M;
  }

  get locked(): boolean {
    return this.lock.isHeld(this.modeIndex, this.key);
  }

  get name(): string {
    return `${this.lock.terms.name}${this.key?.toString() ?? ''}`;
  }

  get unnested(): LockGate {
    return new LockGate(this.lock, this.modeIndex, this.key);
  }

  through<N extends LockMode>(lease: LeaseRequest, mode: Mode): LockGate<N> {
    return new LockGate<N>(this.lock, mode, this.key?.inOneMode(), lease);
  }

  // Stryker disable next-line ArrowFunction: the requests of a plan without a source never call it
  planOf(options: RequestOptions, source: RequestPlan['source'] = () => EMPTY): RequestPlan {
    return { gate: this, options, source, run: undefined };
  }

  request(request: LeaseRequest): void {
    const { signal, waitTimeout } = request.plan.options;
    if (signal?.aborted) request.failed(abortReason(signal));
    else {
      this.lock.acquire(request);
      const isLimited = signal ?? waitTimeout ?? this.lock.terms.context;
      if (isLimited !== undefined && request.phase < HELD) request.limitWait();
    }
  }

  acquire(options?: RequestOptions): Observable<LeaseOf[M]> {
    const plan = this.#planOf(options);
    return new Observable<WriteLease>((subscriber) => {
      const request = new LeaseRequest(plan, subscriber);
      this.request(request);
      return request;
    });
  }

  lease(options?: RequestOptions): Promise<LeaseOf[M]> {
    const plan = this.#planOf(options);
    return new Promise<WriteLease>((resolve, reject) => {
      this.request(new LeaseRequest(plan, { next: resolve, error: reject }));
    });
  }

  tryAcquire(options?: Pick<RequestOptions, 'priority' | 'label'>): LeaseOf[M] | undefined {
    const request = new LeaseRequest(this.#planOf(options), NOBODY);
    return this.lock.tryAcquire(request) ? request : undefined;
  }

  schedule<T>(
    work: (this: SchedulerAction<T>, state: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    if (typeof work !== 'function') throw expected('work', 'a function', work);
    return new GateAction<T>(this, work).schedule(state, delay);
  }

  now(): number {
    return asyncScheduler.now();
  }

  // Vue and others wrap only what looks like a plain object, and a lock must not be wrapped.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'Gate';
  }

  #planOf(options: RequestOptions | undefined): RequestPlan {
    // Stryker disable next-line ConditionalExpression: it only saves a plan
    return options === undefined ? this.plan : this.planOf(ownOptions(options));
  }
}

/** Every gate of this package, of whichever copy, has this method. */
export function isGate(gate: unknown): gate is LockGate {
  return typeof (gate as Partial<LockGate> | null | undefined)?.request === 'function';
}

/** The observer of a request whose answer is a return value. */
const NOBODY = {};
