import { config, EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import {
  allOf,
  type Lease,
  type LockLike,
  LockUnavailableError,
  ReadWriteLock,
  type UpgradableLease,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import {
  fencingTokenOf,
  KeyedRemoteReadWriteLock,
  localDriver,
  type LockDriver,
  LockEngineError,
  type RemoteGrant,
  RemoteReadWriteLock,
} from 'rxjs-rwlock/remote';
import { countKept } from '../support/collect.js';
import { type Process, processes, UNLIMITED } from '../support/processes.js';
import { testing } from '../support/virtual.js';
import { IDLE } from '../support/states.js';

const down = new LockEngineError('no answer within 5 s', {
  code: 'unreachable',
  cause: new Error('ECONNREFUSED'),
});

describe('the lease of the engine', () => {
  it('J3: while it is in hand, requests are granted without the engine', () => {
    const { all } = processes(1, { cohort: { ...UNLIMITED, linger: Infinity } });
    const { lock, driver } = all[0];
    for (let i = 0; i < 10; i++) of(i).pipe(withWriteLock(lock)).subscribe();
    for (let i = 0; i < 10; i++) of(i).pipe(withReadLock(lock)).subscribe();
    expect(driver.requests).toEqual(['exclusive']);
    expect(lock.writer.tryAcquire()?.mode).toBe('write');
  });

  it('J3: it is given back when nobody here wants it, and is kept for linger', () => {
    testing(({ wait }) => {
      const { all, engine } = processes(1, { cohort: { time: Infinity, linger: 10 } });
      const { lock } = all[0];
      const use = () => of(1).pipe(withReadLock(lock)).subscribe();
      use();
      wait(9, () => expect(engine.reader.locked).toBe(true));
      wait(9, use);
      wait(18, () => expect(engine.reader.locked).toBe(true));
      wait(20, () => expect(engine.reader.locked).toBe(false));
    });
    const { all, engine } = processes(1);
    const held = NEVER.pipe(withReadLock(all[0].lock)).subscribe();
    expect(engine.reader.locked).toBe(true);
    held.unsubscribe();
    expect(engine.reader.locked).toBe(false);
  });

  it('J3: it is given back after as many grants as the budget has, and requested again behind others', () => {
    const { all } = processes(2, { cohort: { grants: 3, time: Infinity } });
    const [here, there] = all;
    const log: string[] = [];
    const other = NEVER.pipe(withWriteLock(there.lock)).subscribe();
    for (let i = 0; i < 7; i++)
      of(`here ${i}`)
        .pipe(withWriteLock(here.lock))
        .subscribe((value) => log.push(value));
    of('there')
      .pipe(withWriteLock(there.lock))
      .subscribe((value) => log.push(value));
    // `there` has it still, and so its second request is not in the queue of the engine.
    other.unsubscribe();
    expect(log.slice(0, 3)).toEqual(['there', 'here 0', 'here 1']);
    expect(here.driver.requests).toHaveLength(3);
  });

  it('J3: after the time of the budget it is given back as soon as the holds here have ended', () => {
    testing(({ wait, now }) => {
      const { all } = processes(2, { cohort: { time: 20 } });
      const [here, there] = all;
      const granted: number[] = [];
      // A reader each 4 ms, for 6 ms: there is always one. The last is granted in the frame 20.
      for (let at = 0; at < 60; at += 4)
        wait(at, () => {
          const held = NEVER.pipe(withReadLock(here.lock)).subscribe();
          wait(6, () => held.unsubscribe());
        });
      wait(5, () =>
        there.lock.writer.acquire().subscribe((lease) => {
          granted.push(now());
          lease.release();
        }),
      );
      wait(70, () => expect(granted).toEqual([26]));
    });
  });

  it('J3, D5: a downgrade is not a grant of the budget', () => {
    const { all } = processes(1, { cohort: { grants: 2, time: Infinity } });
    const { lock, driver } = all[0];
    let lease: WriteLease | undefined;
    lock.writer.acquire().subscribe((granted) => (lease = granted));
    lease?.downgrade('upgradable');
    lease?.downgrade('read');
    expect(lock.reader.tryAcquire()?.mode).toBe('read');
    expect(lock.reader.tryAcquire()).toBeUndefined();
    expect(driver.requests).toEqual(['exclusive']);
  });

  it('J3, B2: a shared lease is exchanged for the exclusive one only when nobody holds it here', () => {
    const { all } = processes(1, { cohort: UNLIMITED });
    const { lock, driver } = all[0];
    const log: string[] = [];
    NEVER.pipe(withReadLock(lock)).subscribe();
    const writer = of('W').pipe(withWriteLock(lock)).subscribe();
    of('R')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    expect(log).toEqual([]);
    writer.unsubscribe();
    expect(log).toEqual(['R']);
    expect(driver.requests).toEqual(['shared']);
  });

  it('J3, B2: when the writer that waits for the engine is cancelled, readers here join those of others', () => {
    const { all } = processes(2, { cohort: UNLIMITED });
    const [here, there] = all;
    const log: string[] = [];
    NEVER.pipe(withReadLock(there.lock)).subscribe();
    const writer = of('W').pipe(withWriteLock(here.lock)).subscribe();
    of('R')
      .pipe(withReadLock(here.lock))
      .subscribe((value) => log.push(value));
    writer.unsubscribe();
    expect(log).toEqual(['R']);
    expect(here.driver.requests).toEqual(['exclusive', 'shared']);
  });

  it('J3: no policy and no priority keeps it beyond the budget', () => {
    const { all } = processes(2, { cohort: { grants: 2 } });
    const [here, there] = all;
    const log: string[] = [];
    const other = there.lock.writer.acquire().subscribe();
    for (let i = 0; i < 6; i++)
      here.lock.writer.acquire({ priority: 1_000 }).subscribe((lease) => {
        log.push('here');
        if (i === 0) there.lock.writer.acquire().subscribe(() => log.push('there'));
        lease.release();
      });
    other.unsubscribe();
    expect(log).toEqual(['here', 'here', 'there']);
  });

  it('J3: a process loses its place in the engine only a few times by needing another mode', () => {
    const { all, engine } = processes(3);
    const [here, there, third] = all;
    const first = engine.writer.tryAcquire();
    const log: string[] = [];
    const told = (name: string) => void log.push(name);
    of('here').pipe(withReadLock(here.lock)).subscribe(told);
    for (let i = 0; i < 9; i++) {
      here.lock.writer.acquire({ priority: 1 }).subscribe().unsubscribe();
      if (i === 0) of('there').pipe(withWriteLock(there.lock)).subscribe(told);
      if (i === 2) of('third').pipe(withWriteLock(third.lock)).subscribe(told);
    }
    first?.release();
    expect(log).toEqual(['there', 'here', 'third']);
    expect(here.driver.requests).toEqual(['shared', 'exclusive', 'shared', 'exclusive']);
  });

  it('B1, J3: a writer that is cancelled here no longer blocks readers of other processes', () => {
    const { all, engine } = processes(2);
    const [here, there] = all;
    const first = engine.writer.tryAcquire();
    const log: string[] = [];
    here.lock.reader.acquire().subscribe(() => log.push('here'));
    const writer = here.lock.writer.acquire({ priority: 1 }).subscribe();
    there.lock.reader.acquire().subscribe(() => log.push('there'));
    writer.unsubscribe();
    first?.release();
    expect(log.sort()).toEqual(['here', 'there']);
  });

  it('J3: a new lease walks past none of the waiting requests that it does not grant', () => {
    const { all } = processes(1, { cohort: { grants: 1 } });
    const { lock, driver } = all[0];
    let isLast = false;
    const held = NEVER.pipe(withWriteLock(lock)).subscribe();
    for (let i = 0; i < 100; i++)
      of(i)
        .pipe(withWriteLock(lock))
        .subscribe((value) => (isLast = value === 99));
    const walks = jest.spyOn(lock.core.table, 'waiting');
    held.unsubscribe();
    expect(isLast).toBe(true);
    expect(driver.requests).toHaveLength(101);
    expect(walks).not.toHaveBeenCalled();
  });

  it('J3, A8: what the others wait for is not counted by maxWaiting, nor seen in the state', () => {
    const { all } = processes(1, { maxWaiting: 1, cohort: { grants: 1 } });
    const { lock } = all[0];
    const states: unknown[] = [];
    lock.subscribe(({ held, waiting }) => states.push([held.read, held.write, waiting.write]));
    lock.reader.acquire().subscribe();
    const errors: string[] = [];
    for (let i = 0; i < 2; i++)
      lock.writer.acquire().subscribe({ error: (error: Error) => errors.push(String(error)) });
    expect(errors).toEqual([
      "LockQueueFullError: lock: can't acquire write, the queue is full (1 waiting, maxWaiting 1)",
    ]);
    expect(states.at(-1)).toEqual([1, 0, 1]);
  });
});

describe('a failing engine', () => {
  it('J5: every waiting request errors, with the code and the reason, and nothing stays behind', () => {
    const { all, engine } = processes(2, { name: 'accounts' });
    const [here, there] = all;
    const errors: LockEngineError[] = [];
    const other = there.lock.writer.acquire().subscribe();
    for (const gate of [here.lock.reader, here.lock.writer])
      gate.acquire().subscribe({ error: (error: LockEngineError) => errors.push(error) });
    here.driver.fail(down);
    expect(errors.map(({ message }) => message)).toEqual([
      "accounts: can't acquire read, no answer within 5 s",
      "accounts: can't acquire write, no answer within 5 s",
    ]);
    expect(errors.every((error) => error instanceof LockEngineError)).toBe(true);
    expect(errors.map(({ code }) => code)).toEqual(['unreachable', 'unreachable']);
    expect(errors.map(({ cause }) => cause)).toEqual([down.cause, down.cause]);
    expect([here.driver.live, engine.state.waiting.write]).toEqual([0, 0]);
    other.unsubscribe();
    here.driver.mend();
    const log: unknown[] = [];
    of('later')
      .pipe(withWriteLock(here.lock))
      .subscribe((value) => log.push(value));
    expect(log).toEqual(['later']);
  });

  it.each<[string, () => Observable<RemoteGrant>]>([
    ['errors', () => throwError(() => new Error('no'))],
    ['completes without a grant', () => EMPTY],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['returns no Observable', () => undefined as unknown as Observable<RemoteGrant>],
  ])('J5: a driver that %s fails the request', (_, hold) => {
    const errors: LockEngineError[] = [];
    const lock = new RemoteReadWriteLock({ hold });
    const error = (failed: LockEngineError) => errors.push(failed);
    of(1).pipe(withReadLock(lock)).subscribe({ error });
    of(1)
      .pipe(withWriteLock(lock, { ifAvailable: true }))
      .subscribe({ error });
    expect(errors[0]).toBeInstanceOf(LockEngineError);
    expect(errors[0]?.code).toBeUndefined();
    expect(errors).toHaveLength(2);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('J5: a request that is made when another one has failed is asked for again', () => {
    const { all } = processes(1);
    const { lock, driver } = all[0];
    const log: string[] = [];
    driver.fail(down);
    of(1)
      .pipe(withReadLock(lock))
      .subscribe({
        error: () => {
          driver.mend();
          of('again')
            .pipe(withReadLock(lock))
            .subscribe((value) => log.push(value));
        },
      });
    expect(log).toEqual(['again']);
  });

  it('J5: a request that is cancelled leaves nothing in the engine', () => {
    const { all, engine } = processes(2);
    const [here, there] = all;
    const other = there.lock.writer.acquire().subscribe();
    const waiting = here.lock.writer.acquire().subscribe();
    expect(engine.state.waiting.write).toBe(1);
    waiting.unsubscribe();
    expect(engine.state.waiting.write).toBe(0);
    other.unsubscribe();
    expect(engine.state).toMatchObject(IDLE);
  });
});

describe('fencing tokens', () => {
  it('J6: each grant of any process has a greater token than all before', () => {
    const { all } = processes(3, { cohort: { grants: 2 } });
    const tokens: bigint[] = [];
    for (let i = 0; i < 30; i++)
      (all[i % 3] as Process).lock.writer.acquire().subscribe((lease) => {
        tokens.push(fencingTokenOf(lease));
        lease.release();
      });
    expect(tokens).toHaveLength(30);
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('J6: a lease keeps its token, nested ones have their own, and one that has ended has none', () => {
    const { all } = processes(1);
    const { lock, driver } = all[0];
    let lease!: UpgradableLease;
    let nested!: Lease;
    lock.upgradable.acquire().subscribe({ next: (one) => (lease = one), error: () => undefined });
    const token = fencingTokenOf(lease);
    lease.writer.acquire().subscribe((one) => (nested = one));
    expect(fencingTokenOf(nested)).toBe(token + 1n);
    nested.release();
    expect(fencingTokenOf(lease)).toBe(token);
    expect(() => fencingTokenOf(nested)).toThrow(/released or lost/);
    driver.lose(new Error('cut'));
    expect(() => fencingTokenOf(lease)).toThrow(/released or lost/);
  });

  it('J6: requests through one lease share the last token, and nothing is kept of them', () => {
    const { all } = processes(1);
    const found = jest.spyOn(Array.prototype, 'indexOf');
    let outer!: Lease;
    all[0].lock.reader.acquire().subscribe((lease) => (outer = lease));
    const tokens: bigint[] = [];
    for (let i = 0; i < 2000; i++)
      outer.reader.acquire().subscribe((lease) => {
        tokens.push(fencingTokenOf(lease));
        lease.release();
      });
    const lengths = found.mock.contexts.map((list) => (list as unknown[]).length);
    expect(tokens.slice(0, 2)).toEqual([2n, 3n]);
    expect(new Set(tokens.slice(1022))).toEqual(new Set([1024n]));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1024);
    expect(fencingTokenOf(outer)).toBe(1n);
    found.mockRestore();
  });

  it('J6: when the tokens of a lease are spent it is given back; without tokens it serves its budget', () => {
    const granted: string[] = [];
    const counting = (grant: RemoteGrant): LockDriver => ({
      hold: ({ mode }) =>
        new Observable((subscriber) => {
          granted.push(mode);
          subscriber.next(grant);
        }),
    });
    const run = (grant: RemoteGrant) => {
      granted.length = 0;
      const lock = new RemoteReadWriteLock(counting(grant), {
        cohort: { grants: 4, linger: Infinity, time: Infinity },
      });
      for (let i = 0; i < 8; i++) of(i).pipe(withWriteLock(lock)).subscribe();
      return granted.length;
    };
    expect(run({})).toBe(2);
    expect(run({ token: 1n })).toBe(8);
    expect(run({ token: 1n, tokens: 2 })).toBe(4);
  });

  it('J6, H2: only a lease of one remote lock has a token, if its engine counts', () => {
    const { lock } = processes(1).all[0];
    const local = new ReadWriteLock();
    expect(() => fencingTokenOf(local.writer.tryAcquire() as Lease)).toThrow(TypeError);
    expect(() => fencingTokenOf({} as Lease)).toThrow(TypeError);
    allOf(lock.writer, new ReadWriteLock().reader)
      .acquire()
      .subscribe((lease) => expect(() => fencingTokenOf(lease)).toThrow(TypeError));
    new RemoteReadWriteLock(
      { hold: () => new Observable((s) => s.next({})) },
      { name: 'accounts' },
    ).reader
      .acquire()
      .subscribe((lease) =>
        expect(() => fencingTokenOf(lease)).toThrow('accounts: its engine gives no fencing tokens'),
      );
    expect.assertions(4);
  });
});

/** A lock, and what answers each of its requests to the engine. */
function answeredLock() {
  const answers: Subject<RemoteGrant>[] = [];
  const hold = () => {
    const answer = new Subject<RemoteGrant>();
    answers.push(answer);
    return answer;
  };
  return { lock: new RemoteReadWriteLock({ hold }), answers };
}

describe('what is different', () => {
  it('J7, A5: tryAcquire is granted with the lease in hand only, ifAvailable asks the engine', () => {
    const { all } = processes(2, { cohort: { linger: Infinity } });
    const [here, there] = all;
    expect(here.lock.writer.tryAcquire()).toBeUndefined();
    const log: string[] = [];
    const now = (of: Process, name: string) =>
      of.lock.writer.acquire({ ifAvailable: true }).subscribe({
        next: (lease) => {
          log.push(`${name} granted`);
          lease.release();
        },
        error: (error: Error) => log.push(`${name} ${error.message}`),
      });
    now(here, 'here');
    expect(here.lock.writer.tryAcquire()?.mode).toBe('write');
    now(there, 'there');
    expect(log).toEqual([
      'here granted',
      `there lock: can't acquire write immediately; held by write "elsewhere"`,
    ]);
    expect(there.driver.live).toBe(0);
  });

  it('J7, A5: ifAvailable with a shared lease in hand asks for the exclusive one, if nobody reads here', () => {
    const { all } = processes(1, { cohort: { linger: Infinity, time: Infinity } });
    const { lock, driver } = all[0];
    const log: string[] = [];
    const ifAvailable = { ifAvailable: true };
    const reader = NEVER.pipe(withReadLock(lock)).subscribe();
    const note = {
      next: (value: string) => log.push(value),
      error: (error: Error) => log.push(error.name),
    };
    of('W').pipe(withWriteLock(lock, ifAvailable)).subscribe(note);
    reader.unsubscribe();
    of('W').pipe(withWriteLock(lock, ifAvailable)).subscribe(note);
    expect(log).toEqual([LockUnavailableError.name, 'W']);
    expect(driver.requests).toEqual(['shared', 'exclusive']);
  });

  it('J2: cancelled by one that is granted before it, a request that the engine has granted leaves its lease', () => {
    const { lock, answers } = answeredLock();
    const log: string[] = [];
    lock.reader.acquire().subscribe(() => {
      log.push('granted');
      tried.unsubscribe();
    });
    const tried = lock.reader
      .acquire({ ifAvailable: true })
      .subscribe(() => log.push('cancelled, and granted'));
    answers[1]?.next({});
    expect(log).toEqual(['granted']);
    expect(lock.state.held.read).toBe(1);
    expect(answers.map(({ observed }) => observed)).toEqual([false, true]);
  });

  it('J7, A5: a lock whose states are observed asks the engine in the same way', () => {
    const { all, engine } = processes(1);
    const { lock } = all[0];
    lock.subscribe();
    for (const withLock of [withReadLock, withWriteLock]) {
      let value: string | undefined;
      of('held')
        .pipe(withLock(lock, { ifAvailable: true }))
        .subscribe((held) => (value = held));
      expect(value).toBe('held');
      expect(engine.state).toMatchObject(IDLE);
    }
  });

  it('J7, A5, A7: a request that asks the engine is cancelled, aborted, failed and closed like one that waits', () => {
    const { lock, answers } = answeredLock();
    const controller = new AbortController();
    const log: string[] = [];
    const ask = (name: string, signal?: AbortSignal) =>
      of(name)
        .pipe(withReadLock(lock, { ifAvailable: true, signal }))
        .subscribe({
          next: (value) => log.push(value),
          error: (error: unknown) => log.push(String(error)),
        });
    ask('cancelled').unsubscribe();
    ask('aborted', controller.signal);
    controller.abort('aborted');
    expect(answers.map(({ observed }) => observed)).toEqual([false, false]);
    ask('closed');
    lock.complete();
    expect(lock.state.closed).toBe(true);
    answers[2]?.next({});
    expect(log).toEqual(['aborted', 'closed']);
    expect(answers.map(({ observed }) => observed)).toEqual([false, false, false]);
  });

  it('J7, C8: what a policy requests with ifAvailable is refused, and the policy is asked no more', async () => {
    const reported: unknown[] = [];
    const before = config.onUnhandledError;
    config.onUnhandledError = (error) => reported.push(error);
    let calls = 0;
    let refused: unknown;
    const lock: RemoteReadWriteLock = new RemoteReadWriteLock(
      { hold: () => NEVER },
      {
        policy: () => {
          calls++;
          const error = (reason: unknown) => (refused = reason);
          lock.reader.acquire({ ifAvailable: true }).subscribe({ error });
          return true;
        },
      },
    );
    lock.writer.acquire().subscribe();
    lock.reader.acquire().subscribe();
    expect(String(refused)).toMatch(/the policy requests/);
    expect(calls).toBe(1);
    // RxJS reports in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve));
    config.onUnhandledError = before;
    expect(reported.map(String)).toEqual([expect.stringMatching(/the policy requests/)]);
  });

  it('J7: an upgradable takes the exclusive lease, and keeps the readers of others out', () => {
    const { all } = processes(2);
    const [here, there] = all;
    here.lock.upgradable.acquire().subscribe();
    here.lock.reader.acquire().subscribe();
    there.lock.reader.acquire().subscribe();
    expect([here.lock.state.held, there.lock.state.held]).toMatchObject([
      { read: 1, upgradable: 1 },
      { read: 0 },
    ]);
  });

  it('J7, E2: the version grows when the lease is had again and others may have written, and not else', () => {
    const { all } = processes(2);
    const [here, there] = all;
    const read = () => of(1).pipe(withReadLock(here.lock)).subscribe();
    read();
    read();
    expect(here.lock.state.version).toBe(0);
    of(1).pipe(withWriteLock(there.lock)).subscribe();
    expect(here.lock.state.version).toBe(0);
    read();
    expect(here.lock.state.version).toBe(1);
    read();
    expect(here.lock.state.version).toBe(1);
  });

  it('E2: the version does not grow when a lock fails or ends that nobody has written under', () => {
    const { all } = processes(2, { cohort: { grants: 1 } });
    const [failed, ended] = all;
    failed.lock.error('boom');
    const held = ended.lock.reader.acquire().subscribe();
    ended.lock.complete();
    held.unsubscribe();
    expect([failed.lock.state.version, ended.lock.state.version]).toEqual([0, 0]);
  });

  it('J7, I1: a live read reads again when the driver tells of a write, not when its lease is given back', () => {
    const { all } = processes(2);
    const [here, there] = all;
    const changes = new Subject<void>();
    here.driver.changes = changes;
    let reads = 0;
    const live = new Observable<void>((subscriber) => {
      reads++;
      subscriber.complete();
    })
      .pipe(withLiveReadLock(here.lock))
      .subscribe();
    of(1).pipe(withReadLock(here.lock)).subscribe();
    expect([reads, changes.observed]).toEqual([1, true]);
    of(1).pipe(withWriteLock(there.lock)).subscribe();
    changes.next();
    expect(reads).toBe(2);
    of(1).pipe(withReadLock(here.lock)).subscribe();
    expect(reads).toBe(2);
    of(1).pipe(withWriteLock(here.lock)).subscribe();
    expect(reads).toBe(3);
    live.unsubscribe();
    expect(changes.observed).toBe(false);
  });

  it('J7, I1: more live reads than a lease has grants do not keep each other reading', () => {
    const hold = () => new Observable<RemoteGrant>((subscriber) => subscriber.next({}));
    const lock = new RemoteReadWriteLock({ hold }, { cohort: { grants: 2 } });
    let reads = 0;
    const source = new Observable<void>((subscriber) => {
      if (++reads > 1_000) throw new Error('it reads for ever');
      subscriber.complete();
    });
    for (let i = 0; i < 10; i++) source.pipe(withLiveReadLock(lock)).subscribe();
    expect(reads).toBeLessThan(1_000);
    const before = reads;
    of(1).pipe(withWriteLock(lock)).subscribe();
    expect(reads - before).toBeLessThanOrEqual(20);
  });
});

describe('closing', () => {
  it('J8: close() serves what holds and waits, gives the lease back, and refuses the rest', async () => {
    const { all, engine } = processes(2, { cohort: { linger: Infinity } });
    const [here, there] = all;
    const log: string[] = [];
    of(0).pipe(withReadLock(there.lock)).subscribe();
    await there.lock.close();
    const held = new Subject<string>();
    held.pipe(withWriteLock(here.lock)).subscribe((value) => log.push(value));
    of('waits')
      .pipe(withWriteLock(here.lock))
      .subscribe((value) => log.push(value));
    const closed = here.lock.close().then(() => log.push('closed'));
    of(1)
      .pipe(withReadLock(here.lock))
      .subscribe({ error: (e: Error) => log.push(e.name) });
    held.next('holds');
    held.complete();
    await closed;
    expect(log).toEqual(['LockClosedError', 'holds', 'waits', 'closed']);
    expect(engine.state).toMatchObject(IDLE);
    expect(all.map(({ driver }) => driver.live)).toEqual([0, 0]);
  });

  it('J8: close() resolves when a driver that releases later has released the lock', async () => {
    const log: string[] = [];
    const releasing: Promise<unknown>[] = [];
    const release = async () => {
      await new Promise((resolve) => setTimeout(resolve));
      log.push('released');
    };
    const driver: LockDriver = {
      hold: () =>
        new Observable<RemoteGrant>((subscriber) => {
          subscriber.next({});
          return () => void releasing.push(release());
        }),
      released: () => Promise.all(releasing),
    };
    const lock = new RemoteReadWriteLock(driver);
    const keyed = new KeyedRemoteReadWriteLock<string>(() => driver);
    for (const one of [lock, keyed.for('ann')]) of(1).pipe(withWriteLock(one)).subscribe();
    await Promise.all([lock.close(), keyed.close()]);
    expect(log).toEqual(['released', 'released']);
  });

  it('J8: an idle lock is closed at once, also if it lingers or has asked in vain', async () => {
    const { all, engine } = processes(2, { cohort: { linger: 1_000, time: 1_000 } });
    const [here, there] = all;
    of(1).pipe(withWriteLock(here.lock)).subscribe();
    expect(engine.writer.locked).toBe(true);
    there.lock.writer.acquire().subscribe().unsubscribe();
    await Promise.all(all.map(({ lock }) => lock.close()));
    expect(engine.state).toMatchObject(IDLE);
    await using again = new RemoteReadWriteLock(localDriver(engine));
    expect(again.state.closed).toBe(false);
  });

  it('J8: nothing keeps the process alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    const before = timers().length;
    const { all } = processes(1, { cohort: { linger: 60_000, time: 60_000 } });
    of(1).pipe(withWriteLock(all[0].lock)).subscribe();
    expect(timers().length).toBeGreaterThan(before);
    await all[0].lock.close();
    expect(timers()).toHaveLength(before);
  });

  it('J8, E4: a lock that fails gives the lease back when every source has been torn down', () => {
    const { all, engine } = processes(1);
    const { lock } = all[0];
    const seen: boolean[] = [];
    const source = new Observable<void>(() => () => seen.push(engine.reader.locked));
    for (let i = 0; i < 2; i++)
      source.pipe(withReadLock(lock)).subscribe({ error: () => seen.push(engine.reader.locked) });
    lock.error(new Error('failed'));
    expect(seen).toEqual([true, true, true, true]);
    expect(engine.state).toMatchObject(IDLE);
  });

  it('J8: an allOf that has been accepted is served by a lock that is closed', async () => {
    const { all, engine } = processes(1);
    const { lock } = all[0];
    const local = new ReadWriteLock();
    const lease = local.writer.tryAcquire();
    const log: string[] = [];
    const both = allOf(local.writer, lock.writer).acquire();
    const first = both.subscribe((one) => {
      log.push('both');
      one.release();
    });
    const second = both.subscribe();
    const closed = lock.close();
    second.unsubscribe();
    lease?.release();
    await closed;
    expect(log).toEqual(['both']);
    expect(engine.state).toMatchObject(IDLE);
    first.unsubscribe();
  });
});

describe('several locks', () => {
  it('G4: locks of engines with names are acquired in the order of the names, behind all others', () => {
    const order: string[] = [];
    const named = (name: string) =>
      new RemoteReadWriteLock({
        name,
        hold: () => {
          order.push(name);
          return new Observable((subscriber) => subscriber.next({}));
        },
      });
    const [c, a, b] = [named('c'), named('a'), named('b')];
    const local = new ReadWriteLock();
    const busy = local.writer.tryAcquire();
    allOf(c.writer, b.reader, local.writer, a.writer).acquire().subscribe();
    expect(order).toEqual([]);
    busy?.release();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('J2, G4: two processes that request the same two locks in any order never deadlock', () => {
    const engines = ['a', 'b'].map((name) => localDriver(new ReadWriteLock(), name));
    const locksOf = () => engines.map((driver) => new RemoteReadWriteLock(driver));
    const [one, other] = [locksOf(), locksOf().reverse()];
    const log: string[] = [];
    for (let i = 0; i < 20; i++)
      for (const [name, locks] of [
        ['one', one],
        ['other', other],
      ] as const)
        allOf(...locks.map(({ writer }) => writer))
          .acquire()
          .subscribe((lease) => {
            log.push(name);
            queueMicrotask(() => lease.release());
          });
    return new Promise<void>((resolve) => setTimeout(resolve, 50)).then(() =>
      expect(log).toHaveLength(40),
    );
  });
});

describe('a lock for each key', () => {
  const refused = ({ reader }: LockLike) => {
    let message = '';
    reader
      .acquire({ ifAvailable: true })
      .subscribe({ error: (error: Error) => (message = error.message) });
    return message;
  };

  const keyed = (engines = new Map<string, ReadWriteLock>()) =>
    new KeyedRemoteReadWriteLock<string>(
      (key) => {
        const engine = engines.get(key) ?? new ReadWriteLock();
        engines.set(key, engine);
        return localDriver(engine, key);
      },
      { name: 'accounts' },
    );

  it('J7: different keys never wait for each other, equal ones share one lock', () => {
    const locks = keyed();
    const log: string[] = [];
    const first = NEVER.pipe(withWriteLock(locks.for('ann'))).subscribe();
    of('bob')
      .pipe(withWriteLock(locks.for('bob')))
      .subscribe((name) => log.push(name));
    of('ann')
      .pipe(withWriteLock(locks.for('ann')))
      .subscribe((name) => log.push(name));
    expect(log).toEqual(['bob']);
    first.unsubscribe();
    expect(log).toEqual(['bob', 'ann']);
    expect(allOf(locks.for('ann').writer, locks.for('ann').reader).mode).toBe('write');
    expect(allOf(locks.for('ann').writer, locks.for('ann').reader)).not.toHaveProperty(
      'lock.gates',
    );
    locks.for('bob').writer.acquire().subscribe();
    expect(refused(locks.for('bob'))).toContain('accounts[bob]');
    expect(locks).not.toHaveProperty('all');
    expect(() => locks.for(undefined as unknown as string)).toThrow(TypeError);
    expect(() => new KeyedRemoteReadWriteLock(1 as never)).toThrow(TypeError);
  });

  it('J8: closing it closes the locks of all keys, also of later ones', async () => {
    const engines = new Map<string, ReadWriteLock>();
    const locks = keyed(engines);
    const held = NEVER.pipe(withWriteLock(locks.for('ann'))).subscribe();
    const closed = locks.close();
    held.unsubscribe();
    await closed;
    expect([...engines.values()].map(({ state }) => state)).toMatchObject([IDLE]);
    expect(locks.for('ann').state.closed).toBe(true);
    expect(locks.for('new').state.closed).toBe(true);
  });

  it('J8: nothing is kept of idle keys, and a lock that is used is kept', async () => {
    const drivers: WeakRef<object>[] = [];
    const locks = new KeyedRemoteReadWriteLock<number>(() => {
      const driver = { hold: () => new Observable<RemoteGrant>((s) => s.next({})) };
      drivers.push(new WeakRef(driver));
      return driver;
    });
    for (let key = 0; key < 100; key++)
      of(key)
        .pipe(withWriteLock(locks.for(key)))
        .subscribe();
    const used = locks.for(-1);
    expect(await countKept(drivers, 3)).toBeLessThanOrEqual(3);
    expect(used.writer.locked).toBe(false);
    expect(drivers.at(-1)?.deref()).toBeDefined();
  });
});

it('H2: invalid arguments throw', () => {
  const driver = localDriver(new ReadWriteLock());
  const make =
    (...args: unknown[]) =>
    () =>
      new RemoteReadWriteLock(...(args as ConstructorParameters<typeof RemoteReadWriteLock>));
  expect(make()).toThrow(TypeError);
  expect(make({})).toThrow('driver.hold must be a function');
  expect(make(driver, { cohort: { grants: -1 } })).toThrow(RangeError);
  expect(make(driver, { cohort: { time: 'long' } })).toThrow('cohort.time must be a number');
  expect(make(driver, { cohort: 5 })).toThrow(TypeError);
  expect(make(driver, { maxWaiting: -1 })).toThrow(RangeError);
  expect(make(driver, { policy: 5 })).toThrow(TypeError);
});
