import { Observable, type Observer, of, Subject, type Subscription } from 'rxjs';
import {
  fifo,
  type Lease,
  type LockMode,
  phaseFair,
  readersFirst,
  ReadWriteLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  type WriteLease,
  writersFirst,
} from 'rxjs-rwlock';
import {
  ASKED_INSIDE,
  clientOf,
  nameOf,
  nestedIn,
  type SourceKind,
  type Step,
  type Terms,
} from './steps.js';

const POLICIES = { fifo, phaseFair, writersFirst, readersFirst };

/** Clients of a real lock, by its public surface alone. */
export class RealSide {
  readonly log: string[] = [];
  readonly lock: ReadWriteLock;
  readonly #clients: number;
  readonly #leases = new Map<string, Lease>();
  readonly #ends = new Map<string, Subject<never>>();
  readonly #subscriptions = new Map<string, Subscription>();
  #asked = 0;

  constructor({ policy, clients }: Terms) {
    this.lock = new ReadWriteLock({ policy: POLICIES[policy] });
    this.#clients = clients;
  }

  do(step: Step): void {
    switch (step.do) {
      case 'ask': {
        this.#ask(step.name, step.mode, step.source);
        return;
      }
      case 'nest': {
        this.#nest(step.name, step.mode);
        return;
      }
      case 'complete':
        return this.#ends.get(step.name)?.complete();
      case 'fail':
        return this.#ends.get(step.name)?.error('x');
      case 'unsubscribe':
        return this.#subscriptions.get(step.name)?.unsubscribe();
      case 'downgrade': {
        (this.#leases.get(step.name) as WriteLease).downgrade(step.mode);
        return;
      }
      case 'close lock': {
        this.lock.complete();
        return;
      }
      case 'fail lock': {
        this.lock.error('boom');
        return;
      }
    }
  }

  #ask(name: string, mode: LockMode, kind: SourceKind): void {
    this.#asked = clientOf(name) + 1;
    this.#subscribe(name, this.#held(this.lock, name, mode, this.#source(name, kind)));
  }

  #nest(name: string, mode: LockMode): void {
    const lease = this.#leases.get(name) as Lease;
    const nested = nestedIn(name);
    this.#subscribe(nested, this.#held(lease, nested, mode, this.#source(nested, 'async')));
  }

  #held(
    lock: ReadWriteLock | Lease,
    name: string,
    mode: LockMode,
    source: Observable<never>,
  ): Observable<never> {
    this.log.push(`${name} asks ${mode}`);
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

  #source(name: string, kind: SourceKind): Observable<never> {
    return new Observable((subscriber) => {
      this.log.push(`${name} granted`);
      const end = new Subject<never>();
      this.#ends.set(name, end);
      subscriber.add(end.subscribe(subscriber));
      subscriber.add(() => this.log.push(`${name} cleans up`));
      if (kind === 'sync') end.complete();
      if (kind === 'asking' && this.#asked < this.#clients)
        this.#ask(nameOf(this.#asked), ASKED_INSIDE, 'async');
    });
  }

  #subscribe(name: string, held: Observable<never>): void {
    const observer: Partial<Observer<never>> = {
      error: (error: unknown) =>
        this.log.push(`${name} errors ${error instanceof Error ? error.name : String(error)}`),
      complete: () => this.log.push(`${name} completes`),
    };
    this.#subscriptions.set(name, held.subscribe(observer));
  }
}
