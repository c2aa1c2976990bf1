// The figures of one run: several rounds, each measured anew.
import { outcomeOf, LIMIT, TOO_LONG } from './outcome.mjs';
import { PEERS } from './peers/index.mjs';
import { median } from './works.mjs';

const OURS = 'rxjs-rwlock, operator';

export class Figures {
  #of = new Map();
  #settled = new Set();

  /** The median of all rounds, or what went wrong in one of them. */
  get(work, number, name) {
    const all = this.#all(work, number, name);
    return all.find((figure) => typeof figure === 'string') ?? median(all);
  }

  /** One round of a table: each cell for all names in turn. */
  measure({ cells, names, grows }) {
    for (const [i, { work, number }] of cells.entries())
      for (const name of names) {
        const smaller = grows && i > 0 ? cells[i - 1] : undefined;
        const known = this.#foreseen(work, number, name, smaller);
        this.#all(work, number, name).push(known ?? this.#measured(work, number, name));
      }
  }

  #measured(work, number, name) {
    const start = performance.now();
    const figure = outcomeOf(work, number, name);
    const tookSeconds = performance.now() - start > LIMIT / 5;
    const isFarBehind = figure > 5 * this.get(work, number, OURS);
    if (typeof figure === 'string' || (tookSeconds && isFarBehind))
      this.#settled.add(keyOf(work, number, name));
    return figure;
  }

  /**
   * What need not be measured. A failure stays one, and what took seconds, at more than five times
   * our figure, is not measured more precisely. What has failed at a smaller size is not tried at a
   * larger one, nor is what would take twice the limit without being any slower there.
   */
  #foreseen(work, number, name, smaller) {
    if (work === 'cancel' && PEERS[name]?.cannotCancel) return PEERS[name].cannotCancel;
    if (this.#settled.has(keyOf(work, number, name))) return this.get(work, number, name);
    if (!smaller) return undefined;
    const figure = this.get(work, smaller.number, name);
    if (typeof figure === 'string') return figure;
    return figure * number > 2 * LIMIT * 1e6 ? TOO_LONG : undefined;
  }

  #all(work, number, name) {
    const key = keyOf(work, number, name);
    if (!this.#of.has(key)) this.#of.set(key, []);
    return this.#of.get(key);
  }
}

const keyOf = (...of) => of.join();
