import { from, fromEvent, map, Observable, type Subscriber, takeUntil, toArray } from 'rxjs';
import type { LockObserver, Transition } from '../core/LockObserver.js';
import { ACCEPTED, GRANTED, HELD, OVER, type Request } from '../core/Request.js';
import { abortReason, type RequestPlan } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { attempt } from '../lock/report.js';
import { type Open, SourceRequest } from './SourceRequest.js';

/**
 * Runs a source for one consumer, and runs it again when it has yielded to a conflicting request.
 *
 * Each run has a request of its own. When a run yields, the request of the next run is accepted by
 * the lock, so that closing the lock still serves it, but joins the queue only when the conflicting
 * request no longer waits: in the queue, its policy or priority could put it first.
 */
export class YieldingRead<T> implements LockObserver {
  readonly #consumer: Subscriber<T>;
  readonly #plan: RequestPlan;
  /** The lock that is observed, if the read may yield. */
  readonly #core: LocalLock | undefined;
  #open: Open<T> | undefined;
  /** How many times it may still yield. */
  #left: number;
  /** The number of the conflicting request that it yields to, and whether that one waits. */
  #rival = NaN;
  #rivalWaits = false;
  /** The request of the present run, or of the next. */
  #request: SourceRequest<T[]>;
  /** The request of the run before. It ends late if its source is still being subscribed. */
  #before: Request | undefined = undefined;
  #isLate = false;
  #isRestarting = false;

  constructor(plan: RequestPlan, consumer: Subscriber<T>, open: Open<T>, restarts: number) {
    const { gate, options } = plan;
    const { signal } = options;
    let run: RequestPlan['run'];
    const source: RequestPlan['source'] = (_, lease) => {
      const run$ = from((this.#open as Open<T>)(lease));
      // The signal of a request ends its wait only.
      return (signal ? run$.pipe(takeUntil(abortOf(signal))) : run$).pipe(toArray());
    };
    // A lease of several locks has gates of several locks, which have no observers.
    if (restarts > 0 && !gate.parent && 'observe' in gate.lock) this.#core = gate.lock as LocalLock;
    // A later request is made inside a call of another owner, which has another context.
    if (this.#core) attempt(() => (run = gate.lock.terms.context?.()));
    this.#consumer = consumer;
    this.#open = open;
    this.#plan = { ...plan, run, source };
    this.#left = this.#core ? restarts : 0;
    consumer.add(() => this.#finish());
    if (this.#core) consumer.add(this.#core.observe(this, gate.key));
    this.#request = this.#newRequest();
    if (!this.#request.closed) gate.request(this.#request);
  }

  note(transition: Transition, other: Request): boolean {
    const isQueued = transition === 'queued';
    // A request that takes the place of the one that it yields to has the same number.
    if (other.order === this.#rival) this.#rivalWaits = isQueued;
    else if (isQueued && !this.#rivalWaits && this.#isInTheWay(other)) {
      this.#rival = other.order;
      this.#rivalWaits = true;
    } else return this.#isLate && other === this.#before;
    return true;
  }

  settle(): void {}

  tell(): void {
    const core = this.#core as LocalLock;
    // A lock that fails ends its leases and its accepted requests itself.
    if (core.failure) return;
    if (this.#rivalWaits && isGranted(this.#request)) this.#yield(core);
    // A source that is cut off while it is subscribed calls back in here: a loop, to avoid recursion.
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    while (this.#isDue) attempt(() => core.acquire(this.#request));
    this.#isRestarting = false;
  }

  /** Cancels the request, unless it has been granted, and makes no other. */
  cancel(): void {
    this.#stop();
    if (this.#request.phase < HELD) this.#request.leave();
  }

  get #isDue(): boolean {
    const { phase } = this.#request;
    return !this.#rivalWaits && phase === ACCEPTED && (this.#before as Request).phase === OVER;
  }

  /** Whether a request waits for the present run, or has taken a place in front of the next one. */
  #isInTheWay(other: Request): boolean {
    const request = this.#request;
    const mayYield = request.phase === ACCEPTED || (this.#left > 0 && isGranted(request));
    return mayYield && (this.#core as LocalLock).table.conflict(other, request);
  }

  #yield(core: LocalLock): void {
    const before = this.#request;
    const next = this.#newRequest();
    this.#left--;
    this.#before = before;
    this.#request = next;
    // Before the lock is released: it may have been closed, and would end. Closing it does not
    // refuse the rest of a read that it has accepted.
    core.accept(next, true);
    // Its limits count from here; what waits now counts as earlier, in messages.
    next.order = core.newest;
    next.limitWait();
    attempt(() => before.observer.unsubscribe());
    this.#isLate = before.phase !== OVER;
  }

  /** The request of a run. Its values reach the consumer when the run is complete. */
  #newRequest(): SourceRequest<T[]> {
    const consumer = this.#consumer;
    let request!: SourceRequest<T[]>;
    const run$ = new Observable<T[]>((subscriber) => {
      request = new SourceRequest<T[]>(this.#plan, subscriber as Subscriber<unknown>);
      return request;
    });
    const run = run$.subscribe({
      next: (values) => {
        this.#stop();
        for (const value of values) consumer.next(value);
      },
      error: (error: unknown) => {
        this.#stop();
        consumer.error(error);
      },
      complete: () => consumer.complete(),
    });
    consumer.add(run);
    return request;
  }

  /** From now on it does not yield: its run has ended, or its consumer has gone. */
  #stop(): void {
    this.#left = 0;
    this.#rival = NaN;
    this.#rivalWaits = false;
  }

  #finish(): void {
    this.#stop();
    // A lease that is kept by other code must not keep the source.
    this.#open = undefined;
  }
}

function isGranted({ phase }: Request): boolean {
  return phase === GRANTED || phase === HELD;
}

/** Errors with the reason of a signal when that aborts. */
function abortOf(signal: AbortSignal): Observable<never> {
  const fail = () => {
    throw abortReason(signal);
  };
  return fromEvent(signal, 'abort').pipe(map(fail));
}
