import { asapScheduler, NEVER, of, Subject } from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  LeaseReleasedError,
  LockTimeoutError,
  LockUnavailableError,
  ReadWriteLock,
  withGate,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { globalOrder } from '../../src/many/globalOrder.js';
import { logged } from '../support/sources.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };
const idle = { held: NOBODY, waiting: NOBODY };
const two = () => [new ReadWriteLock(), new ReadWriteLock()] as const;
/** Two locks, with the one that was made first in the first or in the second place. */
const twoInOrder = (swap: boolean) => {
  const [first, second] = two();
  return swap ? ([second, first] as const) : ([first, second] as const);
};

describe('a gate of several locks', () => {
  it('G3: it is granted when all of them are', () => {
    const [a, b] = two();
    const log: string[] = [];
    const [holdsA, holdsB] = [a.writer.tryAcquire(), b.writer.tryAcquire()];
    logged(log, 'source')
      .pipe(withGate(allOf(a.writer, b.reader)))
      .subscribe();
    holdsB?.release();
    expect(log).toEqual([]);
    holdsA?.release();
    expect(log).toEqual(['source subscribed']);
    expect([a.state.held, b.state.held]).toEqual([
      { ...NOBODY, write: 1 },
      { ...NOBODY, read: 1 },
    ]);
  });

  it('G3: it is granted synchronously where nobody is in the way, and let go with the source', () => {
    const [a, b] = two();
    const seen: unknown[] = [];
    of(1)
      .pipe(withGate(allOf(a.writer, b.writer)))
      .subscribe((value) => seen.push(value, a.writer.locked, b.writer.locked));
    expect(seen).toEqual([1, true, true]);
    expect([a.state, b.state]).toMatchObject([idle, idle]);
  });

  it('G3: the source has ended before any of the locks is let go, also when one fails', () => {
    for (const end of ['unsubscribe', 'error a', 'error b']) {
      const [a, b] = two();
      const log: string[] = [];
      const holder = logged(log, 'first')
        .pipe(withGate(allOf(a.writer, b.writer)))
        .subscribe({ error: () => undefined });
      for (const lock of [a, b])
        logged(log, 'next')
          .pipe(withWriteLock(lock))
          .subscribe({ error: () => undefined });
      if (end === 'unsubscribe') holder.unsubscribe();
      else (end === 'error a' ? a : b).error('down');
      expect(log.slice(0, 3)).toEqual(['first subscribed', 'first torn down', 'next subscribed']);
    }
  });

  it('G3: all the ways of asking work, and leases release all', async () => {
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
    expect([a.state, b.state]).toMatchObject([idle, idle]);
  });

  it('G3: tryAcquire() that gets one and not the other gives it back', () => {
    const [a, b] = two();
    for (const busy of [a, b]) {
      const lease = busy.writer.tryAcquire();
      expect(allOf(a.writer, b.writer).tryAcquire()).toBeUndefined();
      expect(a.state.held.write + b.state.held.write).toBe(1);
      lease?.release();
    }
    b.error('down');
    expect(() => allOf(a.writer, b.writer).tryAcquire()).toThrow('down');
    expect(a.state).toMatchObject(idle);
  });

  it('G3: cancelling half-way gives back what it had', () => {
    const [a, b] = two();
    const holder = b.writer.tryAcquire();
    const both = NEVER.pipe(withGate(allOf(a.writer, b.writer))).subscribe();
    expect(a.state.held.write + a.state.waiting.write + b.state.waiting.write).toBeGreaterThan(0);
    both.unsubscribe();
    holder?.release();
    expect([a.state, b.state]).toMatchObject([idle, idle]);
  });

  it.each<[string, (b: ReadWriteLock) => void, object, unknown]>([
    ['a lock that fails', (b) => b.error('down'), {}, 'down'],
    ['a lock that is closed', (b) => b.complete(), {}, expect.any(Error)],
    ['ifAvailable', () => undefined, { ifAvailable: true }, expect.any(LockUnavailableError)],
  ])('G3: failing half-way gives back what it had: %s', (_, fail, options, error) => {
    const [a, b] = two();
    b.reader.tryAcquire();
    const errors: unknown[] = [];
    const ask = () =>
      NEVER.pipe(withGate(allOf(a.writer, b.writer), options)).subscribe({
        error: (error) => errors.push(error),
      });
    fail(b);
    ask();
    expect(errors).toEqual([error]);
    expect(a.state).toMatchObject(idle);
  });

  it('G3: waitTimeout and signal limit the whole wait', async () => {
    const [a, b] = two();
    const holder = b.writer.tryAcquire();
    const both = allOf(a.writer, b.writer);
    await expect(both.lease({ waitTimeout: 2 })).rejects.toThrow(LockTimeoutError);
    const controller = new AbortController();
    const wait = both.lease({ signal: controller.signal });
    controller.abort('gone');
    await expect(wait).rejects.toBe('gone');
    expect([a.state, b.state.waiting]).toMatchObject([idle, NOBODY]);
    holder?.release();
  });

  it('G3: grants that a scheduler delivers are waited for', async () => {
    const a = new ReadWriteLock({ scheduler: asapScheduler });
    const b = new ReadWriteLock({ scheduler: asapScheduler });
    const log: string[] = [];
    const cancelled = logged(log, 'cancelled')
      .pipe(withGate(allOf(a.writer, b.writer)))
      .subscribe();
    logged(log, 'source')
      .pipe(withGate(allOf(b.writer, a.writer)))
      .subscribe();
    cancelled.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(log).toEqual(['source subscribed']);
  });
});

describe('the global order', () => {
  it('G3: two of them, asked in any order of the arguments, never wait for each other', () => {
    for (const policy of Object.values(POLICIES)) {
      const locks = new KeyedReadWriteLock<unknown>({ policy });
      const other = new ReadWriteLock({ policy });
      const keys: unknown[] = ['a', 'b', 1, 2n, {}, {}, Symbol('s'), null, NaN, true];
      const gates = [...keys.map((key) => locks.for(key).writer), other.reader, other.upgradable];
      let seed = 3;
      const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
      const ends: Subject<void>[] = [];
      let served = 0;
      for (let i = 0; i < 500; i++) {
        const some = [0, 1, 2].map(() => gates[random(gates.length)] as Gate);
        const end = new Subject<void>();
        of(0)
          .pipe(
            withGate(allOf(...some), () => {
              served++;
              ends.push(end);
              return end;
            }),
          )
          .subscribe();
        if (random(3) === 0) ends.splice(random(ends.length || 1), 1)[0]?.complete();
      }
      while (ends.length > 0) ends.splice(random(ends.length), 1)[0]?.complete();
      expect(served).toBe(500);
      expect([locks.all.state, other.state]).toMatchObject([idle, idle]);
    }
  });

  // Found by random walks: keys that were asked for one by one stood on both sides of all keys.
  it('G2, G3: several keys and all of them never wait for each other', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const ask = (name: string, gate: Gate) =>
      gate.acquire().subscribe((lease) => {
        log.push(name);
        lease.release();
      });
    const holder = locks.for('a').writer.tryAcquire();
    ask('both', allOf(locks.for('a').writer, locks.for('b').writer));
    ask('all', locks.all.writer);
    holder?.release();
    expect(log).toEqual(['both', 'all']);
  });

  it('G3: the order is total, whatever the keys, and sees as equal what a Map does', () => {
    const keys = [2, 10, 0, NaN, '2', 'b', 1n, 2n, null, true, {}, [], () => 0, Symbol.iterator];
    for (const [i, a] of keys.entries())
      for (const [j, b] of keys.entries()) {
        expect(globalOrder(a, b) === 0).toBe(i === j);
        expect(globalOrder(a, b) + globalOrder(b, a)).toBe(0);
      }
    const sorted = [...keys].sort(globalOrder);
    expect([...keys].reverse().sort(globalOrder)).toEqual(sorted);
    expect(globalOrder(0, -0)).toBe(0);
  });

  it('G3: symbols of one description have an order, too', () => {
    const locks = new KeyedReadWriteLock<symbol>();
    const [a, b] = [locks.for(Symbol('k')).writer, locks.for(Symbol('k')).writer];
    const holders = [a.tryAcquire(), b.tryAcquire()];
    let served = 0;
    for (const both of [allOf(a, b), allOf(b, a)])
      both.acquire().subscribe((lease) => {
        served++;
        lease.release();
      });
    for (const holder of holders) holder?.release();
    expect(served).toBe(2);
  });

  it('G3: thousands of gates are asked without growing the stack', () => {
    const locks = new KeyedReadWriteLock<number>();
    const gates = Array.from({ length: 3000 }, (_, key) => locks.for(key).writer);
    const all = allOf(...gates)
      .acquire()
      .subscribe();
    expect(locks.all.state.held.write).toBe(3000);
    all.unsubscribe();
    expect(locks.all.state).toMatchObject(idle);
  });

  it('G3: a key that is named twice is asked once, as a Map sees it', () => {
    const locks = new KeyedReadWriteLock<number>();
    expect(allOf(locks.for(0).writer, locks.for(-0).writer).tryAcquire()).toBeDefined();
    expect(allOf(locks.for(NaN).writer, locks.for(NaN).writer).tryAcquire()).toBeDefined();
    expect([locks.for(-0).writer.locked, locks.for(NaN).writer.locked]).toEqual([true, true]);
  });
});

describe('one lock named more than once', () => {
  it('G3: it is asked once, in the stronger mode', () => {
    const lock = new ReadWriteLock();
    const lease = allOf(lock.reader, lock.writer, lock.upgradable).tryAcquire();
    expect(lease?.mode).toBe('write');
    expect(lock.state.held).toEqual({ ...NOBODY, write: 1 });
  });

  it('G3: keys of one keyed lock are locks of their own; that of all stands for them', () => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = allOf(
      locks.for('a').writer,
      locks.for('b').reader,
      locks.for('a').reader,
    ).tryAcquire();
    expect(locks.all.state.held).toEqual({ read: 1, upgradable: 0, write: 1 });
    lease?.release();
    allOf(locks.for('a').writer, locks.all.reader, locks.for('b').reader).tryAcquire();
    expect(locks.all.state.held).toEqual({ ...NOBODY, write: 1 });
    expect(locks.for('c').reader.tryAcquire()).toBeUndefined();
  });

  it('G3: with a lease among its gates, its lock is asked through the lease', () => {
    const [a, b] = two();
    const outer = a.upgradable.tryAcquire() as Lease;
    const both = allOf(a.reader, outer.writer, b.writer).tryAcquire();
    expect(a.state.held).toEqual({ read: 0, upgradable: 1, write: 1 });
    both?.release();
    expect([a.state.held, b.state.held]).toEqual([{ ...NOBODY, upgradable: 1 }, NOBODY]);
    outer.release();
    expect(() => allOf(outer.reader, b.writer).tryAcquire()).toThrow(LeaseReleasedError);
    expect(b.state).toMatchObject(idle);
  });

  it('H2: two leases on one lock, no gate at all, and what is no gate are refused', () => {
    const lock = new ReadWriteLock();
    const [one, other] = [lock.reader.tryAcquire(), lock.reader.tryAcquire()];
    expect(() => allOf(one?.reader as Gate, other?.reader as Gate)).toThrow(TypeError);
    expect(() => allOf()).toThrow(TypeError);
    expect(() => allOf(lock as never)).toThrow(TypeError);
    expect(() => allOf(undefined as never)).toThrow(TypeError);
    expect(() => withGate(lock as never)).toThrow(TypeError);
  });

  it('H2: a lease on a key and a gate of all keys are refused', () => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = locks.for('a').reader.tryAcquire();
    expect(() => allOf(lease?.reader as Gate, locks.all.reader)).toThrow(TypeError);
  });

  it('G3: gates of several locks are taken apart', () => {
    const [a, b] = two();
    const nested = allOf(allOf(a.reader, b.reader), a.writer);
    nested.tryAcquire();
    expect([a.state.held.write, a.state.held.read, b.state.held.read]).toEqual([1, 0, 1]);
  });
});

describe('the lease of several locks', () => {
  it('G3: what is asked through it is asked of all, and it is downgraded in all', () => {
    const [a, b] = two();
    const lease = allOf(a.writer, b.writer).tryAcquire() as Lease & {
      downgrade(mode: 'read'): void;
    };
    const nested = lease.reader.tryAcquire();
    expect([a.state.held, b.state.held]).toEqual([
      { read: 1, upgradable: 0, write: 1 },
      { read: 1, upgradable: 0, write: 1 },
    ]);
    nested?.release();
    lease.downgrade('read');
    expect([a.reader.tryAcquire(), b.reader.tryAcquire(), a.writer.tryAcquire()]).toEqual([
      expect.anything(),
      expect.anything(),
      undefined,
    ]);
  });

  it('D5: released while it is downgraded, it is released', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      const lease = allOf(b.writer, a.writer).tryAcquire() as WriteLease;
      a.reader.acquire().subscribe(() => lease.release());
      expect(() => lease.downgrade('read')).not.toThrow();
      expect(b.state.held).toEqual(NOBODY);
    }
  });

  it('E4: tryAcquire() throws where an observer of one lock fails another', () => {
    for (const swap of [false, true]) {
      const [a, b] = twoInOrder(swap);
      b.subscribe(({ held }) => held.write > 0 && a.error('down'));
      expect(() => allOf(b.writer, a.writer).tryAcquire()).toThrow('down');
      expect(b.state).toMatchObject(idle);
    }
  });

  it('D8: asking through it after its release errors', () => {
    const [a, b] = two();
    const lease = allOf(a.writer, b.writer).tryAcquire();
    lease?.release();
    expect(() => lease?.reader.tryAcquire()).toThrow(LeaseReleasedError);
    expect([a.state, b.state]).toMatchObject([idle, idle]);
  });
});
