import {
  asapScheduler,
  asyncScheduler,
  type MonoTypeOperatorFunction,
  observeOn,
  type SchedulerLike,
  subscribeOn,
} from 'rxjs';
import { fifo, type LockPolicy, phaseFair, readersFirst, writersFirst } from '../index.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';

export const POLICIES: Record<string, LockPolicy> = { fifo, phaseFair, readersFirst, writersFirst };

export const SCHEDULERS: Record<string, SchedulerLike> = {
  async: asyncScheduler,
  asap: asapScheduler,
};

/** The operators of RxJS that a lane can give a gate to. */
export const ON_GATE: Record<string, (gate: SchedulerLike) => MonoTypeOperatorFunction<string>> = {
  observeOn,
  subscribeOn,
};

/**
 * Gives what has a name in a block.
 *
 * @throws MarbleSyntaxError where nothing has that name
 */
export function named<T>(known: Record<string, T>, what: string, name: string, place: Place): T {
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!value) throw new MarbleSyntaxError(place, `unknown ${what} "${name}"`);
  return value;
}
