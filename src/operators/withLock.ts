import {
  from,
  mergeMap,
  Observable,
  type ObservableInput,
  type ObservedValueOf,
  type OperatorFunction,
} from 'rxjs';
import type { Gate } from '../lock/Gate.js';
import type { Lease, WriteLease } from '../lock/Lease.js';
import type { LockLike } from '../lock/LockLike.js';
import { requestOptions, type RequestOptions } from '../lock/RequestOptions.js';
import { SourceClaim } from './SourceClaim.js';

/**
 * Makes the inner Observable that is subscribed for one value of the source.
 *
 * It is called when the lock has been granted for that value, with the lease that it has got.
 *
 * @example
 * ```ts
 * import { type Observable, of } from 'rxjs';
 * import { type LockProject, ReadWriteLock, withReadLock } from 'rxjs-rwlock';
 *
 * const greet: LockProject<string, Observable<string>> = (name, lease, index) =>
 *   of(`${index} ${name} ${lease.mode}`);
 * of('ann')
 *   .pipe(withReadLock(new ReadWriteLock(), greet))
 *   .subscribe((text) => console.log(text)); // 0 ann read
 * ```
 *
 * @see {@link withReadLock}, {@link withUpgradableLock}, {@link withWriteLock}
 */
export type LockProject<T, O extends ObservableInput<unknown>, L extends Lease = Lease> = (
  value: T,
  lease: L,
  index: number,
) => O;

type Project<T, O extends ObservableInput<unknown>> = LockProject<T, O, WriteLease>;

/** What every operator of a lock is, for the gate that it is named after. */
export function withLock<T, O extends ObservableInput<unknown>>(
  lock: LockLike,
  side: keyof LockLike,
  projectOrOptions?: Project<T, O> | RequestOptions,
  options?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  const gate = (lock as LockLike | undefined)?.[side];
  return holdWith(`this is no lock: it has no ${side}`, gate, projectOrOptions, options);
}

/**
 * Holds a gate around the source, or with a function for each of its values.
 *
 * @param problem - what is wrong where there is no gate
 */
export function holdWith<T, O extends ObservableInput<unknown>>(
  problem: string,
  gate: Gate | undefined,
  projectOrOptions?: Project<T, O> | RequestOptions,
  more?: RequestOptions,
): OperatorFunction<T, T | ObservedValueOf<O>> {
  if (typeof gate?.ask !== 'function') throw new TypeError(problem);
  const project = typeof projectOrOptions === 'function' ? projectOrOptions : undefined;
  const given = project || projectOrOptions === undefined ? more : projectOrOptions;
  const terms = requestOptions(given as RequestOptions | undefined);
  if (project) return (source) => holdForEach(gate, terms, source, project);
  return (source) => {
    const held = () => source;
    return new Observable((subscriber) => {
      new SourceClaim(subscriber, held, gate, terms).start();
    });
  };
}

/** Holds for each value of the source on its own, and merges what comes of them. */
function holdForEach<T, O extends ObservableInput<unknown>>(
  gate: Gate,
  options: RequestOptions,
  source: Observable<T>,
  project: Project<T, O>,
): Observable<ObservedValueOf<O>> {
  return new Observable((subscriber) => {
    const waiting = new Set<SourceClaim<unknown>>();
    // Inner Observables are unsubscribed one by one. Those that wait have to go first, or the end
    // of one would start the next for a consumer that has gone.
    subscriber.add(() => waiting.forEach((claim) => claim.release()));
    const held = (value: T, index: number) =>
      new Observable<ObservedValueOf<O>>((consumer) => {
        const projected = (lease: WriteLease) => {
          waiting.delete(claim);
          return from(project(value, lease, index)) as Observable<ObservedValueOf<O>>;
        };
        const claim = new SourceClaim(consumer, projected, gate, options);
        waiting.add(claim);
        claim.start();
      });
    return source.pipe(mergeMap(held)).subscribe(subscriber);
  });
}
