import pg from 'pg';
import { defer, EMPTY, lastValueFrom, merge, repeat, timer } from 'rxjs';
import { type LockLike, traceLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import { fencingTokenOf } from 'rxjs-rwlock/remote';

// One of several processes. It serves pages from a cache that all of them share, refreshes the cache now
// and then, and posts to one ledger. It may be killed at any time.

const [connection = ''] = process.argv.slice(2);
const work = new pg.Pool({ connectionString: connection, max: 2 });
work.on('error', () => {});
const locks = new PostgresLocks({ connection, heartbeat: { every: 200, within: 300 } });
const cache = locks.lock('cache');
const ledger = locks.lock('ledger');

for (const lock of [cache, ledger])
  traceLock(lock).subscribe((event) => tell({ ...event, at: Date.now() }));

const pause = () => timer(50 + Math.random() * 300);
