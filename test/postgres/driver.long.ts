import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, type ClientConfig, Pool } from 'pg';
import { PostgresEngine } from '../../src/postgres/PostgresEngine.js';
import type { Session } from '../../src/postgres/Session.js';
import { Sessions } from '../../src/postgres/Sessions.js';
import { TokenSequence } from '../../src/postgres/TokenSequence.js';
import { describeOwnServer, describeServer } from './support/describeServer.js';
import { expectSoon, type Held, hold, printTime, sleep } from './support/holds.js';
import { Link } from './support/Link.js';
import { relayWithForeignKeys } from './support/relayWithForeignKeys.js';
import { TestServer } from './support/TestServer.js';

jest.setTimeout(30_000);

/** Shorter than usual, and with the same proportions. */
const PACE = { every: 300, within: 500, lease: 2000, wait: 1000 };

const engines: PostgresEngine[] = [];
const children: ChildProcess[] = [];
const links: Link[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(engines.splice(0).map((engine) => engine.end()));
  for (const link of links.splice(0)) link.close();
  await expectSoon(async () => (await server.sessions()).length === 0);
  await expectSoon(async () => (await server.locks()).length === 0);
});

/** The locks as another process sees them. */
function engine({
  config = {},
  sessions = 10,
  tokens = 'test_tokens',
}: { config?: ClientConfig; sessions?: number; tokens?: string } = {}): PostgresEngine {
  const sequence = new TokenSequence(tokens);
  const engine = new PostgresEngine({ ...server.config, ...config }, PACE, sessions, sequence);
  engines.push(engine);
  return engine;
}

/** The lock of a name as a process sees it that holds and requests nothing else. */
function process(config?: ClientConfig) {
  return engine({ config: config ?? {} }).driver(['the lock']);
}

async function link(): Promise<Link> {
  const link = await Link.to(server.config.port as number);
  links.push(link);
  return link;
}

/** Another process, which holds the lock. */
async function holderElsewhere(): Promise<ChildProcess> {
  const { config } = server;
  const options = JSON.stringify({ config, pace: PACE, name: 'the lock' });
  const child = fork(join(__dirname, 'support/worker.ts'), [options], {
    execArgv: ['--import', 'tsx'],
  });
  children.push(child);
  expect(await once(child, 'message')).toContain('granted');
  return child;
}

async function expectGrant(request: Held): Promise<Held> {
  await request.granted;
  return request;
}

/** The sessions that hold the lock, and those that wait for it. */
async function pids(granted: boolean): Promise<number[]> {
  return (await server.locks()).filter((lock) => lock.granted === granted).map(({ pid }) => pid);
}

async function expectWaiting(requests = 1): Promise<void> {
  await expectSoon(async () => (await pids(false)).length === requests);
}

/** The lock can be had, and every number is greater than those before. */
async function expectFree(): Promise<bigint> {
  const next = await expectGrant(hold(process(), 'exclusive'));
  const { token } = (await next.granted) as { token: bigint };
  next.release();
  return token;
}

describeServer('what a driver does', () => {
  it('L1: an exclusive lock is held by one process at a time, a shared one by several', async () => {
    const [a, b] = [process(), process()];
    const first = await expectGrant(hold(a, 'exclusive'));
    const readers = [hold(a, 'shared'), hold(b, 'shared')];
    await expectWaiting(2);
    expect(readers.map((reader) => reader.isGranted())).toEqual([false, false]);
    first.release();
    await Promise.all(readers.map(expectGrant));
    const writer = hold(b, 'exclusive');
    await expectWaiting();
    expect(writer.isGranted()).toBe(false);
    for (const reader of readers) reader.release();
    await writer.granted;
    writer.release();
  });

  it('L1: two locks of one name in one process are two owners', async () => {
    const one = engine();
    const first = await expectGrant(hold(one.driver(['a']), 'exclusive'));
    const second = hold(one.driver(['a']), 'exclusive');
    await expectWaiting();
    expect(second.isGranted()).toBe(false);
    first.release();
    await second.granted;
    second.release();
  });

  it('L1: a request that does not wait completes if the lock is held', async () => {
    const [a, b] = [process(), process()];
    const first = await expectGrant(hold(a, 'exclusive'));
    expect(await hold(b, 'shared', { ifAvailable: true }).granted).toBeUndefined();
    expect(await hold(a, 'shared', { ifAvailable: true }).granted).toBeUndefined();
    first.release();
    await expectSoon(async () => (await server.locks()).length === 0);
    const second = hold(b, 'exclusive', { ifAvailable: true });
    expect(await second.granted).toMatchObject({ tokens: 1024 });
    second.release();
  });

  it('L1: a request that does not wait never passes one that waits', async () => {
    const [a, b, c] = [process(), process(), process()];
    const reader = await expectGrant(hold(a, 'shared'));
    const writer = hold(b, 'exclusive');
    await expectWaiting();
    expect(await hold(c, 'shared', { ifAvailable: true }).granted).toBeUndefined();
    reader.release();
    await writer.granted;
    writer.release();
  });

  it('L1: tokens grow with every lease, and keep growing in a new session', async () => {
    const drivers = [process(), process()] as const;
    let last = 0n;
    for (let i = 0; i < 10; i++) {
      const one = await expectGrant(hold(drivers[i % 2 ? 0 : 1], 'exclusive'));
      const { token, tokens } = (await one.granted) as { token: bigint; tokens: number };
      expect(token).toBeGreaterThan(last);
      last = token + BigInt(tokens) - 1n;
      one.release();
    }
  });

  it('L1: the locks need none of the sessions of the work', async () => {
    const pool = new Pool({ ...server.config, max: 1 });
    const busy = await pool.connect();
    const one = await expectGrant(hold(process(), 'exclusive'));
    one.release();
    busy.release();
    await pool.end();
  });

  it('L6: any number of locks without waits needs one session', async () => {
    const one = engine({ sessions: 2 });
    const all = Array.from({ length: 200 }, (_, i) => hold(one.driver([`key ${i}`]), 'exclusive'));
    await Promise.all(all.map(expectGrant));
    expect(await server.locks()).toHaveLength(200);
    expect(await server.sessions()).toHaveLength(1);
    for (const one of all) one.release();
  });

  it('L6: a lock that is waited for needs a session, which then serves the next', async () => {
    const [a, b] = [engine(), engine({ sessions: 2 })];
    for (let i = 0; i < 5; i++) {
      const first = await expectGrant(hold(a.driver([`key ${i}`]), 'exclusive'));
      const second = hold(b.driver([`key ${i}`]), 'exclusive');
      await expectWaiting();
      expect(await server.sessions()).toHaveLength(3);
      first.release();
      await second.granted;
      second.release();
      await expectSoon(async () => (await server.locks()).length === 0);
    }
  });
});

describeServer('cancelling at a driver', () => {
  it('L4: a storm of cancels leaves no lock and no waiting session behind', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const other = process();
    for (let round = 0; round < 30; round++) {
      const some = Array.from({ length: 8 }, (_, i) => hold(other, i % 2 ? 'shared' : 'exclusive'));
      await sleep(round % 10);
      for (const one of some) one.release();
    }
    await expectSoon(async () => (await server.locks()).length === 1);
    first.release();
    await expectFree();
  });

  it('L4: a cancel that races with the grant leaves nothing behind', async () => {
    const [a, b] = [process(), process()];
    for (let round = 0; round < 50; round++) {
      const first = await expectGrant(hold(a, 'exclusive'));
      const second = hold(b, 'exclusive');
      await sleep(round % 4);
      first.release();
      if (round % 2) await sleep(round % 5);
      second.release();
    }
    await expectSoon(async () => (await server.locks()).length === 0);
  });

  it('L4: a cancel before the request has reached the server requests nothing', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const other = process();
    hold(other, 'exclusive').release();
    const later = hold(other, 'exclusive');
    await Promise.resolve();
    later.release();
    await sleep(200);
    expect(await pids(false)).toEqual([]);
    first.release();
  });

  it('L4: a waiting request whose session an administrator cancels waits again', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process(), 'exclusive');
    await expectWaiting();
    const [pid] = await pids(false);
    await server.query(`select pg_cancel_backend(${pid})`);
    await sleep(100);
    await expectWaiting();
    first.release();
    await second.granted;
    second.release();
  });

  it('L4: what is unsubscribed inside next is released', async () => {
    const driver = process();
    const first: Held = hold(driver, 'exclusive', { next: () => first.release() });
    await first.granted;
    await expectFree();
  });
});

describeServer('losses at a driver', () => {
  it('L2: a holder whose session is killed is told, and the next request is granted', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process(), 'exclusive');
    await expectWaiting();
    await server.terminate((await pids(true))[0] as number);
    expect(await first.lost).toMatchObject({ code: 'unreachable' });
    await second.granted;
    second.release();
  });

  it('L2: a waiting request whose session is killed waits again', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process(), 'exclusive');
    for (let i = 0; i < 3; i++) {
      await expectWaiting();
      await server.terminate((await pids(false))[0] as number);
      await expectSoon(async () => (await pids(false)).length === 0);
    }
    await expectWaiting();
    expect(second.isGranted()).toBe(false);
    first.release();
    await second.granted;
    second.release();
  });

  it('L2: a home session that dies while it is opened leaves the next one in its place', async () => {
    const killed = new Error('killed');
    let next: Promise<Session> | undefined;
    class KilledOnce extends TokenSequence {
      override check(session: Session): Promise<void> {
        if (next) return super.check(session);
        session.die(killed);
        next = sessions.home();
        return Promise.reject(killed);
      }
    }
    const sessions = new Sessions(server.config, PACE, 10, new KilledOnce('test_tokens'));
    await expect(sessions.home()).rejects.toBe(killed);
    expect(await sessions.home()).toBe(await next);
    expect(await server.sessions()).toHaveLength(1);
    await sessions.end();
  });

  it('L2: a waiting request whose connection is reset waits again', async () => {
    const near = await link();
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process({ port: near.port }), 'exclusive');
    await expectWaiting();
    near.reset();
    await sleep(100);
    await expectWaiting();
    first.release();
    await second.granted;
    second.release();
  });

  it('L2: a waiting request on a link that is cut and heals is granted', async () => {
    const near = await link();
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process({ port: near.port }), 'exclusive');
    await expectWaiting();
    near.cut();
    await sleep(2 * (PACE.every + PACE.within));
    near.heal();
    first.release();
    await second.granted;
    second.release();
  });

  it('L2: a request that waits on a cut link keeps the lock from others for a limited time', async () => {
    const near = await link();
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process({ port: near.port }), 'exclusive');
    await expectWaiting();
    near.cut();
    const third = hold(process(), 'exclusive');
    await sleep(100);
    first.release();
    const released = performance.now();
    // The link is still cut.
    await third.granted;
    printTime('a request on a cut link has kept the lock', released);
    second.release();
    third.release();
    near.heal();
  });

  it('L2: after a loss no teardown releases the lock of the next holder', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process(), 'exclusive');
    await expectWaiting();
    await server.terminate((await pids(true))[0] as number);
    await Promise.all([first.lost, second.granted]);
    first.release();
    first.release();
    await sleep(50);
    expect(await hold(process(), 'shared', { ifAvailable: true }).granted).toBeUndefined();
    second.release();
  });

  it('L2: a loss while the lock is released is no loss', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const [pid] = await pids(true);
    let isLost = false;
    void first.lost.then(() => (isLost = true));
    const killed = server.terminate(pid as number);
    first.release();
    await killed;
    await expectFree();
    expect(isLost).toBe(false);
  });

  it('L2: a loss inside next is told', async () => {
    const near = await link();
    const first = hold(process({ port: near.port }), 'exclusive', { next: () => near.reset() });
    await first.granted;
    expect(await first.lost).toMatchObject({ code: 'unreachable' });
    await expectFree();
  });

  it('L2: a killed process passes the lock on', async () => {
    const child = await holderElsewhere();
    const next = hold(process(), 'exclusive');
    await expectWaiting();
    child.kill('SIGKILL');
    const killed = performance.now();
    await next.granted;
    printTime('a killed process has kept the lock', killed);
    next.release();
  });

  it('L2: a stopped process loses the lock, and is told when it goes on', async () => {
    const child = await holderElsewhere();
    const next = hold(process(), 'exclusive');
    await expectWaiting();
    child.kill('SIGSTOP');
    const stopped = performance.now();
    await next.granted;
    printTime('a stopped process has kept the lock', stopped);
    child.kill('SIGCONT');
    expect(await once(child, 'message')).toContain('lost');
    next.release();
  });

  it('L3: a holder on a cut link is told before the server frees its lock', async () => {
    const near = await link();
    const first = await expectGrant(hold(process({ port: near.port }), 'exclusive'));
    const second = hold(process(), 'exclusive');
    await expectWaiting();
    await sleep(PACE.every);
    near.cut();
    const cut = performance.now();
    await first.lost;
    printTime('the holder on a cut link has been told', cut);
    expect(second.isGranted()).toBe(false);
    await second.granted;
    printTime('the server has freed its lock', cut);
    second.release();
  });

  it('L3: no lease comes back to life when the link heals', async () => {
    const near = await link();
    const first = await expectGrant(hold(process({ port: near.port }), 'exclusive'));
    near.cut();
    await first.lost;
    near.heal();
    await expectFree();
  });

  it('L3: a blocked event loop loses nothing before the server gives up', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    let isLost = false;
    void first.lost.then(() => (isLost = true));
    block(PACE.every + PACE.within + 200);
    await sleep(PACE.every + PACE.within);
    expect(isLost).toBe(false);
    first.release();
  });

  it('L3: an event loop blocked for longer than that is told at once', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    block(PACE.lease + 500);
    await expectToldAtOnce(first);
  });

  it('L3: with a cut link, too', async () => {
    const near = await link();
    const first = await expectGrant(hold(process({ port: near.port }), 'exclusive'));
    near.cut();
    block(PACE.lease + 500);
    await expectToldAtOnce(first);
  });
});

/** The holder learns of its loss before an answer could be missing for too long. */
async function expectToldAtOnce({ lost }: Held): Promise<void> {
  const told = lost.then(() => 'told');
  expect(await Promise.race([told, sleep(PACE.within).then(() => 'still waits')])).toBe('told');
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describeServer('the time in the server', () => {
  it('L2: a waiting writer is granted although readers overlap', async () => {
    const [a, b, c] = [process(), process(), process()];
    let isOver = false;
    const read = async (driver: typeof a) => {
      while (!isOver) {
        const reader = await expectGrant(hold(driver, 'shared'));
        await sleep(20);
        reader.release();
      }
    };
    const reading = Promise.all([read(a), sleep(10).then(() => read(b))]);
    await sleep(100);
    const requested = performance.now();
    const writer = hold(c, 'exclusive');
    // Meanwhile the readers go on.
    await writer.granted;
    printTime('a writer has waited for overlapping readers', requested);
    writer.release();
    isOver = true;
    await reading;
  });

  it('L2: a wait keeps VACUUM back for a limited time only', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process(), 'exclusive');
    await expectWaiting();
    const oldest = async () =>
      (
        await server.query<{ xmin: string }>(
          `select backend_xmin::text as xmin from pg_stat_activity
           where application_name = 'rxjs-rwlock' and backend_xmin is not null`,
        )
      )[0]?.xmin;
    const before = await oldest();
    expect(before).toBeDefined();
    await server.query('select pg_current_xact_id()');
    expect(await oldest()).toBe(before);
    await expectSoon(async () => ![before, undefined].includes(await oldest()));
    expect(second.isGranted()).toBe(false);
    first.release();
    await second.granted;
    second.release();
  });

  it('L2: the timeouts of a role end no lock and no wait', async () => {
    const settings = [
      ...['statement_timeout', 'lock_timeout', 'idle_session_timeout', 'transaction_timeout'].map(
        (name) => `${name} = '100ms'`,
      ),
      'default_transaction_read_only = on',
      "default_transaction_isolation = 'serializable'",
      'synchronous_commit = off',
    ];
    await server.query('create role hostile login superuser password $$hostile$$');
    for (const setting of settings) await server.query(`alter role hostile set ${setting}`);
    const config = { user: 'hostile', password: 'hostile' };
    try {
      const first = await expectGrant(hold(process(config), 'exclusive'));
      const second = hold(process(config), 'exclusive');
      let isLost = false;
      void first.lost.then(() => (isLost = true));
      await expectWaiting();
      await sleep(500);
      expect([isLost, second.isGranted()]).toEqual([false, false]);
      first.release();
      await second.granted;
      second.release();
    } finally {
      await Promise.all(engines.splice(0).map((engine) => engine.end()));
      await server.query('drop role hostile');
    }
  });
});

describeServer('refusals of a driver', () => {
  it('L5: a request that needs more sessions than maxSessions is refused', async () => {
    const holder = engine();
    const one = engine({ sessions: 2 });
    const mine = await expectGrant(hold(one.driver(['mine']), 'exclusive'));
    const others = [
      await expectGrant(hold(holder.driver(['a']), 'exclusive')),
      await expectGrant(hold(holder.driver(['b']), 'exclusive')),
    ];
    const waiting = hold(one.driver(['a']), 'exclusive');
    await expectWaiting();
    const refused = hold(one.driver(['b']), 'exclusive');
    await expect(refused.granted).rejects.toMatchObject({ code: 'exhausted' });
    // What is expectGrant and what waits is not touched by that.
    mine.release();
    for (const other of others) other.release();
    await waiting.granted;
    waiting.release();
  });

  it('L5: a server without room for another session refuses, and holders can release', async () => {
    await server.query('create role few login password $$few$$ connection limit 1');
    const config = { user: 'few', password: 'few' };
    try {
      await server.query('grant usage on sequence test_tokens to few');
      const first = await expectGrant(hold(process(config), 'exclusive'));
      const second = hold(process(config), 'exclusive');
      await expect(second.granted).rejects.toMatchObject({ code: 'exhausted' });
      first.release();
      await expectFree();
    } finally {
      await Promise.all(engines.splice(0).map((engine) => engine.end()));
      await server.query('drop owned by few; drop role few');
    }
  });

  it('L5: a role that may not use the sequence is refused, and keeps no lock', async () => {
    await server.query('create sequence if not exists test_tokens increment by 1024');
    await server.query('create role weak login password $$weak$$');
    const config = { user: 'weak', password: 'weak' };
    try {
      const refused = hold(process(config), 'exclusive');
      await expect(refused.granted).rejects.toMatchObject({
        code: 'permission',
        message: expect.stringContaining('setupSql') as string,
      });
      expect(await server.locks()).toEqual([]);
      const missing = engine({ config, tokens: 'missing' }).driver(['the lock']);
      await expect(hold(missing, 'exclusive').granted).rejects.toMatchObject({
        code: 'permission',
      });
    } finally {
      await Promise.all(engines.splice(0).map((engine) => engine.end()));
      await server.query('drop role weak');
    }
  });

  it('L5: a wrong password is refused', async () => {
    await server.query('create role other login password $$right$$');
    const refused = hold(process({ user: 'other', password: 'wrong' }), 'exclusive');
    await expect(refused.granted).rejects.toMatchObject({ code: 'permission' });
    await server.query('drop role other');
  });

  it('L5: a sequence whose numbers are not in the order of the grants is refused', async () => {
    await server.query('create sequence cached cache 10');
    const refused = hold(engine({ tokens: 'cached' }).driver(['the lock']), 'exclusive');
    await expect(refused.granted).rejects.toMatchObject({ code: 'unsupported' });
    await server.query('drop sequence cached');
  });

  it('L5: a pooler, which has keys of its own, is refused', async () => {
    const pooler = await relayWithForeignKeys(server.config.port as number);
    const refused = hold(process({ port: pooler.port }), 'exclusive');
    await expect(refused.granted).rejects.toMatchObject({ code: 'pooled' });
    pooler.close();
  });
});

describeOwnServer('a server that stops', () => {
  it.each([
    ['gracefully', 'SIGINT'],
    ['immediately', 'SIGQUIT'],
  ] as const)(
    'L2: %s and starts again: holders are told, waiting requests live on',
    async (_, signal) => {
      const before = await expectFree();
      const first = await expectGrant(hold(process(), 'exclusive'));
      const second = hold(process(), 'exclusive');
      await expectWaiting();
      await server.restart(signal, 500);
      await first.lost;
      await second.granted;
      // L7: and a token is never given twice.
      expect(((await second.granted) as { token: bigint }).token).toBeGreaterThan(before);
      second.release();
      expect(await expectFree()).toBeGreaterThan(before);
    },
  );

  it('L2: a session killed hard ends all of them, and waiting requests live on', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    const second = hold(process(), 'exclusive');
    await expectWaiting();
    const unrelated = server.client();
    await unrelated.connect();
    const [row] = (await unrelated.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
    globalThis.process.kill(row?.pid as number, 'SIGKILL');
    await first.lost;
    await second.granted;
    await server.reconnect();
    second.release();
  });

  it('L5: while the server is down, a request fails after a while, or at once if it must not wait', async () => {
    await server.shutDown('SIGINT');
    const connect = jest.spyOn(Client.prototype, 'connect');
    const atOnce = hold(process(), 'exclusive', { ifAvailable: true });
    await expect(atOnce.granted).rejects.toMatchObject({ code: 'unreachable' });
    expect(connect).toHaveBeenCalledTimes(1);
    const start = performance.now();
    const refused = hold(process(), 'exclusive');
    await expect(refused.granted).rejects.toMatchObject({ code: 'unreachable' });
    printTime('a request has tried to reach the server', start);
    expect(connect.mock.calls.length).toBeGreaterThan(3);
    connect.mockRestore();
    await server.startAgain();
    await expectFree();
  });

  it('L2: a server that hangs is a loss, and frees the lock when it goes on', async () => {
    const first = await expectGrant(hold(process(), 'exclusive'));
    server.signalAll('SIGSTOP');
    const start = performance.now();
    // The server still hangs.
    await first.lost;
    printTime('the holder has been told that the server hangs', start);
    server.signalAll('SIGCONT');
    await expectFree();
  });

  it('L5: a standby is refused', async () => {
    await server.shutDown('SIGINT');
    await server.startAgain({ standby: true });
    await expect(hold(process(), 'exclusive').granted).rejects.toMatchObject({ code: 'standby' });
    await server.query('select pg_promote()');
    await expectSoon(
      async () => !(await server.query<{ is: boolean }>('select pg_is_in_recovery() as is'))[0]?.is,
    );
    await expectFree();
  });
});
