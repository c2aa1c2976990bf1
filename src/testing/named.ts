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

/** The RxJS operators that can have a gate as their scheduler. */
export const ON_GATE: Record<string, (gate: SchedulerLike) => MonoTypeOperatorFunction<string>> = {
  observeOn,
  subscribeOn,
};

/**
 * Looks up a name that a block uses.
 *
 * @throws MarbleSyntaxError for an unknown name
 */
export function named<T>(known: Record<string, T>, what: string, name: string, place: Place): T {
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  if (value) return value;
  const names = Object.keys(known).join(', ');
  throw new MarbleSyntaxError(place, `unknown ${what} "${name}"; known: ${names}`);
}
