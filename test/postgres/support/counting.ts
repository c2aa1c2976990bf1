import { Client, type ClientConfig } from 'pg';
import { defer, lastValueFrom, range } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';

// A process that adds 1 to a number in the database again and again, by a read and a later write.

const { connection, times } = JSON.parse(process.argv[2] as string) as {
  connection: ClientConfig;
  times: number;
};

async function count(): Promise<void> {
  await using locks = new PostgresLocks({ connection });
  const work = new Client(connection);
  await work.connect();
  const add = async () => {
    const { rows } = await work.query<{ n: number }>('select n from counted');
    await work.query('update counted set n = $1', [(rows[0]?.n ?? 0) + 1]);
  };
  const lock = locks.lock('counted');
  await lastValueFrom(range(times).pipe(withWriteLock(lock, () => defer(add))));
  await work.end();
}

void count();
