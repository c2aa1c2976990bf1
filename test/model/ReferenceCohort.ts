import type { RemoteMode } from 'rxjs-rwlock/remote';
import { ALL, type Clients, ReferenceLock, type Request, type Wanted } from './ReferenceLock.js';
import { byPrecedence, type PolicyName } from './rules.js';

/** The engine as one process sees it: a lock whose leases have numbers that grow. */
export interface EngineSide {
  /** Requests a lease; `cohort.leased` is called when it is granted, perhaps at once. */
  acquire(mode: RemoteMode, name: string): void;
  /** As `acquire`, but now or not at all. */
  tryAcquire(mode: RemoteMode, name: string): number | undefined;
  /** Cancels a request or releases a lease. */
  end(name: string): void;
}

/** A request to the engine, or the lease that comes of it. */
interface Hold {
  readonly name: string;
  readonly mode: RemoteMode;
}

/** What is to be known of a process beside its lock. */
interface Place {
  /** Whether the engine can't be reached. */
  isDown: boolean;
  asking: Hold | undefined;
  lease: Hold | undefined;
  /** How many requests the lease has served. */
  grants: number;
  /** Whether the lease is to be released as soon as nothing is held here. */
  isReturning: boolean;
  /** The number of the newest lease; 0 before the first one. */
  last: number;
  /** How many requests to the engine there have been. */
  asked: number;
}

/**
 * The lock of one process in front of an engine as the promises tell it (J): a reference lock that
 * grants nothing which its lease of the engine does not cover. The real one has no such rule: there
 * the other processes are an owner that holds the lock.
 */
export class ReferenceCohort<W extends Wanted = Wanted> extends ReferenceLock<W> {
  place: Readonly<Place> = {
    isDown: false,
    asking: undefined,
    lease: undefined,
    grants: 0,
    isReturning: false,
    last: 0,
    asked: 0,
  };
  readonly #terms: { readonly policy: PolicyName; readonly grants: number };
  readonly #clients: Clients<W>;
  readonly #engine: EngineSide;
  /** Whether several requests are being told something: the engine is asked nothing meanwhile. */
  #isTelling = false;

  constructor(
    terms: { readonly policy: PolicyName; readonly grants: number },
    clients: Clients<W>,
    engine: EngineSide,
  ) {
    super(terms.policy, {
      granted: (request) => {
        this.step();
        clients.granted(request);
      },
      failed: (wanted, error) => clients.failed(wanted, error),
      changed: () => this.step(),
    });
    this.#terms = terms;
    this.#clients = clients;
    this.#engine = engine;
  }

  /** The same process in the same state, in front of another engine. */
  forkTo(clients: Clients<W>, engine: EngineSide): ReferenceCohort<W> {
    const fork = this.copyTo(new ReferenceCohort<W>(this.#terms, clients, engine));
    fork.place = this.place;
    return fork;
  }

  /** No request is granted that the lease does not cover, or, once it is to be released, at all (J3). */
  override isGrantable(request: Request<W>): boolean {
    const { lease, isReturning } = this.place;
    const isCovered = lease?.mode === 'exclusive' || (lease && request.mode === 'read');
    const isLate = isReturning && request.parent === undefined;
    return Boolean(isCovered) && !isLate && super.isGrantable(request);
  }

  protected override grant(request: Request<W>): Request<W> {
    this.#set({ grants: this.place.grants + 1 });
    return super.grant(request);
  }

  /** What is granted now or not at all asks the engine, if nothing but the lease is missing (J7). */
  override acquire(wanted: W): void {
    const { place } = this;
    const mayTry =
      wanted.ifAvailable && wanted.parent === undefined && !place.lease && !this.closed;
    if (!mayTry || !super.isGrantable(this.make(wanted))) super.acquire(wanted);
    else if (place.isDown) this.#clients.failed(wanted, 'LockEngineError');
    else {
      const hold = this.#hold(modeFor([wanted.modes.get(ALL)]));
      const number = this.#engine.tryAcquire(hold.mode, hold.name);
      this.#tell(() => {
        if (number !== undefined) {
          this.#take(hold, number);
          this.settle(EVERYTHING);
        }
        super.acquire(wanted);
      });
    }
  }

  /** The engine has granted what was requested. */
  leased(number: number): void {
    const { asking } = this.place;
    if (!asking) return;
    this.#take(asking, number);
    this.settle(EVERYTHING);
    this.step();
  }

  /** The engine has ended the lease (J4). */
  lose(): void {
    const { lease } = this.place;
    if (!lease) return;
    this.#engine.end(lease.name);
    this.#set({ lease: undefined, isReturning: false, grants: 0 });
    const isNested = ({ parent }: Request<W>) => parent !== undefined;
    const isAgain = (request: Request<W>) =>
      this.undelivered.includes(request) && !isNested(request) && !request.ifAvailable;
    const again = this.held.filter(isAgain);
    const ended = [...this.held.filter((one) => !isAgain(one)), ...this.waiting.filter(isNested)];
    for (const request of this.held)
      this.change(
        request,
        this.held.filter((other) => other !== request),
      );
    this.undelivered = [];
    this.waiting = [...this.waiting.filter((one) => !isNested(one)), ...again].sort(byPrecedence);
    // Another process may write before this one has the lease again.
    this.version++;
    this.#tell(() => {
      for (const request of ended) this.#clients.failed(request, 'LockLostError');
    });
  }

  /** The engine can't be reached from now on: what waits for it fails (J5). */
  goDown(): void {
    this.#set({ isDown: true });
    const { asking } = this.place;
    if (!asking) return;
    this.#set({ asking: undefined });
    this.#failWaiting();
    this.#engine.end(asking.name);
  }

  comeUp(): void {
    this.#set({ isDown: false });
  }

  /** Takes the steps that are due: requests a lease, requests it in another mode, or releases it. */
  step(): void {
    if (this.#isTelling) return;
    const { place } = this;
    const wants = this.held.length + this.waiting.length > 0;
    if (this.failure !== undefined && wants) return;
    if (!place.lease) this.#ask(this.#wanted());
    else if (place.isReturning || this.#isDone(place.lease)) {
      this.#set({ isReturning: true });
      if (this.held.length === 0) this.#release(place.lease);
    }
  }

  #isDone({ mode }: Hold): boolean {
    if (this.place.grants >= this.#terms.grants) return true;
    if (this.held.length > 0) return false;
    return this.waiting.length === 0 || (mode === 'shared' && this.#wanted() === 'exclusive');
  }

  /** The mode that the requests need which are granted next, while nothing is held. */
  #wanted(): RemoteMode | undefined {
    const next = this.waiting.filter((request) => super.isGrantable(request));
    return next.length === 0 ? undefined : modeFor(next.map(({ mode }) => mode));
  }

  #ask(mode: RemoteMode | undefined): void {
    const { asking: before, isDown } = this.place;
    if (before?.mode === mode) return;
    const asking = mode && this.#hold(mode);
    this.#set({ asking });
    if (before) this.#engine.end(before.name);
    if (!asking || this.place.asking !== asking) return;
    if (isDown) {
      this.#set({ asking: undefined });
      this.#failWaiting();
    } else this.#engine.acquire(asking.mode, asking.name);
  }

  #take(lease: Hold, number: number): void {
    const { asking, last } = this.place;
    this.#set({ lease, asking: undefined, grants: 0, last: number });
    if (asking && asking !== lease) this.#engine.end(asking.name);
    // Another process has had a lease since: it may have written (J7).
    if (last > 0 && number !== last + 1) this.version++;
  }

  #release({ name }: Hold): void {
    this.#set({ lease: undefined, isReturning: false });
    this.#engine.end(name);
    this.step();
  }

  #failWaiting(): void {
    const failed = [...this.waiting].sort(byPrecedence);
    this.#tell(() => {
      for (const { name } of failed) {
        const request = this.waiting.find((one) => one.name === name);
        if (!request) continue;
        this.#clients.failed(request, 'LockEngineError');
        this.end(name);
      }
    });
  }

  /** Requests are told something, and only then the next step is taken. */
  #tell(tell: () => void): void {
    this.#isTelling = true;
    tell();
    this.#isTelling = false;
    this.step();
  }

  #hold(mode: RemoteMode): Hold {
    const asked = this.place.asked + 1;
    this.#set({ asked });
    return { mode, name: String(asked) };
  }

  #set(change: Partial<Place>): void {
    this.place = { ...this.place, ...change };
  }
}

const EVERYTHING: Wanted['modes'] = new Map([[ALL, 'write']]);

function modeFor(modes: readonly (string | undefined)[]): RemoteMode {
  return modes.every((mode) => mode === 'read') ? 'shared' : 'exclusive';
}
