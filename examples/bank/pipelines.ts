import { concatMap, defer, filter, identity, map, type Observable, takeUntil } from 'rxjs';
import { type ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import type { Transfer } from './plan.js';
import type { Request } from './Request.js';
import type { Account, Store } from './Store.js';

export interface Bank {
  readonly store: Store;
  /** Left out, the same pipelines run without it. */
  readonly lock?: ReadWriteLock;
}

/** Reads every account; tells what the balances add up to. */
export function audit({ store, lock }: Bank, request: Request): Observable<number> {
  // Given up at work, it releases the lock while a file is still being read: that does no harm.
  return defer(() => store.readAll()).pipe(
    map(addUp),
    request.held(),
    lock ? withReadLock(lock, { label: request.label }) : identity,
    request.requested(),
    takeUntil(request.givenUp),
  );
}

/** Moves money: reads two accounts and writes them back. */
export function transfer(
  { store, lock }: Bank,
  request: Request,
  { from, to, amount }: Transfer,
): Observable<void> {
  // Unsubscribing releases the lock at once, but it can't cancel a promise: a write under way would
  // go on beside the next owner's, with half of the money moved. So a client may give up while it
  // waits or reads; once it writes it stays subscribed, and so holds the lock, to the end.
  let writing = false;
  return defer(() => Promise.all([store.read(from), store.read(to)])).pipe(
    concatMap(([payer, payee]) => {
      writing = true;
      return move(store, payer, payee, amount);
    }),
    request.held(),
    lock ? withWriteLock(lock, { label: request.label }) : identity,
    request.requested(),
    takeUntil(request.givenUp.pipe(filter(() => !writing))),
  );
}

function addUp(accounts: readonly Account[]): number {
  return accounts.reduce((sum, { balance }) => sum + balance, 0);
}

async function move(store: Store, payer: Account, payee: Account, amount: number): Promise<void> {
  await store.write(changed(payer, -amount));
  await store.write(changed(payee, amount));
}

function changed({ id, balance, updates }: Account, by: number): Account {
  return { id, balance: balance + by, updates: updates + 1 };
}
