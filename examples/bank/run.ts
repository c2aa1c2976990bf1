import {
  catchError,
  concatMap,
  defaultIfEmpty,
  from,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  of,
  tap,
  timeout,
  timer,
  toArray,
} from 'rxjs';
import { audit, type Bank, transfer } from './pipelines.js';
import type { Client, Operation } from './plan.js';
import { type Outcome, Request } from './Request.js';
import type { Account } from './Store.js';

/** What is known when every client is done. */
export interface Run {
  readonly requests: readonly Request[];
  /** How long it took, in milliseconds. */
  readonly took: number;
  /** The documents at the end. */
  readonly accounts: readonly Account[];
  /** What their balances should add up to. */
  readonly total: number;
  /** How many requests wait for the lock, or hold it, at the end. */
  readonly left: number;
}

/** Runs all clients at the same time, and the operations of each client one after the other. */
export async function run(
  bank: Bank,
  plan: readonly Client[],
  progress: () => void = () => {},
): Promise<Run> {
  let number = 0;
  const serve = (operation: Operation) => served(bank, new Request(operation, String(++number)));
  const everybody = from(plan).pipe(
    mergeMap(({ arrival, operations }) =>
      timer(arrival).pipe(
        concatMap(() => operations),
        concatMap(serve),
      ),
    ),
    // A lock that forgets a request must not hang the program.
    timeout({ each: 30_000 }),
    tap(progress),
    toArray(),
  );
  const start = performance.now();
  const requests = await lastValueFrom(everybody);
  const took = performance.now() - start;
  const { store, lock } = bank;
  const { held, waiting } = lock?.state ?? { held: {}, waiting: {} };
  const counts = [...Object.values(held), ...Object.values(waiting)];
  return {
    requests,
    took,
    accounts: await store.readAll(),
    total: store.total,
    left: counts.reduce((sum, count) => sum + count, 0),
  };
}

/** Emits the request once it has its outcome. */
function served(bank: Bank, request: Request): Observable<Request> {
  const { operation } = request;
  const outcome: Observable<Outcome> =
    operation.mode === 'write'
      ? transfer(bank, request, operation).pipe(map(() => 'done'))
      : audit(bank, request).pipe(map((sum) => (sum === bank.store.total ? 'done' : 'off')));
  return outcome.pipe(
    catchError(tornRead),
    map((outcome) => Object.assign(request, { outcome })),
    defaultIfEmpty(request),
  );
}

function tornRead(error: unknown): Observable<Outcome> {
  if (error instanceof SyntaxError) return of('torn');
  throw error;
}
