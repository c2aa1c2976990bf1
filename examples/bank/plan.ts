import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Options } from './options.js';

/** When a client cancels: so many milliseconds after its operation began to wait, or to work. */
export interface Cancellation {
  readonly while: 'waiting' | 'working';
  readonly after: number;
}

/** Reads every account and adds up the balances. */
export interface Audit {
  readonly mode: 'read';
  readonly cancel?: Cancellation;
}

/** Moves money from one account to another. */
export interface Transfer {
  readonly mode: 'write';
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  readonly cancel?: Cancellation;
}

export type Operation = Audit | Transfer;

/** Does one operation after the other. */
export interface Client {
  /** When it begins, in milliseconds. On average one client begins every millisecond. */
  readonly arrival: number;
  readonly operations: readonly Operation[];
}

/** Makes up what every client does. The same seed makes the same plan. */
export function makePlan(options: Options): Client[] {
  const { clients, operations, writes, cancel, accounts, seed } = options;
  const generator = xoroshiro128plus(seed);
  const draw = (least: number, most: number) => uniformInt(generator, least, most);

  function operation(): Operation {
    const cancelled = draw(1, 100) <= cancel ? { cancel: cancellation() } : {};
    if (draw(1, 100) > writes) return { mode: 'read', ...cancelled };
    const from = draw(0, accounts - 1);
    const to = (from + draw(1, accounts - 1)) % accounts;
    return { mode: 'write', from, to, amount: draw(1, 50), ...cancelled };
  }

  function cancellation(): Cancellation {
    return draw(0, 1) === 0
      ? { while: 'waiting', after: draw(1, 10) }
      : { while: 'working', after: draw(0, 1) };
  }

  return Array.from({ length: clients }, () => ({
    arrival: draw(0, clients),
    operations: Array.from({ length: operations }, operation),
  }));
}
