import { asapScheduler, NEVER, Observable, of, Subject } from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  LeaseReleasedError,
  LockClosedError,
  LockTimeoutError,
  LockUnavailableError,
  LockUpgradeError,
  ReadWriteLock,
  type ReadWriteLockOptions,
  traceLock,
  withGate,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { globalOrder } from '../../src/many/globalOrder.js';
import { randomNumbers } from '../support/keyWords.js';
import { POLICIES } from '../support/policies.js';
import { logged } from '../support/sources.js';
import { IDLE, NONE } from '../support/states.js';

const two = (options?: ReadWriteLockOptions) =>
  [new ReadWriteLock(options), new ReadWriteLock(options)] as const;

/** Two locks, the first or the second of which is acquired first. */
function twoInOrder(swap: boolean) {
  const [a, b] = two();
  globalOrder(a.core);
  globalOrder(b.core);
  return swap ? ([b, a] as const) : ([a, b] as const);
}

describe('a gate of several locks', () => {
  it('G3: it is granted when all of them are', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const log: string[] = [];
      const leases = [a.writer.tryAcquire(), b.writer.tryAcquire()];
      logged(log, 'source')
        .pipe(withGate(allOf(a.writer, b.reader)))
        .subscribe();
      leases[1]?.release();
      expect(log).toEqual([]);
      leases[0]?.release();
      expect(log).toEqual(['source subscribed']);
      expect([a.state.held, b.state.held]).toEqual([
        { ...NONE, write: 1 },
        { ...NONE, read: 1 },
      ]);
    }
  });

  it('G3: it is granted synchronously without a conflict, and released with the source', () => {
    const [a, b] = two();
    const seen: unknown[] = [];
    of(1)
      .pipe(withGate(allOf(a.writer, b.writer)))
      .subscribe((value) => seen.push(value, a.writer.locked, b.writer.locked));
    expect(seen).toEqual([1, true, true]);
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it('G3: the source has ended before any of the locks is released, also when one fails', () => {
    for (const end of ['unsubscribe', 'error a', 'error b']) {
      const [a, b] = two();
      const log: string[] = [];
      const owner = logged(log, 'first')
        .pipe(withGate(allOf(a.writer, b.writer)))
        .subscribe({ error: () => undefined });
      for (const lock of [a, b])
        logged(log, 'next')
          .pipe(withWriteLock(lock))
          .subscribe({ error: () => undefined });
      if (end === 'unsubscribe') owner.unsubscribe();
      else (end === 'error a' ? a : b).error('down');
      expect(log.slice(0, 3)).toEqual(['first subscribed', 'first torn down', 'next subscribed']);
    }
  });

  it('C1, E4, G3: so it has when it fails one of them while it is subscribed', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const log: string[] = [];
      const first = new Observable(() => {
        logged(log, 'second').pipe(withWriteLock(b)).subscribe();
        a.error('down');
        return () => log.push('first torn down');
      });
      const error = () => log.push('first failed');
      first.pipe(withGate(allOf(a.writer, b.writer))).subscribe({ error });
      expect(log).toEqual(['first failed', 'first torn down', 'second subscribed']);
    }
  });

  it('G3: it can be requested in every way, and its leases release all locks', async () => {
    const [a, b] = two();
    const both = allOf(a.writer, b.reader);
    const log: string[] = [];
    both.acquire().subscribe({
      next: (lease) => {
        log.push(lease.mode);
        lease.release();
      },
      complete: () => log.push('completed'),
    });
    {
      using lease = await both.lease();
      log.push(lease.mode);
    }
    const lease = both.tryAcquire();
    expect([both.locked, both.tryAcquire()]).toEqual([true, undefined]);
    lease?.release();
    both.schedule(() => log.push(`scheduled ${String(a.writer.locked)}`));
    expect(log).toEqual(['write', 'completed', 'write', 'scheduled true']);
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it('E6, G3: it is locked if one of them is', () => {
    const [a, b] = two();
    const gate = allOf(a.writer, b.writer);
    const lease = b.reader.tryAcquire();
    expect([gate.locked, b.reader.locked]).toEqual([false, true]);
    lease?.release();
    a.writer.tryAcquire();
    expect(gate.locked).toBe(true);
  });

  it('G3: tryAcquire() holds nothing if it does not get all of them', () => {
    const [a, b] = two();
    for (const busy of [a, b]) {
      const lease = busy.writer.tryAcquire();
      expect(allOf(a.writer, b.writer).tryAcquire()).toBeUndefined();
      expect(a.state.held.write + b.state.held.write).toBe(1);
      lease?.release();
    }
    b.error('down');
    expect(() => allOf(a.writer, b.writer).tryAcquire()).toThrow('down');
    expect(a.state).toMatchObject(IDLE);
  });

  it('E4, G3: tryAcquire() throws if its grant makes an observer of one lock fail another', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      b.subscribe(({ held }) => held.write > 0 && a.error('down'));
      expect(() => allOf(b.writer, a.writer).tryAcquire()).toThrow('down');
      expect(b.state).toMatchObject(IDLE);
    }
  });

  it('G3: what it has acquired is released when it is cancelled', () => {
    const [a, b] = twoInOrder(false);
    const lease = b.writer.tryAcquire();
    const both = NEVER.pipe(withGate(allOf(a.writer, b.writer))).subscribe();
    expect([a.state.held.write, b.state.waiting.write]).toEqual([1, 1]);
    both.unsubscribe();
    lease?.release();
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it.each<[string, (b: ReadWriteLock) => void, object, unknown]>([
    ['one of them has failed', (b) => b.error('down'), {}, 'down'],
    ['one of them is closed', (b) => b.complete(), {}, expect.any(LockClosedError)],
    [
      'one is not available',
      () => undefined,
      { ifAvailable: true },
      expect.any(LockUnavailableError),
    ],
  ])('G3: it is refused, and holds nothing, if %s', (_, prepare, options, error) => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      b.reader.tryAcquire();
      prepare(b);
      const errors: unknown[] = [];
      NEVER.pipe(withGate(allOf(a.writer, b.writer), options)).subscribe({
        error: (error) => errors.push(error),
      });
      expect(errors).toEqual([error]);
      expect(a.state).toMatchObject(IDLE);
    }
  });

  it('G3: waitTimeout and signal limit the whole wait', async () => {
    const [a, b] = two();
    const lease = b.writer.tryAcquire();
    const both = allOf(a.writer, b.writer);
    await expect(both.lease({ waitTimeout: 2 })).rejects.toThrow(LockTimeoutError);
    const controller = new AbortController();
    const wait = both.lease({ signal: controller.signal });
    controller.abort('gone');
    await expect(wait).rejects.toBe('gone');
    expect([a.state, b.state.waiting]).toMatchObject([IDLE, NONE]);
    lease?.release();
  });
});

describe('the scheduler of several locks', () => {
  const delivered = () => new Promise((resolve) => setTimeout(resolve, 5));

  it('A10, G3: all are acquired at once, and the grant is delivered once, on the first scheduler', async () => {
    const scheduler = {
      now: () => 0,
      schedule: jest.fn(asapScheduler.schedule.bind(asapScheduler)),
    };
    const [a] = two({ scheduler });
    const [b, c] = two();
    const log: string[] = [];
    logged(log, 'source')
      .pipe(withGate(allOf(b.writer, a.writer, c.writer)))
      .subscribe();
    expect([a, b, c].map(({ writer }) => writer.locked)).toEqual([true, true, true]);
    expect(log).toEqual([]);
    await delivered();
    expect(log).toEqual(['source subscribed']);
    expect(scheduler.schedule).toHaveBeenCalledTimes(1);
  });

  it('A10, B6, G3: cancelled before the delivery, all are passed on', async () => {
    const [a, b] = two({ scheduler: asapScheduler });
    const log: string[] = [];
    const cancelled = logged(log, 'cancelled')
      .pipe(withGate(allOf(a.writer, b.writer)))
      .subscribe();
    logged(log, 'source')
      .pipe(withGate(allOf(b.writer, a.writer)))
      .subscribe();
    cancelled.unsubscribe();
    await delivered();
    expect(log).toEqual(['source subscribed']);
  });

  it('A10, G3: waitTimeout ends when the last lock is acquired, a signal when it is delivered', async () => {
    const [a, b] = two({ scheduler: asapScheduler });
    const lease = b.writer.tryAcquire();
    const controller = new AbortController();
    const both = allOf(a.writer, b.writer);
    const wait = both.lease({ waitTimeout: 5, signal: controller.signal });
    lease?.release();
    expect([a.state.held.write, b.state.held.write]).toEqual([1, 1]);
    controller.abort('gone');
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
    await expect(wait).rejects.toBe('gone');
  });
});

describe('the global order', () => {
  it.each(Object.entries(POLICIES))(
    'G3: under %s two requests never wait for each other, whatever the order of their gates',
    (_, policy) => {
      const locks = new KeyedReadWriteLock<unknown>({ policy });
      const others = two({ policy });
      const keys: unknown[] = ['a', 'b', 1, 2n, {}, {}, Symbol('s'), null, NaN, true];
      const gates: Gate[] = [
        ...keys.map((key) => locks.for(key).writer),
        ...others.flatMap((lock) => [lock.reader, lock.upgradable, lock.writer]),
      ];
      const random = randomNumbers(3);
      const ends: Subject<void>[] = [];
      let granted = 0;
      for (let i = 0; i < 500; i++) {
        const some = [0, 1, 2].map(() => gates[random(gates.length)] as Gate);
        const end = new Subject<void>();
        const hold = () => {
          granted++;
          ends.push(end);
          return end;
        };
        of(0)
          .pipe(withGate(allOf(...some), hold))
          .subscribe();
        if (random(3) === 0) ends.splice(random(ends.length || 1), 1)[0]?.complete();
      }
      while (ends.length > 0) ends.splice(random(ends.length), 1)[0]?.complete();
      expect(granted).toBe(500);
      for (const { state } of [locks.all, ...others]) expect(state).toMatchObject(IDLE);
    },
  );

  it('G3: each lock has one number, which another copy of the package knows, too', () => {
    const locks = [{}, {}, {}];
    const numbers = locks.map(globalOrder);
    expect(new Set(numbers).size).toBe(3);
    expect(locks.map(globalOrder)).toEqual(numbers);
    jest.isolateModules(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const copy = require('../../src/many/globalOrder.js') as { globalOrder: typeof globalOrder };
      expect(copy.globalOrder).not.toBe(globalOrder);
      expect(locks.map(copy.globalOrder)).toEqual(numbers);
      expect(numbers).not.toContain(copy.globalOrder({}));
    });
  });

  it('C6, G3: a thousand locks are acquired without growing the stack', () => {
    const locks = Array.from({ length: 1_000 }, () => new ReadWriteLock());
    const all = allOf(...locks.map(({ writer }) => writer))
      .acquire()
      .subscribe();
    expect(locks.every(({ writer }) => writer.locked)).toBe(true);
    all.unsubscribe();
    expect(locks.some(({ writer }) => writer.locked)).toBe(false);
  });
});

describe('gates of one lock', () => {
  it('G3: they are requested once, in the stronger mode', () => {
    const lock = new ReadWriteLock();
    const lease = allOf(lock.reader, lock.writer, lock.upgradable).tryAcquire();
    expect(lease?.mode).toBe('write');
    expect(lock.state.held).toEqual({ ...NONE, write: 1 });
  });

  it('G3: gates inside a gate of several locks are merged with the others', () => {
    const [a, b] = two();
    allOf(allOf(a.reader, b.reader), a.writer).tryAcquire();
    expect([a.state.held, b.state.held]).toEqual([
      { ...NONE, write: 1 },
      { ...NONE, read: 1 },
    ]);
  });

  it('G3: with a lease among them, they are requested through the lease', () => {
    const [a, b] = two();
    const outer = a.upgradable.tryAcquire() as Lease;
    const both = allOf(a.reader, outer.writer, b.writer).tryAcquire();
    expect(a.state.held).toEqual({ read: 0, upgradable: 1, write: 1 });
    both?.release();
    expect([a.state.held, b.state.held]).toEqual([{ ...NONE, upgradable: 1 }, NONE]);
    outer.release();
    expect(() => allOf(outer.reader, b.writer).tryAcquire()).toThrow(LeaseReleasedError);
    expect(b.state).toMatchObject(IDLE);
  });

  it('G3: a single gate needs no other', () => {
    const { writer } = new ReadWriteLock();
    const both = allOf(...two().map(({ reader }) => reader));
    expect(allOf(writer)).toBe(writer);
    expect(allOf(both)).toBe(both);
  });

  it('H2: two leases on one lock are refused', () => {
    const lock = new ReadWriteLock();
    const [one, other] = [lock.reader.tryAcquire(), lock.reader.tryAcquire()];
    expect(() => allOf(one?.reader as Gate, other?.reader as Gate)).toThrow(
      new TypeError('allOf was given two leases on one lock: it can request through only one'),
    );
    expect(allOf(one?.reader as Gate, one?.reader as Gate).tryAcquire()?.mode).toBe('read');
  });
});

describe('a lease of several locks', () => {
  it('G3: a request through it is for all of them', () => {
    const [a, b] = two();
    const lease = allOf(a.writer, b.writer).tryAcquire();
    const nested = lease?.reader.tryAcquire();
    expect([a.state.held, b.state.held]).toEqual([
      { read: 1, upgradable: 0, write: 1 },
      { read: 1, upgradable: 0, write: 1 },
    ]);
    lease?.release();
    expect([a.state.held, b.state.held]).toEqual([
      { ...NONE, read: 1 },
      { ...NONE, read: 1 },
    ]);
    nested?.release();
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it('D5, G3: it is downgraded on all of them', () => {
    const [a, b] = two();
    const lease = allOf(a.writer, b.writer).tryAcquire() as WriteLease;
    lease.downgrade('read');
    expect(lease.mode).toBe('read');
    expect([a, b].map(({ reader }) => reader.tryAcquire()?.mode)).toEqual(['read', 'read']);
    expect([a, b].map(({ writer }) => writer.tryAcquire())).toEqual([undefined, undefined]);
  });

  it('D5, G3: released while it is downgraded, it is released on all of them', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const lease = allOf(b.writer, a.writer).tryAcquire() as WriteLease;
      a.reader.acquire().subscribe(() => lease.release());
      expect(() => lease.downgrade('read')).not.toThrow();
      expect(b.state.held).toEqual(NONE);
    }
  });

  it('D3, G3: it gives no more of a lock than the mode in which it holds that lock', () => {
    const [a, b] = two();
    const lease = allOf(a.writer, b.reader).tryAcquire();
    expect(lease?.mode).toBe('write');
    expect(lease?.reader.tryAcquire()?.mode).toBe('read');
    expect(() => lease?.writer.tryAcquire()).toThrow(LockUpgradeError);
    expect([a.state.held, b.state.held]).toEqual([
      { read: 1, upgradable: 0, write: 1 },
      { ...NONE, read: 2 },
    ]);
  });

  it('D5, G3: what it holds in a weaker mode is not downgraded', () => {
    const [a, b] = two();
    const events: string[] = [];
    const lease = allOf(a.writer, b.reader).tryAcquire() as WriteLease;
    for (const lock of [a, b]) traceLock(lock).subscribe(({ type }) => events.push(type));
    lease.downgrade('read');
    expect(events).toEqual(['downgraded']);
  });

  it("D3, G3: it can't be raised on keys either, in which other leases hold nothing", () => {
    const keys = new KeyedReadWriteLock<string>({ name: 'accounts' });
    const [, b] = two();
    const lease = allOf(keys.for('a').upgradable, keys.for('b').writer, b.writer).tryAcquire();
    expect(lease?.reader.tryAcquire()?.mode).toBe('read');
    expect(() => lease?.writer.tryAcquire({ label: 'save' })).toThrow(
      new LockUpgradeError(
        'accounts[a, b]: can\'t acquire write "save" through a lease of several locks; ' +
          'request them all in that mode at once',
      ),
    );
  });

  it("D3, G3: it can't be raised: two owners who did so would deadlock", () => {
    const [a, b] = two();
    const lease = allOf(a.upgradable, b.upgradable).tryAcquire();
    const errors: unknown[] = [];
    lease?.writer.acquire().subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([expect.any(LockUpgradeError)]);
    expect(() => lease?.writer.tryAcquire()).toThrow(LockUpgradeError);
    expect(lease?.upgradable.tryAcquire()?.mode).toBe('upgradable');
    expect([a.state, b.state]).toMatchObject([
      { held: { ...NONE, upgradable: 2 }, waiting: NONE },
      { held: { ...NONE, upgradable: 2 }, waiting: NONE },
    ]);
  });

  it('D8, G3: a request through it after its release errors', () => {
    const [a, b] = two();
    const lease = allOf(a.writer, b.writer).tryAcquire();
    lease?.release();
    expect(() => lease?.reader.tryAcquire()).toThrow(LeaseReleasedError);
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });
});

describe('closing and failing one of several locks', () => {
  it('E3, G3: one that is closed while the request waits for another still serves it', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const log: string[] = [];
      const lease = a.writer.tryAcquire();
      b.subscribe({ complete: () => log.push('b completed') });
      const both = logged(log, 'source')
        .pipe(withGate(allOf(a.writer, b.writer)))
        .subscribe();
      b.complete();
      expect(() => b.writer.tryAcquire()).toThrow(LockClosedError);
      lease?.release();
      expect(log).toEqual(['source subscribed']);
      both.unsubscribe();
      expect(log).toEqual(['source subscribed', 'source torn down', 'b completed']);
    }
  });

  it('E4, G3: one that fails never grants it, also if that releases the lock that it waits for', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const log: string[] = [];
      const gate = allOf(a.reader, b.writer);
      const error = (reason: unknown) => log.push(String(reason));
      NEVER.pipe(withGate(gate)).subscribe({ error });
      logged(log, 'waited').pipe(withGate(gate)).subscribe({ error });
      a.error('failed');
      expect(log).toEqual(['failed', 'failed']);
      expect(b.state).toMatchObject(IDLE);
    }
  });

  it('E3, G3: one that fails while the request waits for another fails it at once', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const log: string[] = [];
      const lease = a.writer.tryAcquire();
      logged(log, 'source')
        .pipe(withGate(allOf(a.writer, b.writer)))
        .subscribe({ error: (reason) => log.push(`failed ${reason}`) });
      b.error('down');
      expect(log).toEqual(['failed down']);
      expect(a.state).toMatchObject({ held: { ...NONE, write: 1 }, waiting: NONE });
      lease?.release();
      expect(a.state).toMatchObject(IDLE);
    }
  });
});
