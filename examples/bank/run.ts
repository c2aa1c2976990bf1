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
  throwError,
  timeout,
  timer,
  toArray,
} from 'rxjs';
import type { LockState } from 'rxjs-rwlock';
import { audit, type Bank, transfer } from './pipelines.js';
import type { Client, Operation } from './plan.js';
import { AtWork, type Outcome, Request, type Workers } from './Request.js';
import type { Account } from './Store.js';

/** What is known when every client is done. */
export interface Run {
  readonly requests: readonly Request[];
  readonly workers: Workers;
  /** How long it took, in milliseconds. */
  readonly took: number;
  /** What the balances should add up to. */
  readonly total: number;
  /** The documents as they stand at the end. */
  readonly accounts: readonly Account[];
  /** The lock as it stands at the end. */
  readonly lock?: LockState;
}

/** With nobody served for so many milliseconds, somebody is left waiting for good. */
const STUCK = 30_000;

/** Runs all clients at once, each operation of a client after the one before it. */
export async function run(
  bank: Bank,
  plan: readonly Client[],
  progress: () => void = () => {},
): Promise<Run> {
  const workers = { read: new AtWork(), write: new AtWork() };
  let number = 0;
  const serve = (operation: Operation) =>
    served(bank, new Request(operation, workers, String(++number)));
  const everybody = from(plan).pipe(
    mergeMap(({ arrival, operations }) =>
      timer(arrival).pipe(
        concatMap(() => operations),
        concatMap(serve),
      ),
    ),
    timeout({ each: STUCK, with: stuck }),
    tap(progress),
    toArray(),
  );
  const start = performance.now();
  const requests = await lastValueFrom(everybody);
  const took = performance.now() - start;
  const { store, lock } = bank;
  const accounts = await store.readAll();
  return {
    requests,
    workers,
    took,
    total: store.total,
    accounts,
    ...(lock && { lock: lock.state }),
  };
}

/** The request, once it has its outcome. */
function served(bank: Bank, request: Request): Observable<Request> {
  return outcome(bank, request).pipe(
    catchError(halfDocument),
    defaultIfEmpty('cancelled' as const),
    map((outcome) => Object.assign(request, { outcome })),
  );
}

function outcome(bank: Bank, request: Request): Observable<Outcome> {
  const { operation } = request;
  return operation.mode === 'write'
    ? transfer(bank, request, operation).pipe(map(() => 'done'))
    : audit(bank, request).pipe(map((sum) => (sum === bank.store.total ? 'done' : 'off')));
}

function stuck(): Observable<never> {
  return throwError(() => new Error(`Nobody was served for ${STUCK / 1000} seconds.`));
}

function halfDocument(error: unknown): Observable<Outcome> {
  if (error instanceof SyntaxError) return of('half');
  throw error;
}
