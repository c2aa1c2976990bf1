import type { LockState } from 'rxjs-rwlock';
import { ReferenceLock } from '../model/ReferenceLock.js';
import { sameState } from '../model/sameState.js';
import type { Walk } from './explore.js';
import { ALWAYS, broken, IN_THE_END, type Invariants } from './invariants.js';
import { ModelSide } from './ModelSide.js';
import { ends, nextSteps } from './nextSteps.js';
import { RealSide } from './RealSide.js';
import { stateKey } from './stateKey.js';
import { describeStep, sameLog, type Side, type Step, type Terms } from './steps.js';
import { Witness } from './Witness.js';

/** Makes the side that is tried, on a new lock. */
export type MakeSide = (terms: Terms) => Side;
const onRealLock: MakeSide = (terms) => new RealSide(terms);

/** The reference and the lock that is tried, side by side along one path. */
export class Run implements Walk<Step> {
  readonly #model: ModelSide;
  readonly #make: MakeSide;
  readonly #side: Side;
  readonly #seen: Witness;
  #path: readonly Step[];

  private constructor(
    model: ModelSide,
    make: MakeSide,
    side: Side,
    seen: Witness,
    path: readonly Step[],
  ) {
    this.#model = model;
    this.#make = make;
    this.#side = side;
    this.#seen = seen;
    this.#path = path;
  }

  static from(terms: Terms, make: MakeSide = onRealLock): Run {
    const { policy } = terms;
    const model = new ModelSide(terms, (clients) => new ReferenceLock(policy, clients));
    return new Run(model, make, make(terms), new Witness(), []);
  }

  next(): Step[] {
    return nextSteps(this.#model);
  }

  key(): string {
    return stateKey(this.#model);
  }

  /** Whether every client has made its request and none of them waits. */
  get onlyReleases(): boolean {
    const { requested, terms, lock } = this.#model;
    return requested === terms.clients && lock.waiting.length === 0;
  }

  /** How many steps have been made. */
  get length(): number {
    return this.#path.length;
  }

  /** Goes on with the same side, which this run is not to be used for any more. */
  handOver(): Run {
    return new Run(this.#model.fork(), this.#make, this.#side, this.#seen.fork(), this.#path);
  }

  /** Goes on with a side of its own. It can't be copied, so it is led along the path anew. */
  fork(): Run {
    const side = this.#make(this.#model.terms);
    for (const step of this.#path) side.do(step);
    return new Run(this.#model.fork(), this.#make, side, this.#seen.fork(), this.#path);
  }

  /** Makes a step on both sides, which must agree in all that can be seen of it. */
  take(step: Step): void {
    this.#path = [...this.#path, step];
    this.#side.log.length = this.#model.log.length = 0;
    this.#model.do(step);
    this.#side.do(step);
    this.#seen.see(this.#side.log);
    const { log, state } = this.#side;
    this.#check(ALWAYS, state);
    if (!sameLog(this.#model.log, log) || !sameState(this.#model.state, state))
      this.#fail(`expected ${picture(this.#model)}\n     got ${picture({ log, state })}`);
  }

  /**
   * Ends every lease. Waiting requests are granted meanwhile, so that none is left.
   *
   * @param choice - which lease ends first, and in which way
   */
  drain(choice = 0): void {
    for (let ways; (ways = ends(this.#model)).length > 0;) {
      this.take(ways[choice % ways.length] as Step);
      choice = Math.floor(choice / ways.length);
    }
    this.#check(IN_THE_END, this.#side.state);
  }

  #check(invariants: Invariants, state: LockState): void {
    const { policy, alphabet } = this.#model.terms;
    const what = broken(invariants, { policy, alphabet, seen: this.#seen, state });
    if (what) this.#fail(what);
  }

  #fail(what: string): never {
    const steps = this.#path.map((step) => `\n  ${describeStep(step)}`);
    throw new Error(`${this.#model.terms.policy}: ${what}\nafter${steps.join('')}`);
  }
}

function picture({ state, log }: Pick<Side, 'state' | 'log'>): string {
  return `${log.map(({ name, what }) => `${name} ${what}`).join(', ')}; ${JSON.stringify(state)}`;
}
