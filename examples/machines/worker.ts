import pg from 'pg';
import { concatMap, defer, finalize, merge, type Observable, repeat, retry, timer } from 'rxjs';
import { withReadLock, withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import { fencingTokenOf } from 'rxjs-rwlock/remote';
import type { Note } from './Note.js';

// One of several processes. It serves pages from a cache that they share, refreshes the cache now and
// then, and posts to one ledger. It may be killed at any time.

const connection = process.argv[2] as string;
const work = new pg.Pool({ connectionString: connection, max: 3 });
work.on('error', () => {});
const locks = new PostgresLocks({ connection, heartbeat: { every: 200, within: 300 } });
const cache = locks.lock('cache');
const ledger = locks.lock('ledger');

const serve = traced('read', 'cache', (granted) =>
  defer(() => {
    granted();
    return work.query('select page from cache').then(() => sleep(20));
  }).pipe(withReadLock(cache)),
);
const refresh = traced('write', 'cache', (granted) =>
  defer(() => {
    granted();
    return sleep(60).then(() => work.query('update cache set page = page + 1'));
  }).pipe(withWriteLock(cache)),
);
const post = traced('write', 'ledger', (granted) =>
  defer(() => [1]).pipe(
    withWriteLock(ledger, (amount, lease) => {
      granted();
      return add(amount, fencingTokenOf(lease));
    }),
  ),
);

/** Posts an amount, unless another process has got the lock meanwhile. */
async function add(amount: number, token: bigint): Promise<void> {
  const raised = await work.query<{ balance: number }>(
    'update ledger set fence = $1 where fence <= $1 returning balance',
    [token],
  );
  const balance = raised.rows[0]?.balance;
  await sleep(10);
  const written = await work.query(
    'with written as (update ledger set balance = $2 where fence = $1 returning fence) ' +
      'insert into postings (token) select fence from written',
    [token, (balance ?? 0) + amount],
  );
  if (written.rowCount === 0) throw new Error('another process has the lock');
}

/** Tells the main process when a request is made, when it is granted and when it has ended. */
function traced<T>(
  mode: 'read' | 'write',
  lock: Note['lock'],
  request: (granted: () => void) => Observable<T>,
): Observable<T> {
  let last = 0;
  return defer(() => {
    const id = `${mode} ${lock} ${++last}`;
    const tell = (what: Note['what']) => process.send?.({ id, mode, lock, what, at: Date.now() });
    tell('requested');
    return request(() => tell('granted')).pipe(finalize(() => tell('ended')));
  });
}

function again(request: Observable<unknown>, pause: number): Observable<unknown> {
  const wait = () => timer(Math.random() * pause);
  return wait().pipe(
    concatMap(() => request),
    retry({ delay: wait }),
    repeat(),
  );
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const working = merge(again(serve, 100), again(refresh, 600), again(post, 150)).subscribe();

process.once('message', () => {
  working.unsubscribe();
  void locks
    .close()
    .then(() => work.end())
    .then(() => process.disconnect());
});
