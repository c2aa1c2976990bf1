import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { LockMode } from '../core/LockMode.js';
import type { Gate } from '../lock/Gate.js';
import type { LeaseOf } from '../lock/Lease.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { type LockProject, holdWith } from './withLock.js';

/**
 * Subscribes the source once a gate has granted it, and lets go when it ends: the operator for a
 * gate that belongs to no single lock.
 *
 * ```text
 * source                      -a-b-|
 * withGate(allOf(a, b))    ----a-b-|    granted after 3 frames
 * ```
 *
 * @remarks
 * All that is said of {@link withReadLock} holds: `withReadLock(lock)` is `withGate(lock.reader)`.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { allOf, ReadWriteLock, withGate } from 'rxjs-rwlock';
 *
 * const [from, to] = [new ReadWriteLock(), new ReadWriteLock()];
 * of('copied')
 *   .pipe(withGate(allOf(from.reader, to.writer)))
 *   .subscribe(() => console.log(from.reader.locked, to.writer.locked)); // true true
 * ```
 *
 * @param gate - the gate
 * @param options - conditions of the request
 * @returns an operator that keeps the type of the values
 * @throws TypeError where `gate` is no gate, TypeError or RangeError for options that make no sense
 * @see {@link allOf}
 */
export function withGate<T>(gate: Gate, options?: RequestOptions): MonoTypeOperatorFunction<T>;

/**
 * Asks the gate for every value of the source, and subscribes what `project` makes of the value
 * once that is granted; merges the results as they come.
 *
 * @remarks
 * All that is said of {@link withReadLock} with a function holds.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { ReadWriteLock, withGate } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * of(1, 2)
 *   .pipe(withGate(lock.writer, (n, lease) => of(`${n} ${lease.mode}`)))
 *   .subscribe((line) => console.log(line)); // 1 write, 2 write
 * ```
 *
 * @param gate - the gate
 * @param project - makes the inner Observable of a value, under the lease
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError where `gate` is no gate, TypeError or RangeError for options that make no sense
 * @see {@link allOf}
 */
export function withGate<T, O extends ObservableInput<unknown>, M extends LockMode>(
  gate: Gate<M>,
  project: LockProject<T, O, LeaseOf[M]>,
  options?: RequestOptions,
): OperatorFunction<T, ObservedValueOf<O>>;

export function withGate<T, O extends ObservableInput<unknown>>(
  gate: Gate,
  projectOrOptions?: LockProject<T, O> | RequestOptions,
  options?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  return holdWith('this is no gate', gate, projectOrOptions, options);
}
