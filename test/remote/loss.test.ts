import { NEVER, Observable, of, VirtualTimeScheduler } from 'rxjs';
import {
  allOf,
  latest,
  type Lease,
  type LockLike,
  ReadWriteLock,
  traceLock,
  type UpgradableLease,
  withGate,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { LockLostError, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { inGlobalOrder } from '../../src/many/globalOrder.js';
import { type Process, processes, UNLIMITED } from '../support/processes.js';
import { logged } from '../support/sources.js';
import { IDLE } from '../support/states.js';

const cut = new Error('the connection was cut');

/** An observer that logs what it is told. */
function logs(log: string[], name: string) {
  return {
    next: (value: unknown) => log.push(`${name} ${typeof value === 'string' ? value : 'granted'}`),
    error: (error: Error) => log.push(`${name} ${error.name}`),
    complete: () => log.push(`${name} completed`),
  };
}

it('J4: a loss errors every consumer, tears every source down, and lets requests wait on', () => {
  const { all, engine } = processes(2);
  const [here, there] = all;
  const log: string[] = [];
  for (const name of ['A', 'B'])
    logged(log, name).pipe(withReadLock(here.lock)).subscribe(logs(log, name));
  logged(log, 'W').pipe(withWriteLock(here.lock)).subscribe(logs(log, 'W'));
  there.lock.writer.acquire().subscribe(logs(log, 'there'));
  log.length = 0;
  here.driver.lose(cut);
  expect(log).toEqual([
    'there granted',
    'A LockLostError',
    'A torn down',
    'B LockLostError',
    'B torn down',
  ]);
  expect(here.lock.state).toMatchObject({ held: { read: 0 }, waiting: { write: 1 } });
  expect(engine.state).toMatchObject({ held: { write: 1 }, waiting: { write: 1 } });
});

it('J4: what waited is served when the lease is had again', () => {
  const { all } = processes(2);
  const [here, there] = all;
  const log: string[] = [];
  here.lock.reader.acquire().subscribe(logs(log, 'A'));
  of('served').pipe(withWriteLock(here.lock)).subscribe(logs(log, 'W'));
  const other = there.lock.writer.acquire().subscribe();
  here.driver.lose(cut);
  expect(log).toEqual(['A granted', 'A LockLostError']);
  other.unsubscribe();
  expect(log.slice(2)).toEqual(['W served', 'W completed']);
});

/** Two readers, A and B, hold the lock; each calls back when it has lost its lease. */
function readTwice(lock: LockLike, log: string[], lost: (name: string) => void): void {
  for (const name of ['A', 'B'])
    logged(log, name)
      .pipe(withReadLock(lock))
      .subscribe({
        error: () => {
          log.push(`${name} lost`);
          lost(name);
        },
      });
  log.length = 0;
}

it('J4: nothing is granted here before all owners have been told, whatever they request then', () => {
  const { all } = processes(1);
  const { lock, driver } = all[0];
  const log: string[] = [];
  readTwice(lock, log, () => {
    of('again').pipe(withReadLock(lock)).subscribe(logs(log, 'again'));
  });
  driver.lose(cut);
  expect(log.slice(0, 4)).toEqual(['A lost', 'A torn down', 'B lost', 'B torn down']);
  expect(log.slice(4)).toEqual(Array(2).fill(['again again', 'again completed']).flat());
});

it('J4: an engine that grants at once waits, too, until all owners have been told of a loss', () => {
  const { all } = processes(1);
  const { lock, driver } = all[0];
  const log: string[] = [];
  readTwice(lock, log, (name) => {
    const again = of(`${name} again`).pipe(withWriteLock(lock, { ifAvailable: true }));
    again.subscribe(logs(log, 'W'));
  });
  driver.lose(cut);
  expect(log).toEqual([
    'A lost',
    'A torn down',
    'B lost',
    'B torn down',
    'W A again',
    'W completed',
    'W B again',
    'W completed',
  ]);
});

it('J4: a request that is made and cancelled while owners are told of a loss asks no engine', () => {
  const { all, engine } = processes(1);
  const { lock, driver } = all[0];
  lock.reader.acquire().subscribe({
    error: () => {
      lock.writer.acquire({ ifAvailable: true }).subscribe().unsubscribe();
    },
  });
  const asked = driver.requests.length;
  driver.lose(cut);
  expect(driver.requests).toHaveLength(asked);
  expect(engine.state).toMatchObject(IDLE);
  expect(lock.state).toMatchObject(IDLE);
});

it('J4: while the lease is being given back, a loss ends the leases here, and the others return once', () => {
  const { all, engine } = processes(2, { cohort: { grants: 1 } });
  const [here, there] = all;
  const log: string[] = [];
  here.lock.reader.acquire().subscribe(logs(log, 'A'));
  there.lock.writer.acquire().subscribe(logs(log, 'there'));
  here.lock.writer.acquire().subscribe(logs(log, 'W'));
  // The budget is spent: the others wait for A, ahead of W.
  here.driver.lose(cut);
  expect(log).toEqual(['A granted', 'there granted', 'A LockLostError']);
  expect(engine.state).toMatchObject({ held: { write: 1 }, waiting: { write: 1 } });
  expect(here.lock.state).toMatchObject({ held: { read: 0, write: 0 }, waiting: { write: 1 } });
});

it('J4: an upgrade, and a nested request, through a lost lease error', () => {
  const { all } = processes(1, { cohort: UNLIMITED });
  const { lock, driver } = all[0];
  const log: string[] = [];
  let upgradable: UpgradableLease | undefined;
  lock.upgradable.acquire().subscribe({ next: (l) => (upgradable = l), error: () => undefined });
  lock.reader.acquire().subscribe(logs(log, 'reader'));
  upgradable?.reader.acquire().subscribe(logs(log, 'nested'));
  upgradable?.writer.acquire().subscribe(logs(log, 'upgrade'));
  expect(lock.state.waiting.write).toBe(1);
  driver.lose(cut);
  expect(log).toEqual([
    'reader granted',
    'nested granted',
    'reader LockLostError',
    'nested LockLostError',
    'upgrade LockLostError',
  ]);
  expect(lock.state).toMatchObject(IDLE);
  expect(upgradable?.released).toBe(true);
});

it('J4: a trace tells which leases and waits a loss has ended, and which grants wait again', () => {
  const scheduler = new VirtualTimeScheduler();
  const { all } = processes(2, { scheduler, cohort: UNLIMITED });
  const [here, there] = all;
  const lost = { error: () => undefined };
  let upgradable: UpgradableLease | undefined;
  here.lock.upgradable
    .acquire({ label: 'upgradable' })
    .subscribe({ ...lost, next: (lease) => (upgradable = lease) });
  here.lock.reader.acquire({ label: 'reader' }).subscribe(lost);
  scheduler.flush();
  here.lock.reader.acquire({ label: 'untold' }).subscribe(lost);
  upgradable?.writer.acquire({ label: 'upgrade' }).subscribe(lost);
  there.lock.writer.acquire().subscribe(lost);
  const log: string[] = [];
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it has the methods of a lock
  traceLock(here.lock).subscribe(({ type, label }) => log.push(`${type} ${label}`));
  here.driver.lose(cut);
  expect(log.filter((event) => !event.endsWith('elsewhere'))).toEqual([
    'released upgradable',
    'released reader',
    'cancelled upgrade',
    'released untold',
    'requested untold',
  ]);
});

it('J4: what is granted but not delivered waits again, in its old place', () => {
  const scheduler = new VirtualTimeScheduler();
  const { all, engine } = processes(2, { scheduler, cohort: UNLIMITED });
  const [here, there] = all;
  const log: string[] = [];
  for (const name of ['A', 'B'])
    logged<string>(log, name).pipe(withWriteLock(here.lock)).subscribe(logs(log, name));
  expect(here.lock.state).toMatchObject({ held: { write: 1 }, waiting: { write: 1 } });
  const other = there.lock.writer.acquire().subscribe();
  here.driver.lose(cut);
  expect(here.lock.state).toMatchObject({ held: { write: 0 }, waiting: { write: 2 } });
  scheduler.flush();
  expect(log).toEqual([]);
  expect(engine.state.held.write).toBe(1);
  other.unsubscribe();
  scheduler.flush();
  expect(log).toEqual(['A subscribed']);
});

it.each([
  ['one lock', (lock: LockLike) => lock.writer],
  ['several locks', (lock: LockLike) => allOf(lock.writer, new ReadWriteLock().writer)],
])('J4, I3: at a gate of latest for %s, a request that waits again is replaced', (_, gateOf) => {
  const scheduler = new VirtualTimeScheduler();
  const { all } = processes(2, { scheduler, cohort: UNLIMITED });
  const [here, there] = all;
  const save = latest(gateOf(here.lock));
  const log: string[] = [];
  of('saved').pipe(withGate(save)).subscribe(logs(log, '1'));
  const other = there.lock.writer.acquire().subscribe();
  here.driver.lose(cut);
  of('saved').pipe(withGate(save)).subscribe(logs(log, '2'));
  expect(log).toEqual(['1 completed']);
  other.unsubscribe();
  scheduler.flush();
  expect(log.slice(1)).toEqual(['2 saved', '2 completed']);
  expect(here.lock.state).toMatchObject(IDLE);
});

it('J4, E4: an allOf that would wait again for a lock that is failing leaves nothing in the others', () => {
  const { all } = processes(1, { scheduler: new VirtualTimeScheduler() });
  const { lock, driver } = all[0];
  const local = new ReadWriteLock();
  // The remote lock is the first in the global order, in which they have first been compared.
  inGlobalOrder(lock.core, local.core);
  const log: string[] = [];
  local.reader.acquire().subscribe({ error: () => driver.lose(cut) });
  const both = allOf(lock.writer, local.reader).acquire();
  both.subscribe({ error: (reason) => log.push(String(reason)) });
  local.error('failed');
  lock.complete();
  lock.subscribe({ complete: () => log.push('ended') });
  expect(log).toEqual(['failed', 'ended']);
});

it('J4: a request that is granted in the same batch, but has not been told, waits again', () => {
  const { all } = processes(2, { cohort: UNLIMITED });
  const [here, there] = all;
  const log: string[] = [];
  const other = there.lock.writer.acquire().subscribe();
  const loses = new Observable<string>((subscriber) => {
    subscriber.next('held');
    here.driver.lose(cut);
  });
  loses.pipe(withReadLock(here.lock)).subscribe(logs(log, 'A'));
  of('held').pipe(withReadLock(here.lock)).subscribe(logs(log, 'B'));
  other.unsubscribe();
  expect(log).toEqual(['A held', 'A LockLostError', 'B held', 'B completed']);
});

/** Loses the lease, once, when the observers of the lock are told that so many read. */
function loseWhenRead({ lock, driver }: Process, count: number): void {
  let isDone = false;
  lock.subscribe(({ held }) => {
    if (isDone || held.read < count) return;
    isDone = true;
    driver.lose(cut);
  });
}

describe('a loss while the observers are told of a grant', () => {
  it('J4: a request that was granted at once waits again, and is told of one grant', () => {
    const { all } = processes(2, { cohort: UNLIMITED });
    const [here, there] = all;
    const log: string[] = [];
    here.lock.reader.acquire().subscribe(logs(log, 'A'));
    const other = there.lock.writer.acquire().subscribe();
    loseWhenRead(here, 2);
    of('B read').pipe(withReadLock(here.lock)).subscribe(logs(log, 'B'));
    expect(log).toEqual(['A granted', 'A LockLostError']);
    expect(here.lock.state).toMatchObject({ held: { read: 0 }, waiting: { read: 1 } });
    other.unsubscribe();
    expect(log.slice(2)).toEqual(['B B read', 'B completed']);
  });

  it('J4: it waits in its old place', () => {
    const { all } = processes(2, { cohort: UNLIMITED });
    const [here, there] = all;
    const log: string[] = [];
    here.lock.reader.acquire().subscribe(logs(log, 'A'));
    const other = there.lock.writer.acquire().subscribe();
    here.lock.subscribe(({ held }) => {
      if (held.read < 2 || log.length > 1) return;
      of('W wrote').pipe(withWriteLock(here.lock)).subscribe(logs(log, 'W'));
      here.driver.lose(cut);
    });
    of('B read').pipe(withReadLock(here.lock)).subscribe(logs(log, 'B'));
    other.unsubscribe();
    expect(log.filter((line) => /read|wrote/.test(line))).toEqual(['B B read', 'W W wrote']);
  });

  it('J4: an engine that grants the lease again within the call lets it be told once', () => {
    const { all } = processes(1, { cohort: UNLIMITED });
    const { lock } = all[0];
    const log: string[] = [];
    lock.reader.acquire().subscribe(logs(log, 'A'));
    loseWhenRead(all[0], 2);
    lock.reader.acquire().subscribe(logs(log, 'B'));
    expect(log).toEqual(['A granted', 'A LockLostError', 'B granted']);
    expect(lock.state.held.read).toBe(1);
  });

  it('J4: so does a grant inside the call in which another request is told of its own', () => {
    const { all } = processes(1, { cohort: UNLIMITED });
    const { lock } = all[0];
    const log: string[] = [];
    loseWhenRead(all[0], 2);
    // It waits for the engine, so that it is told inside the lock.
    lock.reader.acquire().subscribe({
      next: () => lock.reader.acquire().subscribe(logs(log, 'B')),
      error: () => log.push('A lost'),
    });
    expect(log).toEqual(['A lost', 'B granted']);
    expect(lock.state.held.read).toBe(1);
  });

  it('J4: its signal ends the wait that follows', () => {
    const { all } = processes(2, { cohort: UNLIMITED });
    const [here, there] = all;
    const log: string[] = [];
    here.lock.reader.acquire().subscribe({ error: () => log.push('A lost') });
    there.lock.writer.acquire().subscribe();
    loseWhenRead(here, 2);
    const abort = new AbortController();
    here.lock.reader.acquire({ signal: abort.signal }).subscribe(logs(log, 'B'));
    expect(here.lock.state.waiting.read).toBe(1);
    abort.abort(Object.assign(new Error(), { name: 'aborted' }));
    expect(log).toEqual(['A lost', 'B aborted']);
    expect(here.lock.state.waiting.read).toBe(0);
  });

  it('J4: a request that has been told of its grant inside the call errors', () => {
    const { all } = processes(1, { cohort: UNLIMITED });
    const { lock, driver } = all[0];
    const log: string[] = [];
    lock.reader.acquire().subscribe(logs(log, 'A'));
    const loses = new Observable<string>((subscriber) => {
      subscriber.next('held');
      driver.lose(cut);
    });
    loses.pipe(withReadLock(lock)).subscribe(logs(log, 'B'));
    expect(log).toEqual(['A granted', 'B held', 'A LockLostError', 'B LockLostError']);
  });

  it('J4, E4: if the lock fails as well, the request fails with the lock', () => {
    const { all, engine } = processes(1, { cohort: UNLIMITED });
    const { lock, driver } = all[0];
    const log: string[] = [];
    lock.reader.acquire().subscribe({ error: () => driver.lose(cut) });
    lock.subscribe({
      next: ({ held }) => held.read === 2 && lock.error(new RangeError()),
      error: () => log.push('the lock failed'),
    });
    lock.reader.acquire().subscribe(logs(log, 'B'));
    expect(log).toEqual(['B RangeError', 'the lock failed']);
    expect([lock.state, engine.state]).toMatchObject([IDLE, IDLE]);
  });

  it('J4: tryAcquire answers that the lock is not available', () => {
    const { all } = processes(1, { cohort: UNLIMITED });
    const { lock } = all[0];
    lock.reader.acquire().subscribe({ error: () => undefined });
    loseWhenRead(all[0], 2);
    expect(lock.reader.tryAcquire()).toBeUndefined();
    expect(lock.state).toMatchObject(IDLE);
  });

  it('J4: a part of an unfinished allOf waits again', () => {
    const { all } = processes(2, { cohort: UNLIMITED });
    const [here, there] = all;
    const local = new ReadWriteLock();
    inGlobalOrder(here.lock.core, local.core);
    const log: string[] = [];
    here.lock.reader.acquire().subscribe({ error: () => log.push('A lost') });
    const other = there.lock.writer.acquire().subscribe();
    loseWhenRead(here, 2);
    allOf(here.lock.reader, local.writer).acquire().subscribe(logs(log, 'both'));
    expect(log).toEqual(['A lost']);
    expect([here.lock.state.waiting.read, local.state.held.write]).toEqual([1, 0]);
    other.unsubscribe();
    expect(log.slice(1)).toEqual(['both granted']);
    expect([here.lock.reader.locked, local.writer.locked]).toEqual([true, true]);
  });
});

it('J4: a part of an unfinished allOf waits again, and holds nothing behind it meanwhile', () => {
  const { all } = processes(2);
  const [here, there] = all;
  const log: string[] = [];
  const second = new RemoteReadWriteLock({ name: 'b', hold: () => NEVER });
  // In the global order the lock of the process stands first, as it has no name.
  allOf(here.lock.writer, second.writer).acquire().subscribe(logs(log, 'both'));
  expect(here.lock.writer.locked).toBe(true);
  const other = there.lock.writer.acquire().subscribe();
  here.driver.lose(cut);
  expect(log).toEqual([]);
  expect(here.lock.state).toMatchObject({ held: { write: 0 }, waiting: { write: 1 } });
  expect(second.state).toMatchObject(IDLE);
  other.unsubscribe();
  expect(here.lock.writer.locked).toBe(true);
  expect(second.state.waiting.write).toBe(1);
});

it('J4: an unfinished allOf keeps what it holds in front of the lost part, and releases the rest', () => {
  const { all } = processes(2, { cohort: UNLIMITED });
  const [here, there] = all;
  const [front, next] = [new ReadWriteLock(), new ReadWriteLock()];
  const [behind, last] = [new ReadWriteLock(), new ReadWriteLock()];
  const locks = [front, here.lock, behind, next, last] as const;
  // In the global order they stand as they have first been compared.
  for (const { core } of locks) inGlobalOrder(core, {});
  const log: string[] = [];
  const holder = next.writer.tryAcquire();
  allOf(...locks.map(({ writer }) => writer))
    .acquire()
    .subscribe(logs(log, 'all'));
  front.writer.acquire().subscribe(logs(log, 'next in front'));
  const other = there.lock.writer.acquire().subscribe();
  const held = () => locks.map(({ state }) => state.held.write);
  expect(held()).toEqual([1, 1, 1, 1, 0]);
  // What it has accepted is still served.
  here.lock.complete();
  here.driver.lose(cut);
  expect(held()).toEqual([1, 0, 0, 1, 0]);
  expect(log).toEqual([]);
  holder?.release();
  other.unsubscribe();
  expect(log).toEqual(['all granted']);
  for (const lock of locks) lock.complete();
  expect(locks.map(({ core }) => core.accepted.first)).toEqual(locks.map(() => undefined));
});

it('J4: an allOf that loses a part while it requests the next one holds both in the end', () => {
  const { all } = processes(2);
  const [here, there] = all;
  const local = new ReadWriteLock();
  inGlobalOrder(here.lock.core, local.core);
  const log: string[] = [];
  const other = there.lock.writer.acquire().subscribe();
  const request = allOf(here.lock.writer, local.writer).acquire();
  local.subscribe(({ held }) => {
    if (held.write === 0 || log.length > 0) return;
    log.push('both parts held');
    here.driver.lose(cut);
  });
  request.subscribe(logs(log, 'both'));
  other.unsubscribe();
  expect(log).toEqual(['both parts held', 'both granted']);
  expect([here.lock.writer.locked, local.writer.locked]).toEqual([true, true]);
});

it('J4: a finished allOf that loses one lock errors, and releases the others', () => {
  const { all } = processes(1);
  const { lock, driver } = all[0];
  const local = new ReadWriteLock();
  const log: string[] = [];
  logged(log, 'source')
    .pipe(withGate(allOf(lock.writer, local.writer)))
    .subscribe(logs(log, 'both'));
  driver.lose(cut);
  expect(log).toEqual(['source subscribed', 'both LockLostError', 'source torn down']);
  expect([lock.state, local.state]).toMatchObject([IDLE, IDLE]);
});

it('J4: an allOf whose first lock is lost is not granted when it gets the second one meanwhile', () => {
  const { all } = processes(2);
  const [here, there] = all;
  const local = new ReadWriteLock();
  // The remote lock is the first in the global order, in which they have first been compared.
  inGlobalOrder(here.lock.core, local.core);
  const both = allOf(here.lock.reader, local.writer);
  const log: string[] = [];
  both.acquire().subscribe(logs(log, 'A'));
  both.acquire().subscribe(logs(log, 'B'));
  const other = there.lock.writer.acquire().subscribe();
  here.driver.lose(cut);
  expect(log).toEqual(['A granted', 'A LockLostError']);
  other.unsubscribe();
  expect(log.slice(2)).toEqual(['B granted']);
});

it('J4: an allOf on a scheduler that has not been delivered waits again', () => {
  const scheduler = new VirtualTimeScheduler();
  const { all } = processes(1, { scheduler });
  const { lock, driver } = all[0];
  const local = new ReadWriteLock();
  const log: string[] = [];
  of('both')
    .pipe(withGate(allOf(lock.writer, local.writer)))
    .subscribe(logs(log, 'both'));
  driver.lose(cut);
  scheduler.flush();
  expect(log).toEqual(['both both', 'both completed']);
});

it('J4: a lease that was lost by a process is not released for its successor', () => {
  const { all, engine } = processes(2);
  const [here, there] = all;
  const mine = here.lock.writer.acquire().subscribe({ error: () => undefined });
  let lease: Lease | undefined;
  there.lock.writer.acquire().subscribe((l) => (lease = l));
  here.driver.lose(cut);
  mine.unsubscribe();
  mine.unsubscribe();
  expect(lease?.released).toBe(false);
  expect(engine.state.held.write).toBe(1);
});

it('J4, H1: the error names the lock and the request, and carries what the driver told', () => {
  const { all } = processes(1, { name: 'accounts' });
  const { lock, driver } = all[0];
  const errors: LockLostError[] = [];
  const error = (lost: LockLostError) => errors.push(lost);
  lock.upgradable.acquire({ label: 'save' }).subscribe({
    next: (lease) => {
      lock.reader.acquire().subscribe({ error });
      lease.writer.acquire({ label: 'upgrade' }).subscribe({ error });
    },
    error,
  });
  driver.lose(cut);
  expect(errors.map(({ message }) => message)).toEqual([
    'accounts: lost upgradable "save", the engine has ended the lease',
    'accounts: lost read, the engine has ended the lease',
    `accounts: can't acquire write "upgrade", the lease that it was requested through has been lost`,
  ]);
  expect(errors.every((lost) => lost instanceof LockLostError && lost.cause === cut)).toBe(true);
  expect(new Set(errors).size).toBe(3);
});

it('J4, I1: after a loss an idle live read reads again, and one that is reading errors', () => {
  const { all } = processes(1, { cohort: { linger: Infinity } });
  const { lock, driver } = all[0];
  const log: string[] = [];
  of('value').pipe(withLiveReadLock(lock)).subscribe(logs(log, 'idle'));
  NEVER.pipe(withLiveReadLock(lock)).subscribe(logs(log, 'reading'));
  driver.lose(cut);
  expect(log).toEqual(['idle value', 'reading LockLostError', 'idle value']);
});
