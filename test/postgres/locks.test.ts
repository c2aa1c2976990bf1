import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom, NEVER, of, type Subscription } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import { fencingTokenOf, LockLostError } from 'rxjs-rwlock/remote';
import { codeBlocks } from '../../scripts/codeBlocks.js';
import { describeServer } from './support/describeServer.js';
import { TestServer } from './support/TestServer.js';

// The other tests with a real server are in the files that end in `.long.ts`.

jest.setTimeout(30_000);

const held: Subscription[] = [];

describeServer('locks of PostgreSQL', () => {
  let server: TestServer;
  let all: PostgresLocks[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    for (const subscription of held.splice(0)) subscription.unsubscribe();
    await Promise.all(all.map((locks) => locks.close()));
    all = [];
  });

  /** The locks of another process. */
  function process(): PostgresLocks {
    const locks = new PostgresLocks({ connection: server.config });
    all.push(locks);
    return locks;
  }

  it('L1: two processes that count under a lock lose nothing, and leave nothing behind', async () => {
    await server.query('create table counted as select 0 as n');
    const file = join(__dirname, 'support/counting.ts');
    const options = JSON.stringify({ connection: server.config, times: 100 });
    const counting = [0, 1].map(() => fork(file, [options], { execArgv: ['--import', 'tsx'] }));
    await Promise.all(counting.map((child) => once(child, 'exit')));
    expect(counting.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await server.query('select n from counted')).toEqual([{ n: 200 }]);
    expect(await server.locks()).toEqual([]);
    expect(await server.sessions()).toEqual([]);
    await server.query('drop table counted');
  });

  it('L2: a holder whose session is killed errors, and a waiting request is granted', async () => {
    const [first, second] = [process().lock('one'), process().lock('one')];
    const held = new Promise<unknown>((error) => {
      NEVER.pipe(withWriteLock(first)).subscribe({ error });
    });
    while ((await server.locks()).length < 1);
    const granted = firstValueFrom(of('granted').pipe(withWriteLock(second)));
    while ((await server.locks()).length < 2);
    const holder = (await server.locks()).find((lock) => lock.granted);
    await server.terminate(holder?.pid as number);
    expect(await held).toBeInstanceOf(LockLostError);
    expect(await granted).toBe('granted');
  });

  it('L7: the write of the guide refuses a holder that has lost the lock', async () => {
    const guide = readFileSync(join(__dirname, '../../docs/postgres.md'), 'utf8');
    const [prepare, raise, write] = codeBlocks(guide, 'sql') as [string, string, string];
    await server.query(`create table ledger (id text, balance int)`);
    await server.query(prepare);
    await server.query(`insert into ledger values ('ann', 100)`);
    const rows = async (sql: string, values: unknown[]) => {
      const { rows, rowCount } = await server.admin.query<{ balance: number }>(sql, values);
      return rows[0]?.balance ?? rowCount;
    };

    const first = acquire(process());
    const stale = await first.token;
    const second = acquire(process());
    expect(await rows(raise, ['ann', stale])).toBe(100);
    while ((await server.locks()).length < 2);
    const holder = (await server.locks()).find((lock) => lock.granted);
    await server.terminate(holder?.pid as number);
    expect(await first.lost).toBeInstanceOf(LockLostError);
    const token = await second.token;
    expect(token).toBeGreaterThan(stale);

    // The first holder does not know it yet, and has read 100.
    expect(await rows(raise, ['ann', token])).toBe(100);
    expect(await rows(write, ['ann', stale, 150])).toBe(0);
    expect(await rows(raise, ['ann', stale])).toBe(0);
    expect(await rows(write, ['ann', token, 110])).toBe(1);
    expect(await server.query('select balance from ledger')).toEqual([{ balance: 110 }]);
    await server.query('drop table ledger');
  });
});

/** The token of a writer, and the error that ends its hold. */
function acquire(locks: PostgresLocks): { token: Promise<bigint>; lost: Promise<unknown> } {
  let told: (error: unknown) => void = () => {};
  const lost = new Promise<unknown>((resolve) => (told = resolve));
  const token = new Promise<bigint>((resolve) => {
    const leases = locks.lock('ledger').writer.acquire();
    held.push(leases.subscribe({ next: (lease) => resolve(fencingTokenOf(lease)), error: told }));
  });
  return { token, lost };
}
