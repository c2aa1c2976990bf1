import pg from 'pg';
import { defer, lastValueFrom } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import { fencingTokenOf } from 'rxjs-rwlock/remote';

// A process that adds 1 to a number in the database for as long as it lives, and tells each write
// that the database has accepted. Whatever fails, it tries again.

const { locks: connection, work } = JSON.parse(process.argv[2] as string) as {
  locks: pg.ClientConfig;
  work: pg.ClientConfig;
};
const locks = new PostgresLocks({ connection, heartbeat: { every: 300, within: 500 } });
const lock = locks.lock('soak', { cohort: { grants: 8 } });
// The work has a link of its own: it goes on to write when the lock is lost.
const pool = new pg.Pool({ ...work, max: 4 });
pool.on('error', () => {});

/** Adds 1; the token is that of the grant. */
async function add(token: bigint): Promise<void> {
  const raised = await pool.query<{ n: number }>(
    'update counted set fence = $1 where fence <= $1 returning n',
    [token],
  );
  if (!raised.rows[0]) {
    tell('refused');
    return;
  }
  // Long enough that others may come between.
  await new Promise((resolve) => setTimeout(resolve, Math.random() < 0.05 ? 100 : 1));
  const written = await pool.query(
    'with written as (update counted set n = $2 where fence = $1 returning $2::int) ' +
      'insert into writes (token, n) select $1, * from written',
    [token, raised.rows[0].n + 1],
  );
  tell(written.rowCount === 1 ? 'accepted' : 'refused');
}

function tell(what: string): void {
  process.send?.(what);
}

let isOver = false;
async function writer(): Promise<void> {
  while (!isOver) {
    const request = defer(() => [0]).pipe(
      withWriteLock(lock, (_, lease) => defer(() => add(fencingTokenOf(lease)))),
    );
    await lastValueFrom(request, { defaultValue: undefined }).catch((error: unknown) => {
      tell((error as Error).name);
      return new Promise((resolve) => setTimeout(resolve, 20));
    });
  }
}

async function run(): Promise<void> {
  const writers = Promise.all(Array.from({ length: 4 }, writer));
  process.on('message', () => (isOver = true));
  await writers;
  await locks.close();
  await pool.end();
  process.disconnect();
}

void run();
