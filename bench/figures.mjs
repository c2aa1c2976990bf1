// Collects the figures of one build of this package over several rounds.
import { outcomeOf, LIMIT, TOO_LONG } from './outcome.mjs';
import { PEERS } from './peers/index.mjs';
import { median } from './works.mjs';

const OURS = 'rxjs-rwlock, operator';

/** Measures one round of a table: every cell for every name, with each build in turn. */
export function measure({ cells, names, grows }, builds) {
  const measured = cells.filter(({ part }) => part === undefined);
  for (const [i, { work, number }] of measured.entries())
    for (const name of names)
      for (const figures of builds)
        figures.measure(work, number, name, grows ? measured[i - 1] : undefined);
}

export class Figures {
  #dist;
  #of = new Map();
  #settled = new Set();

  constructor(dist) {
    this.#dist = dist;
  }

  /** Returns the median of all rounds, or what went wrong in one of them. */
  get(work, number, name, part = 0) {
    const all = this.#all(work, number, name);
    return all.find((outcome) => typeof outcome === 'string') ?? median(partsOf(all, part));
  }

  /** Returns the least and the greatest figure of all rounds. */
  range(work, number, name) {
    const all = partsOf(this.#all(work, number, name), 0);
    return [Math.min(...all), Math.max(...all)];
  }

  measure(work, number, name, smaller) {
    const known = this.#foreseen(work, number, name, smaller);
    this.#all(work, number, name).push(known ?? this.#measured(work, number, name));
  }

  #measured(work, number, name) {
    const start = performance.now();
    const outcome = outcomeOf(work, number, name, this.#dist);
    const tookSeconds = performance.now() - start > LIMIT / 5;
    const isFarBehind = outcome[0] > 5 * this.get(work, number, OURS);
    if (typeof outcome === 'string' || (tookSeconds && isFarBehind))
      this.#settled.add(keyOf(work, number, name));
    return outcome;
  }

  /**
   * Returns the outcome of a measurement that need not be made, else undefined. A failure is not tried
   * again, not even at a larger size. A measurement that took seconds, and more than five times our
   * figure, is not repeated. A larger size is not tried if at the speed of the smaller one it would take
   * twice the limit.
   */
  #foreseen(work, number, name, smaller) {
    if (work === 'cancel' && PEERS[name]?.cannotCancel) return PEERS[name].cannotCancel;
    if (this.#settled.has(keyOf(work, number, name))) return this.#all(work, number, name).at(-1);
    if (!smaller) return undefined;
    const figure = this.get(work, smaller.number, name);
    if (typeof figure === 'string') return figure;
    return figure * number > 2 * LIMIT * 1e6 ? TOO_LONG : undefined;
  }

  /** Holds for each round the figures of one process, or what went wrong in it. */
  #all(work, number, name) {
    const key = keyOf(work, number, name);
    if (!this.#of.has(key)) this.#of.set(key, []);
    return this.#of.get(key);
  }
}

const partsOf = (all, part) => all.map((outcome) => outcome[part]);
const keyOf = (...of) => of.join();
