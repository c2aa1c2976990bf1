import { Client } from 'pg';
import {
  catchError,
  defer,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  range,
  repeat,
  type Subscription,
  timer,
} from 'rxjs';
import {
  allOf,
  type LockLike,
  withGate,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { PostgresLocks, type PostgresLocksOptions } from 'rxjs-rwlock/postgres';
import type { LockEngineError, RemoteLockOptions } from 'rxjs-rwlock/remote';
import { describeServer } from './support/describeServer.js';
import { expectSoon, printTime, sleep } from './support/holds.js';
import { TestServer } from './support/TestServer.js';

jest.setTimeout(60_000);

describeServer('locks of PostgreSQL', () => {
  let server: TestServer;
  const all: PostgresLocks[] = [];
  const held: Subscription[] = [];

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    for (const subscription of held.splice(0)) subscription.unsubscribe();
    await Promise.all(all.splice(0).map((locks) => locks.close()));
    await expectSoon(async () => (await server.sessions()).length === 0);
    await expectSoon(async () => (await server.locks()).length === 0);
  });

  /** The locks of another process. */
  function process(options: Partial<PostgresLocksOptions> = {}): PostgresLocks {
    const locks = new PostgresLocks({ connection: server.config, ...options });
    all.push(locks);
    return locks;
  }

  /** Holds a lock until the test has ended, or longer. */
  async function occupy(lock: LockLike): Promise<Subscription> {
    return await new Promise((resolve) => {
      const subscription = lock.writer.acquire().subscribe(() => resolve(subscription));
      held.push(subscription);
    });
  }

  /** Some work: a turn of the event loop. */
  const turn = new Observable<void>((subscriber) => {
    const immediate = setImmediate(() => {
      subscriber.next();
      subscriber.complete();
    });
    return () => clearImmediate(immediate);
  });

  it('L1: every operator works, and readers of several processes overlap', async () => {
    const [a, b] = [process().lock('one'), process().lock('one')];
    const reading = [a, b].map((lock) => NEVER.pipe(withReadLock(lock)).subscribe());
    await expectSoon(async () => (await server.locks()).length === 2);
    await expectSoon(async () => (await server.locks()).every(({ granted }) => granted));
    expect((await server.locks()).map(({ mode }) => mode)).toEqual(['ShareLock', 'ShareLock']);
    for (const reader of reading) reader.unsubscribe();
    expect(await firstValueFrom(of(1).pipe(withUpgradableLock(a)))).toBe(1);
    expect(await firstValueFrom(of(2).pipe(withWriteLock(b)))).toBe(2);
  });

  it('L1: an upgrade waits for no other process, since an upgradable holds the lock alone', async () => {
    const [a, b] = [process().lock('one'), process().lock('one')];
    const lease = await a.upgradable.lease();
    const reader = firstValueFrom(of('read').pipe(withReadLock(b)));
    await expectSoon(async () => (await server.locks()).length === 2);
    const writer = await lease.writer.lease();
    writer.release();
    lease.release();
    expect(await reader).toBe('read');
  });

  it('L1: a key is one lock in all processes, and different keys and names are not', async () => {
    const [a, b] = [process(), process()];
    const ann = await occupy(a.keyed<string>('accounts').for('ann'));
    const others = [b.keyed<string>('accounts').for('bob'), b.lock('accounts'), b.lock('ann')];
    await Promise.all(others.map(occupy));
    const same = b.keyed<string>('accounts').for('ann');
    const refused = firstValueFrom(of(1).pipe(withWriteLock(same, { ifAvailable: true })));
    await expect(refused).rejects.toMatchObject({ name: 'LockUnavailableError' });
    ann.unsubscribe();
    await firstValueFrom(of(1).pipe(withWriteLock(same)));
  });

  it('L1, G4: locks of one name in two databases are acquired in one order by all processes', async () => {
    await server.query('create database other');
    const other = { connection: { ...server.config, database: 'other' } };
    const [a, b] = [process().lock('one'), process(other).lock('one')];
    const [b2, a2] = [process(other).lock('one'), process().lock('one')];
    const both = (one: LockLike, two: LockLike) =>
      firstValueFrom(of(1).pipe(withGate(allOf(one.writer, two.writer), { waitTimeout: 5000 })));
    // Without an order of their own, locks are acquired in the order in which a process first uses them.
    await both(a, b);
    await both(b2, a2);
    for (const options of [{}, other]) {
      const holder = await occupy(process(options).lock('one'));
      const first = both(a, b);
      await sleep(100);
      const second = both(b2, a2);
      await sleep(100);
      holder.unsubscribe();
      expect(await Promise.all([first, second])).toEqual([1, 1]);
    }
    await Promise.all(all.splice(0).map((locks) => locks.close()));
    await server.query('drop database other');
  });

  it('L1: to acquire and release a lock that nobody else holds takes two statements', async () => {
    const lock = process().lock('one');
    await firstValueFrom(of(1).pipe(withWriteLock(lock)));
    await expectSoon(async () => (await server.locks()).length === 0);
    const query = jest.spyOn(Client.prototype, 'query');
    await firstValueFrom(of(1).pipe(withWriteLock(lock)));
    const sent = () => query.mock.calls.filter(([sql]) => sql.includes('advisory_'));
    await expectSoon(() => sent().length >= 2);
    await sleep(50);
    expect(sent()).toHaveLength(2);
    query.mockRestore();
  });

  it('L1: a cohort of 64 needs one lease for 64 requests while another process waits', async () => {
    const leases = async () => {
      const [row] = await server.query<{ n: number }>(
        'select last_value / 1024 as n from rxjs_rwlock_tokens',
      );
      return Number(row?.n);
    };
    const leasesFor = async (options: RemoteLockOptions) => {
      const pair = [process().lock('one', options), process().lock('one', options)];
      const before = await leases();
      const many = (lock: LockLike) =>
        lastValueFrom(range(256).pipe(withWriteLock(lock, () => turn)));
      await Promise.all(pair.map((lock) => many(lock)));
      return (await leases()) - before;
    };
    await firstValueFrom(of(1).pipe(withWriteLock(process().lock('one'))));
    expect(await leasesFor({ cohort: { grants: 1, time: Infinity } })).toBe(512);
    expect(await leasesFor({ cohort: { grants: 64, time: Infinity } })).toBe(8);
  });

  it('L1: a writer waits for no more than the budget of another process with 25 busy writers', async () => {
    const busy = process().lock('one', { cohort: { grants: 64, time: Infinity } });
    const other = process().lock('one');
    let grants = 0;
    const work = defer(() => timer(++grants && 2));
    const writing = Array.from({ length: 25 }, () =>
      work.pipe(withWriteLock(busy), repeat()).subscribe(),
    );
    held.push(...writing);
    for (let round = 0; round < 5; round++) {
      const last = grants;
      await expectSoon(() => grants > last);
      const start = performance.now();
      const request = firstValueFrom(defer(() => of(grants)).pipe(withWriteLock(other)));
      const isWaiting = async () => (await server.locks()).some(({ granted }) => !granted);
      await expectSoon(async () => other.state.waiting.write === 0 || (await isWaiting()));
      const before = grants;
      expect((await request) - before).toBeLessThanOrEqual(64);
      printTime('a writer has waited for another process with 25 writers', start);
    }
  });

  it('L2: a timeout that races with the grant leaves nothing behind', async () => {
    const [a, b] = [process().lock('one'), process().lock('one')];
    let timedOut = 0;
    for (let i = 0; i < 40; i++) {
      const holder = await occupy(a);
      const request = firstValueFrom(
        of('granted').pipe(
          withWriteLock(b, { waitTimeout: 10 }),
          catchError(({ name }: Error) => of(name)),
        ),
      );
      await sleep(i % 2 ? 10 : 5 + (i % 10));
      holder.unsubscribe();
      if ((await request) === 'LockTimeoutError') timedOut++;
    }
    expect(timedOut).toBeGreaterThan(0);
    await firstValueFrom(of(1).pipe(withWriteLock(b)));
  });

  it('L2: waiting requests of the process that has lost the lock are served afterwards', async () => {
    const lock = process().lock('one', { cohort: { time: 10_000 } });
    const lost = new Promise((error) => NEVER.pipe(withWriteLock(lock)).subscribe({ error }));
    const next = firstValueFrom(of('served').pipe(withWriteLock(lock)));
    await expectSoon(async () => (await server.locks()).length === 1);
    await server.terminate((await server.locks())[0]?.pid as number);
    expect(await lost).toMatchObject({ name: 'LockLostError' });
    expect(await next).toBe('served');
  });

  it('L5: an error of the engine has a code, and the message says what to do', async () => {
    const locks = process({ connection: { ...server.config, password: 'wrong', user: 'nobody' } });
    const request = of(1).pipe(withWriteLock(locks.lock('one')));
    const error = (await firstValueFrom(request).catch(
      (error: unknown) => error,
    )) as LockEngineError;
    expect(error).toMatchObject({ name: 'LockEngineError', code: 'permission' });
    expect(error.message).toMatch(/^one: can't acquire write.*permission.*nobody/s);
  });

  it('L4: close() serves what holds and waits, and refuses the rest', async () => {
    const locks = process();
    const lock = locks.lock('one');
    const holder = await occupy(lock);
    const waiting = firstValueFrom(of('served').pipe(withWriteLock(lock)));
    const closed = locks.close();
    const late = [lock, locks.lock('two')].map((one) =>
      firstValueFrom(of(1).pipe(withWriteLock(one))).catch(
        (error: unknown) => (error as Error).name,
      ),
    );
    expect(await Promise.all(late)).toEqual(['LockClosedError', 'LockClosedError']);
    holder.unsubscribe();
    expect(await waiting).toBe('served');
    await closed;
    expect(await server.sessions()).toEqual([]);
  });

  it('L4, J8: close() of one lock resolves when the server has released it', async () => {
    const locks = process();
    for (let i = 0; i < 20; i++) {
      const lock = i % 2 ? locks.lock('one') : locks.keyed<string>('many');
      const gate = 'for' in lock ? lock.for('ann') : lock;
      await firstValueFrom(of(1).pipe(withWriteLock(gate)));
      await lock.close();
      expect(await server.locks()).toEqual([]);
    }
  });

  it('L6: the keys of one process need one session while nobody waits', async () => {
    const accounts = process({ maxSessions: 2 }).keyed<number>('accounts');
    const keys = Array.from({ length: 100 }, (_, i) => occupy(accounts.for(i)));
    await Promise.all(keys);
    expect(await server.sessions()).toHaveLength(1);
    expect(await server.locks()).toHaveLength(100);
  });
});

describe('the options of PostgresLocks', () => {
  const connection = 'postgres://nowhere/none';

  it.each<[string, object, string]>([
    ['no connection', { connection: undefined }, 'connection must be'],
    ['too few sessions', { maxSessions: 1 }, 'maxSessions must be a whole number from 2, got 1'],
    ['a heartbeat of NaN', { heartbeat: { every: NaN } }, 'heartbeat.every must be'],
    ['no name of a sequence', { tokens: 'a; drop' }, 'tokens must be the name of a sequence'],
  ])('L5: %s is refused at once', (_what, options, message) => {
    expect(() => new PostgresLocks({ connection, ...options })).toThrow(message);
  });

  it.each([
    ['given', { name: 'shown' }, 'shown'],
    ['undefined', { name: undefined }, 'accounts'],
    ['not given', {}, 'accounts'],
  ])('L1: a name for messages that is %s', (_, options, shown) => {
    const locks = new PostgresLocks({ connection });
    const ann = locks.keyed<string>('accounts', options).for('ann');
    const names: (string | undefined)[] = [];
    for (const { core, writer } of [locks.lock('accounts', options), ann]) {
      core.close();
      const error = ({ message }: Error) => names.push(message.split(':')[0]);
      writer.acquire().subscribe({ error });
    }
    expect(names).toEqual([shown, `${shown}[ann]`]);
  });

  it('L5: setupSql makes the sequence, and there is none without tokens', () => {
    expect(new PostgresLocks({ connection, tokens: 'locks.t' }).setupSql).toMatch(
      /^create sequence if not exists locks\.t .*increment by 1024/,
    );
    expect(new PostgresLocks({ connection, tokens: false }).setupSql).toBe('');
  });
});
