import type { LockMode } from 'rxjs-rwlock';
import type { ReferenceLock, Wanted } from '../model/ReferenceLock.js';
import { strongest } from '../model/rules.js';
import type { Conditions, Form } from './acts.js';

/** What is requested of one lock. */
export interface Part extends Wanted {
  readonly lock: PartLock;
  readonly whole: Whole;
}

export type PartLock = ReferenceLock<Part>;

export interface Terms {
  readonly id: number;
  readonly form: Form;
  readonly conditions: Conditions;
  /** What it requests of each lock, in the order in which it takes the locks. */
  readonly wants: readonly Pick<Part, 'lock' | 'modes' | 'parent'>[];
  /** Whether it is made by `allOf`, though it may be for one lock in the end. */
  readonly compound: boolean;
}

/** What a request needs of the world that it is in. */
export interface Surroundings {
  readonly note: (what: string) => void;
  /** Whether its signal has aborted. */
  readonly isAborted: () => boolean;
  /** Delivers a grant: at once, or on the scheduler of the locks. */
  readonly deliver: (call: () => void) => void;
}

const NONE = { priority: 0, ifAvailable: false };

/** A request for one lock or for several, one after the other, made on the reference. */
export class Whole {
  readonly of: Terms;
  readonly parts: Part[] = [];
  phase: 'new' | 'requesting' | 'held' | 'over' = 'new';
  /** Whether its grant has been delivered, so that there may be a lease and a source. */
  told = false;
  readonly #world: Surroundings;

  constructor(of: Terms, world: Surroundings) {
    this.of = of;
    this.#world = world;
  }

  /** The strongest mode that it holds. */
  get mode(): LockMode {
    const leases = this.parts.flatMap(({ lock, name }) =>
      lock.held.filter((lease) => lease.name === name),
    );
    return strongest(leases.map(({ mode }) => mode)) ?? 'read';
  }

  /** Whether its wait may still time out. A compound request waits until its last part is delivered. */
  get waits(): boolean {
    if (this.phase !== 'requesting') return false;
    const isWaiting = ({ lock, name }: Part) => lock.waiting.some((other) => other.name === name);
    return this.of.compound || this.parts.some(isWaiting);
  }

  /** Requests the next lock, until it has all of them. */
  requestNext(): void {
    this.phase = 'requesting';
    const part = this.#nextPart();
    if (part) part.lock.acquire(part);
    else if (!this.of.compound || this.#isWanted()) this.#hold();
  }

  /** Takes all locks at once or none of them. */
  tryAll(): void {
    for (let part; (part = this.#nextPart());) {
      const refusal = part.lock.refusalOf(part);
      if (refusal === undefined && part.lock.tryAcquire(part)) continue;
      this.drop();
      this.#world.note(refusal === undefined ? 'unavailable' : `errors ${refusal}`);
      return;
    }
    this.#hold();
  }

  /** A lock has granted one of the parts. */
  granted({ lock, name }: Part): void {
    if (!this.of.compound && !this.#isWanted()) return;
    this.#world.deliver(() => {
      if (lock.held.some((lease) => lease.name === name)) this.requestNext();
    });
  }

  /** Its consumer is told and its source cleans up before anything is released. */
  fail(error: string): void {
    if (this.phase === 'over') return;
    if (this.of.form !== 'action' && this.of.form !== 'try') this.#world.note(`errors ${error}`);
    this.end();
  }

  /** It is cancelled, and errors. */
  giveUp(error: string): void {
    this.drop();
    this.#world.note(`errors ${error}`);
  }

  end(): void {
    const hasSource = this.of.form === 'operator' || this.of.form === 'function';
    if (hasSource && this.told && this.phase !== 'over') this.#world.note('cleans up');
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

  /** A request that has been aborted, but whose listener has not run yet, is not granted. */
  #isWanted(): boolean {
    if (this.of.form === 'action' || !this.#world.isAborted()) return true;
    this.giveUp('aborted');
    return false;
  }

  #hold(): void {
    this.phase = 'held';
    this.told = true;
    this.#world.note('granted');
    if (this.of.form === 'action') this.drop();
  }

  #nextPart(): Part | undefined {
    const { id, form, wants, conditions } = this.of;
    const want = wants[this.parts.length];
    if (!want) return undefined;
    // An action makes its request without conditions.
    const { priority, ifAvailable } = form === 'action' ? NONE : conditions;
    const name = `${id}/${this.parts.length}`;
    const part = { ...want, name, priority, ifAvailable, whole: this };
    this.parts.push(part);
    return part;
  }
}
