/**
 * Subscribes to many operators with consumers of every kind, as an application does. V8 then compiles
 * the code that all operators share for all of them. In a process with a single operator it would
 * inline that code as if there were no other.
 */
export function useOtherOperators(rxjs, ours) {
  const sources = sourcesOf(rxjs);
  const operators = [...operatorsOf(rxjs), ...locksOf(ours)];
  const consumers = consumersOf();
  const piped = sources.flatMap((source) => operators.map((operator) => source().pipe(operator)));
  for (let round = 0; round < 300; round++)
    for (const [i, observable] of piped.entries())
      observable.subscribe(consumers[(i + round) % consumers.length]).unsubscribe();
}

const sourcesOf = ({
  EMPTY,
  NEVER,
  BehaviorSubject,
  concat,
  defer,
  from,
  merge,
  of,
  throwError,
}) => [
  () => of(1),
  () => of(1, 2),
  () => from([1, 2, 3]),
  () => from(new Set([1, 2])),
  () => defer(() => of(1)),
  () => concat(of(1), of(2)),
  () => merge(of(1), NEVER),
  () => new BehaviorSubject(1),
  () => EMPTY,
  () => throwError(() => 'expected'),
];

const operatorsOf = (rxjs) => [
  rxjs.catchError(() => rxjs.EMPTY),
  rxjs.concatMap((value) => rxjs.of(value)),
  rxjs.distinctUntilChanged(),
  rxjs.filter((value) => value > 1),
  rxjs.finalize(() => undefined),
  rxjs.map((value) => value + 1),
  rxjs.mergeMap((value) => rxjs.of(value)),
  rxjs.retry(1),
  rxjs.scan((sum, value) => sum + value, 0),
  rxjs.shareReplay({ bufferSize: 1, refCount: true }),
  rxjs.startWith(0),
  rxjs.switchMap((value) => rxjs.of(value)),
  rxjs.take(1),
  rxjs.takeUntil(rxjs.NEVER),
  rxjs.tap(() => undefined),
  rxjs.toArray(),
];

const locksOf = ({ ReadWriteLock, withReadLock, withWriteLock }) => {
  const lock = new ReadWriteLock();
  return [withReadLock(lock), withWriteLock(lock)];
};

const consumersOf = () => [
  { error: () => undefined },
  { next: () => undefined, error: () => undefined },
  { next: () => undefined, error: () => undefined, complete: () => undefined },
  new (class {
    next() {}
    error() {}
    complete() {}
  })(),
];
