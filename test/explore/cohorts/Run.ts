import type { LockState } from 'rxjs-rwlock';
import { sameState } from '../../model/sameState.js';
import type { Walk } from '../explore.js';
import { describeStep, sameLog } from '../steps.js';
import { ModelSide } from './ModelSide.js';
import { ends, nextSteps } from './nextSteps.js';
import { RealSide } from './RealSide.js';
import { stateKey } from './stateKey.js';
import type { Side, Step, Terms } from './steps.js';

/** The reference and the locks that are tried, side by side along one path. */
export class Run implements Walk<Step> {
  readonly #model: ModelSide;
  readonly #real: RealSide;
  readonly #path: Step[];

  private constructor(model: ModelSide, real: RealSide, path: readonly Step[]) {
    this.#model = model;
    this.#real = real;
    this.#path = [...path];
  }

  static from(terms: Terms): Run {
    return new Run(new ModelSide(terms), new RealSide(terms), []);
  }

  next(): Step[] {
    return nextSteps(this.#model);
  }

  key(): string {
    return stateKey(this.#model);
  }

  get length(): number {
    return this.#path.length;
  }

  /** Goes on with the same locks, which this run is not to be used for any more. */
  handOver(): Run {
    return new Run(this.#model.fork(), this.#real, this.#path);
  }

  /** Goes on with locks of its own. They can't be copied, so they are led along the path anew. */
  fork(): Run {
    const real = new RealSide(this.#model.terms);
    for (const step of this.#path) real.do(step);
    return new Run(this.#model.fork(), real, this.#path);
  }

  /** Makes a step on both sides, which must agree in all that can be seen of it. */
  take(step: Step): void {
    this.#path.push(step);
    const [model, real] = [this.#model, this.#real];
    real.log.length = model.log.length = 0;
    model.do(step);
    try {
      real.do(step);
    } catch (error) {
      this.#fail(`expected ${picture(model)}\n     got ${String(error)}`);
    }
    if (!isSame(model, real)) this.#fail(`expected ${picture(model)}\n     got ${picture(real)}`);
  }

  /** Ends every lease. Waiting requests are granted meanwhile, so that none is left. */
  drain(): void {
    for (let next; (next = ends(this.#model)[0]);) this.take(next);
    const { leases, states } = this.#real;
    const isLeft = states.some(({ held, waiting }) =>
      [held, waiting].some(({ read, upgradable, write }) => read + upgradable + write > 0),
    );
    if (isLeft || leases.some((lease) => lease !== 'none')) this.#fail('something is left');
  }

  #fail(what: string): never {
    const steps = this.#path.map((step) => `\n  ${describeStep(step)}`);
    const { policy, grants, observed } = this.#model.terms;
    const terms = `${policy}, ${grants} grants${observed ? ', observed' : ''}`;
    throw new Error(`${terms}: ${what}\nafter${steps.join('')}`);
  }
}

function isSame(a: Side, b: Side): boolean {
  const [states, leases] = [b.states, b.leases];
  return (
    sameLog(a.log, b.log) &&
    a.leases.every((lease, i) => lease === leases[i]) &&
    a.states.every((state, i) => sameState(state, states[i] as LockState))
  );
}

function picture({ log, states, leases }: Side): string {
  const events = log.map(({ name, what }) => `${name} ${what}`).join(', ');
  return `${events}; ${leases.join()}; ${states.map(short).join(' ')}`;
}

/** As `r1 w0/2 v3`: what is held of each mode, what waits for it, and the version. */
function short({ held, waiting, version, closed }: LockState): string {
  const modes = (['read', 'upgradable', 'write'] as const).map(
    (mode) => `${mode[0]}${held[mode]}/${waiting[mode]}`,
  );
  return `${modes.join(' ')} v${version}${closed ? ' closed' : ''},`;
}
