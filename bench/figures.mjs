// The figures of one run: several rounds, each measured anew.
import { outcomeOf, LIMIT, TOO_LONG } from './outcome.mjs';
import { PEERS } from './peers/index.mjs';
import { median } from './works.mjs';

export class Figures {
  #of = new Map();

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
        this.#all(work, number, name).push(known ?? outcomeOf(work, number, name));
      }
  }

  /** What need not be measured: it fails again, or it would be far above the limit. */
  #foreseen(work, number, name, smaller) {
    if (work === 'cancel' && PEERS[name]?.cannotCancel) return PEERS[name].cannotCancel;
    const before = this.#all(work, number, name)[0];
    if (typeof before === 'string') return before;
    if (!smaller) return undefined;
    const figure = this.get(work, smaller.number, name);
    if (typeof figure === 'string') return figure;
    return figure * number > 2 * LIMIT * 1e6 ? TOO_LONG : undefined;
  }

  #all(work, number, name) {
    const key = [work, number, name].join();
    if (!this.#of.has(key)) this.#of.set(key, []);
    return this.#of.get(key);
  }
}
