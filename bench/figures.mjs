// The figures of one build of this package: several rounds, each measured anew.
import { outcomeOf, LIMIT, TOO_LONG } from './outcome.mjs';
import { PEERS } from './peers/index.mjs';
import { median } from './works.mjs';

const OURS = 'rxjs-rwlock, operator';

/** One round of a table: each cell of each name in turn, of one build after the other. */
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

  /** The median of all rounds, or what went wrong in one of them. */
  get(work, number, name, part = 0) {
    const all = this.#all(work, number, name);
    return all.find((outcome) => typeof outcome === 'string') ?? median(partsOf(all, part));
  }

  /** The least and the greatest of all rounds. */
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
   * What need not be measured. A failure stays one, and what took seconds, at more than five times
   * our figure, is not measured more precisely. What has failed at a smaller size is not tried at a
   * larger one, nor is what would take twice the limit without being any slower there.
   */
  #foreseen(work, number, name, smaller) {
    if (work === 'cancel' && PEERS[name]?.cannotCancel) return PEERS[name].cannotCancel;
    if (this.#settled.has(keyOf(work, number, name))) return this.#all(work, number, name).at(-1);
    if (!smaller) return undefined;
    const figure = this.get(work, smaller.number, name);
    if (typeof figure === 'string') return figure;
    return figure * number > 2 * LIMIT * 1e6 ? TOO_LONG : undefined;
  }

  /** Of each round the figures of one process, or what went wrong in it. */
  #all(work, number, name) {
    const key = keyOf(work, number, name);
    if (!this.#of.has(key)) this.#of.set(key, []);
    return this.#of.get(key);
  }
}

const partsOf = (all, part) => all.map((outcome) => outcome[part]);
const keyOf = (...of) => of.join();
