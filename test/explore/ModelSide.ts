import type { LockMode, LockState } from 'rxjs-rwlock';
import {
  ALL,
  type Clients,
  type ReferenceLock,
  type Request,
  type Wanted,
} from '../model/ReferenceLock.js';
import { mayRunAnew, nextOfLive, rivalOf } from '../model/readsAgain.js';
import {
  clientOf,
  DOWNGRADES,
  firstRunOf,
  isNested,
  type LogEntry,
  nameOf,
  nestedIn,
  nextRunOf,
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

export interface ModelWanted extends Wanted {
  readonly source: SourceKind;
  /** Whether its operator has a project function: then it completes after its source has ended. */
  readonly merged: boolean;
  readonly again?: ReadAgain | undefined;
}

interface Yielded {
  /** The place of the request that it has yielded to. */
  readonly to: number;
  /** The request of the run before. */
  readonly before: string;
  /** Whether that releases the lock late, as its source was still being subscribed. */
  readonly isLate: boolean;
}

/** What is to be known of a read that reads again, beside its request. */
export interface Reader {
  readonly again: ReadAgain;
  readonly source: SourceKind;
  /** The name of its request; there are more of a read that yields. */
  readonly request: string;
  /** How often its source has been subscribed. */
  readonly reads: number;
  /** Of a live read: how many writes had ended when it last began to read, and whether it has read. */
  readonly seen: number;
  readonly isIdle: boolean;
  /** Of a yielding read: how often it has yielded. */
  readonly yields: number;
  readonly yielded?: Yielded | undefined;
}

export type ModelRequest = Request<ModelWanted>;
export type ModelLock = ReferenceLock<ModelWanted>;
export type MakeLock = (clients: Clients<ModelWanted>) => ModelLock;

const MODES = {
  read: new Map([[ALL, 'read' as const]]),
  upgradable: new Map([[ALL, 'upgradable' as const]]),
  write: new Map([[ALL, 'write' as const]]),
};

/** The clients on a reference lock, or on one with a fault. */
export class ModelSide implements Side, Clients<ModelWanted> {
  readonly terms: Terms;
  readonly lock: ModelLock;
  readonly log: LogEntry[] = [];
  /** How many clients have made their request. */
  requested = 0;
  /** The requests whose `subscribe` has not returned: nobody can unsubscribe them. */
  readonly #subscribing = new Set<string>();
  /** Those that read again, in the order in which they were subscribed. */
  readonly #readers = new Map<string, Reader>();
  /** The reads that are still to be told of a change. */
  readonly #untold = new Set<string>();
  /** The reads whose source is being subscribed: one that yields holds the lock until it has been. */
  readonly #opening = new Set<string>();
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
    for (const [name, reader] of this.#readers) fork.#readers.set(name, reader);
    return fork;
  }

  get state(): LockState {
    return this.lock.state;
  }

  get readers(): Iterable<Reader> {
    return this.#readers.values();
  }

  /** The reads that neither hold the lock nor wait in the queue, and may read again. */
  get between(): string[] {
    const isBetween = ({ isIdle, yielded }: Reader) => isIdle || yielded !== undefined;
    return [...this.#readers].flatMap(([name, reader]) => (isBetween(reader) ? name : []));
  }

  do(step: Step): void {
    switch (step.do) {
      case 'request':
        this.#request(step.name, step.mode, step.source, step.again);
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

  granted({ name: request, source }: ModelRequest): void {
    const name = firstRunOf(request);
    const reader = this.#readers.get(name);
    this.#note(name, 'granted');
    this.#opening.add(name);
    if (reader) this.#reads(name, reader);
    if (source === 'sync') this.#end(name, 'completes');
    if (source === 'in grant') this.#requestInside(source);
    if (source === 'cancelling') this.#unsubscribe(nameOf(clientOf(name) + 1));
    this.#opening.delete(name);
    this.#releaseLate(name, request);
  }

  #releaseLate(name: string, request: string): void {
    const yielded = this.#readers.get(name)?.yielded;
    if (yielded?.before !== request || !yielded.isLate) return;
    this.lock.end(request);
    const reader = this.#readers.get(name);
    if (reader?.yielded === yielded)
      this.#readers.set(name, { ...reader, yielded: { ...yielded, isLate: false } });
  }

  failed({ name: request }: ModelWanted, error: string): void {
    const name = firstRunOf(request);
    this.#readers.delete(name);
    this.#note(name, `errors ${error}`);
    const lease = this.#leaseOf(name);
    if (lease) this.#cleanUp(lease);
  }

  /** Tells the reads one after the other, the live ones first. */
  changed(): void {
    const { held } = this.lock;
    // One that has released the lock late is told of that first, then each of the grant of what it has
    // yielded to.
    const freed = ({ again, yielded }: Reader) =>
      again === 'live' || yielded?.isLate
        ? -Infinity
        : held.findIndex(({ place }) => place === yielded?.to);
    const inTurn = [...this.#readers].filter(
      ([name]) => !this.#untold.has(name) && this.#due(name) !== undefined,
    );
    inTurn.sort(([, a], [, b]) => freed(a) - freed(b) || 0);
    for (const [name] of inTurn) this.#untold.add(name);
    for (const [name] of inTurn) {
      this.#untold.delete(name);
      this.#due(name)?.();
    }
  }

  /** What a read that may read again does now. */
  #due(name: string): (() => void) | undefined {
    const reader = this.#readers.get(name);
    if (reader?.isIdle) return this.#nextOfLive(name, reader);
    if (reader?.again !== 'yielding' || this.lock.failure !== undefined) return undefined;
    const { yielded } = reader;
    return yielded ? this.#nextRun(name, reader, yielded) : this.#yields(name, reader);
  }

  #nextOfLive(name: string, reader: Reader): (() => void) | undefined {
    const { lock } = this;
    const next = nextOfLive(lock, { modes: MODES.read }, reader.seen);
    if (next === 'reads')
      return () => {
        this.#readers.set(name, { ...reader, isIdle: false });
        this.#acquire(name, 'read', reader);
      };
    return (
      next &&
      (() => {
        this.#readers.delete(name);
        if (next === 'completes') this.#tellEnd(name, reader.source, next);
        else this.#note(name, `errors ${lock.failure}`);
      })
    );
  }

  #nextRun(name: string, reader: Reader, { to, before }: Yielded): (() => void) | undefined {
    if (!mayRunAnew(this.lock, to, before)) return undefined;
    return () => {
      this.#readers.set(name, { ...reader, yielded: undefined });
      this.#acquire(reader.request, 'read', reader);
    };
  }

  #yields(name: string, reader: Reader): (() => void) | undefined {
    const { lock } = this;
    const { request, yields } = reader;
    const run = lock.held.find((lease) => lease.name === request);
    const rival = run && yields < RESTARTS && rivalOf(lock, run);
    if (!run || !rival) return undefined;
    return () => {
      const next = nextRunOf(request);
      const isLate = this.#opening.has(name);
      const yielded = { to: rival.place, before: request, isLate };
      this.#readers.set(name, { ...reader, request: next, yields: yields + 1, yielded });
      lock.accept({ ...run, name: next });
      if (!lock.undelivered.includes(run)) this.#cleanUp(run);
      if (!isLate) lock.end(request);
    };
  }

  /** It has been granted: its source is subscribed. */
  #reads(name: string, reader: Reader): void {
    const reads = reader.reads + 1;
    this.#readers.set(name, { ...reader, reads, seen: this.lock.version });
    if (reader.again === 'live') this.#note(name, `shows ${reads}`);
  }

  #request(name: string, mode: LockMode, source: SourceKind, again?: ReadAgain): void {
    this.requested = clientOf(name) + 1;
    const nothing = { reads: 0, seen: 0, isIdle: false, yields: 0 };
    if (again) this.#readers.set(name, { again, source, request: name, ...nothing });
    this.#subscribe(name, mode, source, again);
  }

  #requestInside(kind: RequestingKind): void {
    const { requested, terms } = this;
    if (requested < terms.clients)
      this.#request(nameOf(requested), REQUESTED_INSIDE[kind], 'async');
  }

  #subscribe(name: string, mode: LockMode, source: SourceKind, again?: ReadAgain): void {
    this.#note(name, REQUESTS[mode]);
    this.#subscribing.add(name);
    this.#acquire(name, mode, { source, again });
    this.#subscribing.delete(name);
  }

  #acquire(name: string, mode: LockMode, of: Pick<ModelWanted, 'source' | 'again'>): void {
    const parent = isNested(name) ? nameOf(clientOf(name)) : undefined;
    const { source, again } = of;
    const merged = mode !== 'read';
    this.lock.acquire({ name, modes: MODES[mode], parent, source, again, merged });
  }

  /** The consumer is told how the source has ended, the source cleans up, the lock is released. */
  #end(name: string, how: 'completes' | 'errors x' | 'unsubscribes'): void {
    const lease = this.#leaseOf(name);
    if (!lease) return;
    const reader = this.#readers.get(name);
    if (lease.again === 'live' && how === 'completes') {
      this.#cleanUp(lease);
      this.lock.end(name);
      // What it has requested in its teardown may have unsubscribed it.
      if (reader) this.#readers.set(name, { ...reader, isIdle: true });
      this.#due(name)?.();
      return;
    }
    this.#readers.delete(name);
    if (lease.again === 'yielding' && how === 'completes')
      this.#note(name, `shows ${reader?.reads}`);
    const completesLate = lease.merged && how === 'completes';
    if (completesLate) this.#completing.add(name);
    else this.#tellEnd(name, lease.source, how);
    this.#cleanUp(lease);
    this.lock.end(lease.name);
    // A request that was granted by this release may have unsubscribed it.
    if (completesLate && this.#completing.delete(name)) this.#tellEnd(name, lease.source, how);
  }

  #tellEnd(name: string, source: SourceKind, how: string): void {
    this.#note(name, how);
    if (how === 'completes' && source === 'in completion') this.#requestInside(source);
  }

  #cleanUp({ name, source }: ModelRequest): void {
    this.#note(firstRunOf(name), 'cleans up');
    if (source === 'in teardown') this.#requestInside(source);
  }

  #unsubscribe(name: string): void {
    if (this.#subscribing.has(name)) return;
    const { waiting, undelivered } = this.lock;
    const isOf = (request: ModelRequest) => firstRunOf(request.name) === name;
    const hasNoSource = this.between.includes(name) || [...waiting, ...undelivered].some(isOf);
    if (this.#completing.delete(name)) this.#note(name, 'unsubscribes');
    else if (hasNoSource) {
      const request = this.#readers.get(name)?.request ?? name;
      this.#readers.delete(name);
      this.#note(name, 'unsubscribes');
      this.lock.end(request);
    } else this.#end(name, 'unsubscribes');
  }

  #leaseOf(name: string): ModelRequest | undefined {
    return this.lock.held.find((lease) => firstRunOf(lease.name) === name);
  }

  #note(name: string, what: string): void {
    this.log.push({ name, what });
  }
}
