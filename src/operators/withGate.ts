import type {
  MonoTypeOperatorFunction,
  ObservableInput,
  ObservedValueOf,
  OperatorFunction,
} from 'rxjs';
import type { LockMode } from '../core/LockMode.js';
import { isGate } from '../lock/LockGate.js';
import { expected } from '../lock/checks.js';
import type { Gate, LeaseOf } from '../lock/LockLike.js';
import type { RequestOptions } from '../lock/RequestOptions.js';
import { holdGate, type LockProject } from './withLock.js';

/**
 * Acquires a gate, subscribes the source when it is granted, and releases the gate when the source
 * ends. For gates of {@link allOf}, {@link latest} and {@link drop}, and for any other.
 *
 * ```text
 * source                      -a-b-|
 * withGate(allOf(a, b))    ----a-b-|    granted after 3 frames
 * ```
 *
 * @remarks
 * It behaves as {@link withReadLock} does: `withReadLock(lock)` is `withGate(lock.reader)`.
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
 * @throws TypeError if `gate` is not a gate, TypeError or RangeError for invalid options
 * @see {@link allOf}
 */
export function withGate<T>(gate: Gate, options?: RequestOptions): MonoTypeOperatorFunction<T>;

/**
 * Acquires a gate for every value of the source, subscribes the inner Observable that `project`
 * returns for the value, and merges the results.
 *
 * @remarks
 * It behaves as {@link withReadLock} with a function does.
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
 * @param project - returns the inner Observable for a value, while the lock is held
 * @param options - conditions of each request
 * @returns an operator that emits the values of the inner Observables
 * @throws TypeError if `gate` is not a gate, TypeError or RangeError for invalid options
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
  if (!isGate(gate)) throw expected('the first argument of withGate', 'a gate', gate);
  return holdGate(gate, projectOrOptions, options);
}
