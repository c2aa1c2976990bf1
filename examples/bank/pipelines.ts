import { concatMap, defer, filter, identity, map, type Observable, takeUntil } from 'rxjs';
import { type ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import type { Transfer } from './plan.js';
import type { Request } from './Request.js';
import type { Account, Store } from './Store.js';

export interface Bank {
  readonly store: Store;
  /** If it is left out, the same pipelines run without a lock. */
  readonly lock?: ReadWriteLock;
}

/** Reads every account, and emits the sum of the balances. */
export function audit({ store, lock }: Bank, request: Request): Observable<number> {
  // If it is cancelled at work, the lock is released while a file is still being read. That does no
  // harm, since nothing uses what is read.
  return defer(() => store.readAll()).pipe(
    map((accounts) => accounts.reduce((sum, { balance }) => sum + balance, 0)),
    request.held(),
    lock ? withReadLock(lock, { label: request.label }) : identity,
    request.requested(),
    takeUntil(request.cancelled),
  );
}

/** Moves money: reads two accounts and writes them back. */
export function transfer(
  { store, lock }: Bank,
  request: Request,
  { from, to, amount }: Transfer,
): Observable<void> {
  // Unsubscribing releases the lock at once, but it can't cancel a promise: a write that has begun
  // would overlap with the next owner's, with half of the money moved. So a transfer can be cancelled
  // while it waits or reads. From its first write on it stays subscribed, and holds the lock to the end.
  let writing = false;
  return defer(() => Promise.all([store.read(from), store.read(to)])).pipe(
    concatMap(async ([payer, payee]) => {
      writing = true;
      await store.write(changed(payer, -amount));
      await store.write(changed(payee, amount));
    }),
    request.held(),
    lock ? withWriteLock(lock, { label: request.label }) : identity,
    request.requested(),
    takeUntil(request.cancelled.pipe(filter(() => !writing))),
  );
}

function changed({ id, balance, updates }: Account, by: number): Account {
  return { id, balance: balance + by, updates: updates + 1 };
}
