import { Observable, type Observer, of, type Subscription } from 'rxjs';
import {
  type Lease,
  type LockMode,
  type LockState,
  ReadWriteLock,
  withLiveReadLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import {
  clientOf,
  DOWNGRADES,
  type LogEntry,
  nameOf,
  nestedIn,
  type ReadAgain,
  REQUESTED_INSIDE,
  type RequestingKind,
  REQUESTS,
  RESTARTS,
  type Side,
  type SourceKind,
  type Step,
  type Terms,
} from './steps.js';

/** The clients on a real lock, by its public surface alone. */
export class RealSide implements Side {
  readonly log: LogEntry[] = [];
  readonly #lock: ReadWriteLock;
  readonly #clients: number;
  readonly #leases = new Map<string, Lease>();
  readonly #sources = new Map<string, Observer<number>>();
  readonly #subscriptions = new Map<string, Subscription>();
  #requested = 0;

  constructor(
    { policy, clients }: Terms,
    lock: ReadWriteLock = new ReadWriteLock({ policy: POLICIES[policy] }),
  ) {
    this.#lock = lock;
    this.#clients = clients;
  }

  get state(): LockState {
    return this.#lock.state;
  }

  do(step: Step): void {
    switch (step.do) {
      case 'request': {
        this.#request(step.name, step.mode, step.source, step.again);
        return;
      }
      case 'nest': {
        this.#nest(step.name, step.mode);
        return;
      }
      case 'complete':
        return this.#sources.get(step.name)?.complete();
      case 'fail':
        return this.#sources.get(step.name)?.error('x');
      case 'unsubscribe': {
        this.#unsubscribe(step.name);
        return;
      }
      case 'downgrade': {
        this.#downgrade(step.name, step.mode);
        return;
      }
      case 'close lock': {
        this.#lock.complete();
        return;
      }
      case 'fail lock': {
        this.#lock.error('boom');
        return;
      }
    }
  }

  #request(name: string, mode: LockMode, kind: SourceKind, again?: ReadAgain): void {
    this.#requested = clientOf(name) + 1;
    const source = this.#source(name, kind, again);
    this.#subscribe(name, kind, this.#held(this.#lock, name, mode, source, again));
  }

  #nest(name: string, mode: LockMode): void {
    const lease = this.#leases.get(name) as Lease;
    const nested = nestedIn(name);
    this.#subscribe(
      nested,
      'async',
      this.#held(lease, nested, mode, this.#source(nested, 'async')),
    );
  }

  #downgrade(name: string, mode: 'read' | 'upgradable'): void {
    this.#note(name, DOWNGRADES[mode]);
    (this.#leases.get(name) as WriteLease).downgrade(mode);
  }

  #held(
    lock: ReadWriteLock | Lease,
    name: string,
    mode: LockMode,
    source: Observable<number>,
    again?: ReadAgain,
  ): Observable<number> {
    this.#note(name, REQUESTS[mode]);
    if (again === 'live') return source.pipe(withLiveReadLock(lock));
    if (again === 'yielding')
      return source.pipe(withYieldingReadLock(lock, { restarts: RESTARTS }));
    // Readers take the operator in its plain form, the others in that with a function.
    if (mode === 'read') return source.pipe(withReadLock(lock));
    const project = (_: unknown, lease: Lease) => {
      this.#leases.set(name, lease);
      return source;
    };
    return mode === 'write'
      ? of(name).pipe(withWriteLock(lock, project))
      : of(name).pipe(withUpgradableLock(lock, project));
  }

  /** What reads again emits how often it has read. */
  #source(name: string, kind: SourceKind, again?: ReadAgain): Observable<number> {
    let reads = 0;
    return new Observable((subscriber) => {
      this.#note(name, 'granted');
      this.#sources.set(name, subscriber);
      subscriber.add(() => {
        this.#note(name, 'cleans up');
        if (kind === 'in teardown') this.#requestInside(kind);
      });
      if (again) subscriber.next(++reads);
      if (kind === 'sync') subscriber.complete();
      if (kind === 'in grant') this.#requestInside(kind);
      if (kind === 'cancelling') this.#unsubscribe(nameOf(clientOf(name) + 1));
    });
  }

  #subscribe(name: string, kind: SourceKind, held: Observable<number>): void {
    const observer: Partial<Observer<number>> = {
      next: (read) => this.#note(name, `shows ${read}`),
      error: (error: unknown) =>
        this.#note(name, `errors ${error instanceof Error ? error.name : String(error)}`),
      complete: () => {
        this.#note(name, 'completes');
        if (kind === 'in completion') this.#requestInside(kind);
      },
    };
    this.#subscriptions.set(name, held.subscribe(observer));
  }

  #requestInside(kind: RequestingKind): void {
    if (this.#requested < this.#clients)
      this.#request(nameOf(this.#requested), REQUESTED_INSIDE[kind], 'async');
  }

  #unsubscribe(name: string): void {
    const subscription = this.#subscriptions.get(name);
    if (!subscription || subscription.closed) return;
    this.#note(name, 'unsubscribes');
    subscription.unsubscribe();
  }

  #note(name: string, what: string): void {
    this.log.push({ name, what });
  }
}
