import {
  EMPTY,
  finalize,
  from,
  fromEvent,
  mergeMap,
  Observable,
  Subject,
  type Subscriber,
} from 'rxjs';
import { WRITE } from '../core/LockMode.js';
import type { LockObserver, Transition } from '../core/LockObserver.js';
import { OVER, type Request } from '../core/Request.js';
import { abortReason, type LockGate, type RequestPlan } from '../lock/LockGate.js';
import type { Lease } from '../lock/LockLike.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import { attempt } from '../lock/report.js';
import { type Open, SourceRequest } from './SourceRequest.js';

/** The gate of a single lock, or of keys of it. */
type SingleGate = Pick<LockGate, 'key' | 'parent'> & { readonly lock: LocalLock };

/**
 * The live read of one consumer: reads at once, and again whenever a write that overlaps what it
 * reads has ended.
 *
 * It observes the lock, or its own keys only, so a write of another key costs it nothing. Each read
 * notes the version that it has begun with. Comparing that with the present version tells whether
 * there is something new, so no write is missed or read twice, whenever it ends.
 */
export class LiveRead<T> implements LockObserver {
  readonly #consumer: Subscriber<T>;
  #open: Open<T>;
  /** The gates of the locks that are read: more than one for a lease of several locks. */
  readonly #gates: readonly SingleGate[];
  readonly #reads = new Subject<void>();
  #run: ((step: () => void) => void) | undefined;
  /** The version that the last read has begun with. */
  #seen = NaN;
  /** From the request of a read until its release. */
  #isReading = false;
  #isStepping = false;
  /** Of how many settled changes it is still to be told. */
  #untold = 0;

  constructor(plan: RequestPlan, consumer: Subscriber<T>, open: Open<T>) {
    const { gate, options } = plan;
    const { signal } = options;
    this.#consumer = consumer;
    this.#open = open;
    this.#gates = (gate.lock.gates ?? [gate]) as readonly unknown[] as readonly SingleGate[];
    attempt(() => (this.#run = gate.lock.terms.context?.()));
    for (const { lock, key } of this.#gates) consumer.add(lock.observe(this, key));
    // The signal of a request ends its wait only.
    const abort = () =>
      this.#inContext(() => {
        if (!consumer.closed) consumer.error(abortReason(signal as AbortSignal));
      });
    if (signal) consumer.add(fromEvent(signal, 'abort').subscribe(abort));
    const read$ = new Observable<T>((reader) => new ReadRequest(plan, reader, this).start(gate));
    // A lease that is kept by other code must not keep what its read was made of.
    consumer.add(() => (this.#open = () => EMPTY));
    this.#reads
      .pipe(mergeMap(() => read$.pipe(finalize(() => this.#released()))))
      .subscribe(consumer);
    this.#read();
  }

  // Nothing else can change the version, and to be told of every change costs many readers much.
  note(transition: Transition, request: Request): boolean {
    const endsWrite = transition === 'released' && request.modeIndex === WRITE;
    return (
      endsWrite ||
      transition === 'downgraded' ||
      this.#gates.some(({ parent }) => parent === request)
    );
  }

  settle(): void {
    this.#untold++;
  }

  // A live read that is told of a write makes a request, and all observers are told of that request
  // in turn. Another live read that is still to be told of the write does nothing until then. If it
  // made its request at once, the stack would grow with the number of live reads.
  tell(): void {
    this.#untold--;
    if (this.#untold === 0) this.#go();
  }

  /** The source of a read that now holds the lock. */
  open(lease: Lease): Observable<T> {
    this.#seen = this.#version;
    return from(this.#open(lease));
  }

  get #version(): number {
    let version = 0;
    for (const { lock, key } of this.#gates) version += (lock.table.stateAt(key) ?? lock).version;
    return version;
  }

  #read(): void {
    this.#isReading = true;
    this.#reads.next();
  }

  #released(): void {
    this.#isReading = false;
    this.#go();
  }

  #go(): void {
    if (this.#next()) this.#inContext(() => this.#step());
  }

  // A source that ends synchronously calls back in here: a loop, to avoid recursion.
  #step(): void {
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next; (next = this.#next());) next();
    } finally {
      this.#isStepping = false;
    }
  }

  /** What is to be done now: nothing while a read is in progress, which a failed lock ends itself. */
  #next(): (() => void) | undefined {
    if (this.#isReading || this.#consumer.closed) return undefined;
    for (const gate of this.#gates) {
      const { failure } = gate.lock;
      if (failure) return () => this.#consumer.error(failure.error);
      if (hasEnded(gate)) return () => this.#consumer.complete();
    }
    return this.#version === this.#seen ? undefined : () => this.#read();
  }

  /** Runs a step in the context of the subscription, if that was captured. */
  #inContext(step: () => void): void {
    attempt(() => this.#run?.(step));
    // A context that has thrown is ignored. A second step finds nothing to do.
    attempt(step);
  }
}

/** Whether a gate grants no further read: its lease has been released, or its lock is closed. */
function hasEnded({ lock, parent }: SingleGate): boolean {
  return parent ? parent.phase === OVER : lock.closed;
}

/** The request of one read. */
class ReadRequest<T> extends SourceRequest<T> {
  readonly #live: LiveRead<T>;

  constructor(plan: RequestPlan, reader: Subscriber<T>, live: LiveRead<T>) {
    super(plan, reader as Subscriber<unknown>);
    this.#live = live;
  }

  protected override open(): Observable<T> {
    return this.#live.open(this);
  }
}
