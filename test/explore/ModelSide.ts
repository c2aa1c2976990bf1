import type { LockMode, LockState } from 'rxjs-rwlock';
import {
  ALL,
  type Clients,
  type ReferenceLock,
  type Request,
  type Wanted,
} from '../model/ReferenceLock.js';
import {
  clientOf,
  DOWNGRADES,
  isNested,
  type LogEntry,
  nameOf,
  nestedIn,
  REQUESTED_INSIDE,
  type RequestingKind,
  REQUESTS,
  type Side,
  type SourceKind,
  type Step,
  type Terms,
} from './steps.js';

export interface ModelWanted extends Wanted {
  readonly source: SourceKind;
  /** Whether its operator has a project function: then it completes after its source has ended. */
  readonly merged: boolean;
}

export type ModelRequest = Request<ModelWanted>;
export type ModelLock = ReferenceLock<ModelWanted>;
export type MakeLock = (clients: Clients<ModelWanted>) => ModelLock;

/** The clients on a reference lock, or on one with a fault. */
export class ModelSide implements Side, Clients<ModelWanted> {
  readonly terms: Terms;
  readonly lock: ModelLock;
  readonly log: LogEntry[] = [];
  /** How many clients have made their request. */
  requested = 0;
  /** The requests whose `subscribe` has not returned: nobody can unsubscribe them. */
  readonly #subscribing = new Set<string>();
  /** The requests that complete after the release of their leases. */
  readonly #completing = new Set<string>();

  constructor(terms: Terms, makeLock: MakeLock) {
    this.terms = terms;
    this.lock = makeLock(this);
  }

  /** The same clients in the same state, to go on from it more than once. */
  fork(): ModelSide {
    const fork = new ModelSide(this.terms, (clients) => this.lock.fork(clients));
    fork.requested = this.requested;
    return fork;
  }

  get state(): LockState {
    return this.lock.state;
  }

  do(step: Step): void {
    switch (step.do) {
      case 'request':
        this.#request(step.name, step.mode, step.source);
        break;
      case 'nest':
        this.#subscribe(nestedIn(step.name), step.mode, 'async');
        break;
      case 'complete':
        this.#end(step.name, 'completes');
        break;
      case 'fail':
        this.#end(step.name, 'errors x');
        break;
      case 'unsubscribe':
        this.#unsubscribe(step.name);
        break;
      case 'downgrade':
        this.#note(step.name, DOWNGRADES[step.mode]);
        this.lock.downgrade(step.name, step.mode);
        break;
      case 'close lock':
        this.lock.close();
        break;
      case 'fail lock':
        this.lock.fail('boom');
    }
  }

  granted({ name, source }: ModelRequest): void {
    this.#note(name, 'granted');
    if (source === 'sync') this.#end(name, 'completes');
    if (source === 'in grant') this.#requestInside(source);
    if (source === 'cancelling') this.#unsubscribe(nameOf(clientOf(name) + 1));
  }

  failed({ name }: ModelWanted, error: string): void {
    this.#note(name, `errors ${error}`);
    const lease = this.#leaseOf(name);
    if (lease) this.#cleanUp(lease);
  }

  #request(name: string, mode: LockMode, source: SourceKind): void {
    this.requested = clientOf(name) + 1;
    this.#subscribe(name, mode, source);
  }

  #requestInside(kind: RequestingKind): void {
    const { requested, terms } = this;
    if (requested < terms.clients)
      this.#request(nameOf(requested), REQUESTED_INSIDE[kind], 'async');
  }

  #subscribe(name: string, mode: LockMode, source: SourceKind): void {
    const parent = isNested(name) ? nameOf(clientOf(name)) : undefined;
    this.#note(name, REQUESTS[mode]);
    this.#subscribing.add(name);
    const modes = new Map([[ALL, mode]]);
    this.lock.acquire({ name, modes, parent, source, merged: mode !== 'read' });
    this.#subscribing.delete(name);
  }

  /** The consumer is told how the source has ended, the source cleans up, the lock is released. */
  #end(name: string, how: 'completes' | 'errors x' | 'unsubscribes'): void {
    const lease = this.#leaseOf(name);
    if (!lease) return;
    const completesLate = lease.merged && how === 'completes';
    if (completesLate) this.#completing.add(name);
    else this.#tellEnd(lease, how);
    this.#cleanUp(lease);
    this.lock.end(name);
    // A request that was granted by this release may have unsubscribed it.
    if (completesLate && this.#completing.delete(name)) this.#tellEnd(lease, how);
  }

  #tellEnd({ name, source }: ModelRequest, how: string): void {
    this.#note(name, how);
    if (how === 'completes' && source === 'in completion') this.#requestInside(source);
  }

  #cleanUp({ name, source }: ModelRequest): void {
    this.#note(name, 'cleans up');
    if (source === 'in teardown') this.#requestInside(source);
  }

  #unsubscribe(name: string): void {
    if (this.#subscribing.has(name)) return;
    const { waiting, undelivered } = this.lock;
    const hasNoSource = [...waiting, ...undelivered].some((request) => request.name === name);
    if (this.#completing.delete(name)) this.#note(name, 'unsubscribes');
    else if (hasNoSource) {
      this.#note(name, 'unsubscribes');
      this.lock.end(name);
    } else this.#end(name, 'unsubscribes');
  }

  #leaseOf(name: string): ModelRequest | undefined {
    return this.lock.held.find((lease) => lease.name === name);
  }

  #note(name: string, what: string): void {
    this.log.push({ name, what });
  }
}
