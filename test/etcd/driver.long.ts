import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { firstValueFrom, NEVER, of, Subject } from 'rxjs';
import { withReadLock, withWriteLock } from 'rxjs-rwlock';
import { fencingTokenOf, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { etcdDriver } from '../../examples/etcd/etcdDriver.js';
import { Link } from '../postgres/support/Link.js';
import { encode, Etcd, hasEtcd } from './support/Etcd.js';

jest.setTimeout(60_000);

(hasEtcd ? describe : describe.skip)('locks of etcd', () => {
  let etcd: Etcd;
  const all: RemoteReadWriteLock[] = [];
  const links: Link[] = [];

  beforeAll(async () => {
    etcd = await Etcd.start();
  });
  afterAll(() => etcd.stop());
  afterEach(async () => {
    await Promise.all(all.splice(0).map((lock) => lock.close()));
    for (const link of links.splice(0)) link.close();
    const left = [...(await etcd.keys()), ...(await etcd.leases())];
    if (left.length > 0) throw new Error(`this is left in etcd: ${JSON.stringify(left)}`);
  });

  /** The lock as another process sees it. */
  function process({ name = 'the lock', url = etcd.url, ttl = 10 } = {}): RemoteReadWriteLock {
    const lock = new RemoteReadWriteLock(etcdDriver(name, { url, ttl }));
    all.push(lock);
    return lock;
  }

  /** Waits until so many requests have arrived at etcd, granted or not. */
  async function arrived(count: number): Promise<void> {
    while ((await etcd.keys()).length !== count);
  }

  /** Takes its etcd lease from a request, as if it had not been renewed. */
  async function revoke(index: number): Promise<void> {
    const ID = (await etcd.keys())[index]?.lease;
    await etcd.call('lease/revoke', { ID });
  }

  it('J2: two processes that count under a lock lose nothing, and leave nothing behind', async () => {
    const file = join(__dirname, 'support/counting.ts');
    const options = JSON.stringify({ url: etcd.url, times: 100 });
    const counting = [0, 1].map(() => fork(file, [options], { execArgv: ['--import', 'tsx'] }));
    await Promise.all(counting.map((child) => once(child, 'exit')));
    expect(counting.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await etcd.call('kv/range', { key: encode('counted') })).toMatchObject({
      kvs: [{ value: encode('200') }],
    });
  });

  it('J2: readers of several processes overlap, and different names are different locks', async () => {
    const reader = process().reader.acquire().subscribe();
    await arrived(1);
    expect(await firstValueFrom(of('read').pipe(withReadLock(process())))).toBe('read');
    for (const name of ['the lock/read', 'the', 'the lock2'])
      expect(await firstValueFrom(of(name).pipe(withWriteLock(process({ name }))))).toBe(name);
    const refused = firstValueFrom(of(1).pipe(withWriteLock(process(), { ifAvailable: true })));
    await expect(refused).rejects.toMatchObject({ name: 'LockUnavailableError' });
    reader.unsubscribe();
  });

  it('J7: a writer goes before a reader of another process that has come later', async () => {
    const log: string[] = [];
    const held = new Subject<never>();
    held.pipe(withReadLock(process())).subscribe();
    await arrived(1);
    const writer = firstValueFrom(of('write').pipe(withWriteLock(process())));
    await arrived(2);
    const reader = firstValueFrom(of('read').pipe(withReadLock(process())));
    await arrived(3);
    held.complete();
    await Promise.all([writer, reader].map(async (one) => log.push(await one)));
    expect(log).toEqual(['write', 'read']);
  });

  it('B2: when a waiting writer is cancelled, the readers of other processes behind it are granted', async () => {
    const holder = process().reader.acquire().subscribe();
    await arrived(1);
    const writer = process().writer.acquire().subscribe();
    await arrived(2);
    const reader = firstValueFrom(of('read').pipe(withReadLock(process())));
    await arrived(3);
    writer.unsubscribe();
    expect(await reader).toBe('read');
    holder.unsubscribe();
  });

  it('J8: what is cancelled at any time before its grant leaves nothing behind', async () => {
    const holder = process().writer.acquire().subscribe();
    await arrived(1);
    const lock = process();
    for (let round = 0; round < 40; round++) {
      const request = (round % 2 ? lock.reader : lock.writer).acquire().subscribe();
      await new Promise((resolve) => setTimeout(resolve, round % 10));
      request.unsubscribe();
    }
    await lock.close();
    expect([await etcd.keys(), await etcd.leases()]).toMatchObject([{ length: 1 }, { length: 1 }]);
    holder.unsubscribe();
  });

  it('J4: a holder whose etcd lease is revoked errors, and another process is granted', async () => {
    const lost = new Promise((error) => NEVER.pipe(withWriteLock(process())).subscribe({ error }));
    await arrived(1);
    const next = firstValueFrom(of('granted').pipe(withWriteLock(process())));
    await arrived(2);
    await revoke(0);
    expect(await lost).toMatchObject({ name: 'LockLostError' });
    expect(await next).toBe('granted');
  });

  it('J4: a waiting request whose etcd lease is revoked waits on', async () => {
    const holder = process().writer.acquire().subscribe();
    await arrived(1);
    const next = firstValueFrom(of('granted').pipe(withWriteLock(process())));
    await arrived(2);
    const before = await etcd.keys();
    await revoke(1);
    while ((await etcd.keys())[1]?.lease === before[1]?.lease);
    await arrived(2);
    holder.unsubscribe();
    expect(await next).toBe('granted');
  });

  it('J4: a holder on a cut link errors before etcd grants the lock to another process', async () => {
    const link = await Link.to(Number(new URL(etcd.url).port));
    links.push(link);
    const first = process({ url: `http://127.0.0.1:${link.port}`, ttl: 2 });
    const log: string[] = [];
    const lost = new Promise((error) => NEVER.pipe(withWriteLock(first)).subscribe({ error }));
    while (first.state.held.write === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const next = firstValueFrom(of('granted').pipe(withWriteLock(process())));
    await arrived(2);
    link.cut();
    const told = lost.then((error) => log.push((error as Error).name));
    await Promise.all([told, next.then((value) => log.push(value))]);
    expect(log).toEqual(['LockLostError', 'granted']);
  });

  it('J5: where no etcd answers, a request errors with a code', async () => {
    const nowhere = process({ url: 'http://127.0.0.1:1' });
    const refused = firstValueFrom(of(1).pipe(withWriteLock(nowhere, { ifAvailable: true })));
    await expect(refused).rejects.toMatchObject({
      name: 'LockEngineError',
      code: 'unreachable',
    });
  });

  it('J6: tokens grow with every grant of every process, also over a crash of etcd', async () => {
    let last = 0n;
    const locks = [process(), process()] as const;
    for (let i = 0; i < 10; i++) {
      const lease = await locks[i % 2 ? 0 : 1].writer.lease();
      const token = fencingTokenOf(lease);
      expect(token).toBeGreaterThan(last);
      last = token;
      lease.release();
      if (i !== 5) continue;
      await arrived(0);
      await etcd.kill();
      // It waits until there is an etcd again.
      const request = locks[0].writer.lease();
      await etcd.startAgain();
      (await request).release();
    }
  });
});
