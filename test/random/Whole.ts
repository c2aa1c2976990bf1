import type { LockMode } from 'rxjs-rwlock';
import type { ReferenceLock, Wanted } from '../model/ReferenceLock.js';
import { strongest } from '../model/rules.js';
import { type Conditions, type Form, isReadAgain } from './acts.js';

/** What is requested of one lock. */
export interface Part extends Wanted {
  readonly lock: PartLock;
  /** Whether the lease that it is requested through is one of several locks. */
  readonly ofSeveral?: boolean;
  readonly whole: Whole;
}

export type PartLock = ReferenceLock<Part>;

export interface Terms {
  readonly id: number;
  readonly form: Form;
  readonly conditions: Conditions;
  /** The gate at which it coalesces with others, if it is made at one. */
  readonly coalesces?: string | undefined;
  /** What it requests of each lock, in the order in which it takes the locks. */
  readonly wants: readonly Pick<Part, 'lock' | 'modes' | 'parent' | 'ofSeveral'>[];
}

/** What a request needs of the world that it is in. */
export interface Surroundings {
  readonly note: (what: string) => void;
  /** Whether its signal has aborted. */
  readonly isAborted: () => boolean;
  /** Delivers the grant: at once, or on the scheduler of the locks; until then an abort ends it. */
  readonly deliver: (call: () => void) => void;
  /** Makes the request of a read that reads again. */
  readonly request: () => void;
  /** Limits the wait of a request from now on. */
  readonly limit: () => void;
  /** Listens to the signal of the request, as the last that does. */
  readonly listen: () => void;
}

const NONE = { priority: 0, ifAvailable: false };

/** A request for one lock or for several, one after the other, made on the reference locks. */
export class Whole {
  readonly of: Terms;
  /** Those of the present request: a read that reads again makes more than one. */
  parts: readonly Part[] = [];
  /**
   * `taken`: it holds all of its locks, and the grant is still to be delivered. `idle`: it has read, and
   * may read again.
   */
  phase: 'new' | 'requesting' | 'taken' | 'held' | 'idle' | 'over' = 'new';
  /** Whether its grant has been delivered, so that there may be a lease and a source. */
  told = false;
  /** How often it has read. */
  protected reads = 0;
  protected readonly world: Surroundings;
  /** How many of its locks it has taken. */
  #taken = 0;
  #isAdvancing = false;
  #requests = 0;

  constructor(of: Terms, world: Surroundings) {
    this.of = of;
    this.world = world;
    this.renew();
  }

  /** The strongest mode that it holds. */
  get mode(): LockMode {
    const leases = this.parts.flatMap(({ lock, name }) =>
      lock.held.filter((lease) => lease.name === name),
    );
    return strongest(leases.map(({ mode }) => mode)) ?? 'read';
  }

  /** Whether it waits for one of its locks, so that its wait may time out. */
  get waits(): boolean {
    return this.phase === 'requesting';
  }

  /** How many listeners its signal has for it: one until its grant has been delivered. */
  get listeners(): number {
    return this.phase === 'requesting' || this.phase === 'taken' ? 1 : 0;
  }

  /** Requests its lock, or several: all of them accept it before the first one is requested (E3). */
  request(): void {
    this.phase = 'requesting';
    const refusal = this.#refusal();
    for (const part of this.parts) if (refusal === undefined) part.lock.accept(part);
    if (refusal === undefined) this.advance();
    else this.fail(refusal);
  }

  /** Requests its lock in the place of another request, which waits for it (I3). */
  takePlace(of: Whole): void {
    this.phase = 'requesting';
    const refusal = this.#refusal();
    if (refusal === undefined) {
      of.phase = 'over';
      for (const [i, part] of this.parts.entries())
        part.lock.replace(of.parts[i]?.name ?? '', part);
      of.coalesce();
    } else this.fail(refusal);
  }

  /** Whether it would be refused, whatever waits or holds: its lock has ended, or its lease. */
  get isRefused(): boolean {
    const refusal = this.#refusal();
    return refusal !== undefined && refusal !== 'LockUpgradeError';
  }

  /** It completes empty. */
  coalesce(): void {
    this.phase = 'over';
    this.world.note('completes empty');
  }

  /** Takes all locks at once or none of them. */
  tryAll(): void {
    let refusal = this.#refusal();
    const takes = (part: Part) => {
      refusal ??= part.lock.refusalOf(part);
      return refusal === undefined && part.lock.tryAcquire(part);
    };
    if (this.parts.every(takes)) this.hold();
    else {
      this.drop();
      this.world.note(refusal === undefined ? 'unavailable' : `errors ${refusal}`);
    }
  }

  /** A lock has granted one of the parts. */
  granted(): void {
    this.#taken++;
    this.advance();
  }

  /** Its consumer is told and its source cleans up before anything is released. */
  fail(error: string): void {
    if (this.phase === 'over') return;
    if (this.of.form !== 'action' && this.of.form !== 'try') this.world.note(`errors ${error}`);
    this.end();
  }

  /** It is cancelled, and errors. */
  giveUp(error: string): void {
    this.drop();
    this.world.note(`errors ${error}`);
  }

  /** Its signal has aborted. */
  abort(): void {
    if (this.listeners > 0) this.giveUp('aborted');
  }

  /** A lock of which it has requested something has changed. */
  look(): void {
    return;
  }

  /** Its source completes, or its lease is released. */
  complete(): void {
    this.end();
  }

  end(): void {
    if (hasSource(this.of) && this.told && this.phase !== 'over') this.world.note('cleans up');
    this.drop();
  }

  /** Cancels or releases all of its parts, the last one first. */
  drop(): void {
    this.phase = 'over';
    for (const { lock, name } of [...this.parts].reverse()) lock.end(name);
  }

  downgrade(mode: LockMode): void {
    for (const { lock, name } of this.parts) lock.downgrade(name, mode);
  }

  /** Requests one lock after the other, until it has to wait or has all of them. */
  protected advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    for (let before = -1; before < this.#taken;) {
      before = this.#taken;
      const part = this.parts[before];
      if (this.phase === 'requesting') part?.lock.acquire(part);
    }
    this.#isAdvancing = false;
    const hasAll = this.phase === 'requesting' && this.#taken === this.parts.length;
    if (hasAll && this.#isWanted()) {
      this.phase = 'taken';
      this.world.deliver(() => {
        if (this.phase === 'taken') this.hold();
      });
    }
  }

  /** Why it is refused before anything is requested of any lock. */
  #refusal(): string | undefined {
    const failures = this.parts.map(({ lock }) => lock.failure);
    const refused = this.parts.map(leaseRefuses);
    const shut = this.parts.map((part) => part.lock.isShutFor(part));
    return [...failures, ...refused, ...shut].find((refusal) => refusal !== undefined);
  }

  /** A request that has been aborted, but whose listener has not run yet, is not granted. */
  #isWanted(): boolean {
    if (this.of.form === 'action' || !this.world.isAborted()) return true;
    this.giveUp('aborted');
    return false;
  }

  /** Makes the parts of its next request. */
  protected renew(): void {
    // An action makes its request without conditions.
    const { priority, ifAvailable } = this.of.form === 'action' ? NONE : this.of.conditions;
    this.parts = this.of.wants.map((want, i) => {
      const name = `${this.of.id}/${i}/${this.#requests}`;
      return { ...want, name, priority, ifAvailable, whole: this };
    });
    this.#requests++;
    this.#taken = 0;
    this.told = false;
  }

  protected hold(): void {
    this.phase = 'held';
    this.told = true;
    this.reads++;
    this.world.note('granted');
    if (this.of.form === 'action') this.drop();
  }
}

function hasSource({ form }: Terms): boolean {
  return form === 'operator' || form === 'function' || isReadAgain(form);
}

/** Why the lease that a part is requested through refuses it at once: one of several locks can't be raised. */
function leaseRefuses({ lock, modes, parent, ofSeveral }: Part): string | undefined {
  if (parent === undefined) return undefined;
  const lease = lock.held.find(({ name }) => name === parent);
  if (!lease) return 'LeaseReleasedError';
  if (!ofSeveral) return undefined;
  const isRaised = ([key, mode]: [string, LockMode]) => {
    const held = lease.modes.get(key) ?? mode;
    return strongest([held, mode]) !== held;
  };
  return [...modes].some(isRaised) ? 'LockUpgradeError' : undefined;
}
