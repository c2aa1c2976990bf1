import type { LockMode } from 'rxjs-rwlock';
import type { Part, ScopedLock } from '../model/ScopedLock.js';
import { strongest } from '../model/rules.js';
import type { Conditions, Form } from './acts.js';

/** What one asks of one lock on the way to a whole. */
export interface Want {
  readonly lock: ScopedLock;
  readonly scope: string | undefined;
  readonly mode: LockMode;
  readonly through: Part | undefined;
}

export interface Asking {
  readonly id: number;
  readonly form: Form;
  readonly conditions: Conditions;
  /** In the order in which they are asked for. */
  readonly wants: readonly Want[];
  /** Whether it is a request for several locks, though it may be for one in the end. */
  readonly compound: boolean;
}

const NONE = { priority: 0, ifAvailable: false };

/** A request for one or several locks, one after the other, as the reference makes it. */
export class Whole {
  readonly of: Asking;
  readonly parts: Part[] = [];
  phase: 'new' | 'asking' | 'held' | 'over' = 'new';
  /** Whether its grant has been told, so that there may be a lease and a source. */
  told = false;
  readonly #note: (what: string) => void;
  readonly #aborted: () => boolean;
  /** How many parts have been told that they hold. */
  #granted = 0;

  constructor(of: Asking, note: (what: string) => void, aborted: () => boolean) {
    this.of = of;
    this.#note = note;
    this.#aborted = aborted;
  }

  get mode(): LockMode {
    return strongest(this.parts.map(({ mode }) => mode)) ?? 'read';
  }

  /** Whether its wait may still run out. A whole waits until its last part has been told. */
  get waits(): boolean {
    if (this.phase !== 'asking') return false;
    return this.of.compound || this.parts[0]?.phase === 'waiting';
  }

  /** Asks for what is missing. */
  askNext(): void {
    this.phase = 'asking';
    if (this.#granted < this.parts.length) return;
    const [part] = this.#newParts();
    if (part) this.of.wants[this.#granted]?.lock.ask(part.together);
    else if (!this.of.compound || this.#isWanted()) this.#hold();
  }

  /** Whoever has been aborted, and has not heard of that yet, takes nothing. */
  #isWanted(): boolean {
    if (this.of.form === 'action' || !this.#aborted()) return true;
    this.giveUp('aborted');
    return false;
  }

  /** Takes all at once or nothing. */
  tryAll(): void {
    for (let want; (want = this.of.wants[this.parts.length]);) {
      const parts = this.#newParts();
      const refusal = want.lock.refusalOf(parts);
      if (!refusal && want.lock.tryEnter(parts)) continue;
      this.drop();
      this.#note(refusal ? `errors ${refusal}` : 'unavailable');
      return;
    }
    this.#hold();
  }

  /** Its consumer is told and its source cleans up before anything is let go. */
  fail(error: string): void {
    if (this.phase === 'over') return;
    if (this.of.form !== 'action' && this.of.form !== 'try') this.#note(`errors ${error}`);
    this.end();
  }

  /** Leaves the queue as if cancelled, and errors. */
  giveUp(error: string): void {
    this.drop();
    this.#note(`errors ${error}`);
  }

  end(): void {
    const hasSource = this.of.form === 'operator' || this.of.form === 'function';
    if (hasSource && this.told && this.phase !== 'over') this.#note('cleans up');
    this.drop();
  }

  /** Gives back all that it has, the last first. */
  drop(): void {
    this.phase = 'over';
    for (const [i, part] of [...this.parts.entries()].reverse()) this.of.wants[i]?.lock.drop(part);
  }

  downgrade(mode: LockMode): void {
    for (const [i, part] of this.parts.entries())
      if (part.mode !== mode && strongest([part.mode, mode]) === part.mode)
        this.of.wants[i]?.lock.downgrade(part, mode);
  }

  #hold(): void {
    this.phase = 'held';
    this.told = true;
    this.#note('granted');
    if (this.of.form === 'action') this.drop();
  }

  /** Makes the parts of the next lock, which are let in together. */
  #newParts(): readonly Part[] {
    const left = this.of.wants.slice(this.parts.length);
    const together: Part[] = [];
    for (const want of left)
      if (want.lock === left[0]?.lock) together.push(this.#newPart(want, together));
    this.parts.push(...together);
    return together;
  }

  #newPart({ scope, mode, through }: Want, together: readonly Part[]): Part {
    // An action asks on no conditions.
    const { priority, ifAvailable } = this.of.form === 'action' ? NONE : this.of.conditions;
    return {
      scope,
      mode,
      through,
      together,
      priority,
      ifAvailable,
      nested: through !== undefined,
      holder: through?.holder ?? {},
      order: 0,
      phase: 'new',
      offered: () => this.of.compound || this.#isWanted(),
      granted: () => {
        this.#granted++;
        this.askNext();
      },
      failed: (error) => this.fail(error),
    };
  }
}
