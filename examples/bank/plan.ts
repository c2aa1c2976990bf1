import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Options } from './options.js';

/** When a client gives an operation up: so many milliseconds after it began to wait, or to work. */
export interface GiveUp {
  readonly while: 'waiting' | 'working';
  readonly after: number;
}

/** Reads every account and adds up. */
export interface Audit {
  readonly mode: 'read';
  readonly giveUp?: GiveUp;
}

/** Moves money from one account to another. */
export interface Transfer {
  readonly mode: 'write';
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  readonly giveUp?: GiveUp;
}

export type Operation = Audit | Transfer;

/** Does one operation after the other. */
export interface Client {
  /** When it begins, in milliseconds; one client a millisecond comes, on average. */
  readonly arrival: number;
  readonly operations: readonly Operation[];
}

export type PlanOptions = Omit<Options, 'timeline'>;

/** Draws a whole number, both bounds included. */
type Draw = (from: number, to: number) => number;

/** Makes up what every client does; the same seed gives the same plan. */
export function makePlan(options: PlanOptions): Client[] {
  const generator = xoroshiro128plus(options.seed);
  const draw: Draw = (from, to) => uniformInt(generator, from, to);
  return Array.from({ length: options.clients }, () => client(options, draw));
}

function client(options: PlanOptions, draw: Draw): Client {
  const arrival = draw(0, options.clients);
  const operations = Array.from({ length: options.operations }, () => operation(options, draw));
  return { arrival, operations };
}

function operation(options: PlanOptions, draw: Draw): Operation {
  const patience = draw(1, 100) <= options.cancel ? { giveUp: giveUp(draw) } : {};
  if (draw(1, 100) > options.writes) return { mode: 'read', ...patience };
  return { mode: 'write', ...twoAccounts(options, draw), amount: draw(1, 50), ...patience };
}

function twoAccounts({ accounts }: PlanOptions, draw: Draw) {
  const from = draw(0, accounts - 1);
  const to = (from + draw(1, accounts - 1)) % accounts;
  return { from, to };
}

function giveUp(draw: Draw): GiveUp {
  return draw(0, 1) === 0
    ? { while: 'waiting', after: draw(1, 10) }
    : { while: 'working', after: draw(0, 1) };
}
