import { NEVER, Observable, of } from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  LockQueueFullError,
  LockUpgradeError,
  traceLock,
  withGate,
  withReadLock,
} from 'rxjs-rwlock';
import { keyWords, randomNumbers } from '../support/keyWords.js';
import { POLICIES } from '../support/policies.js';
import { IDLE, NONE } from '../support/states.js';

const both = (locks: KeyedReadWriteLock<string>) =>
  allOf(locks.for('a').writer, locks.for('b').writer);

describe('several keys of one lock', () => {
  it('E2, G3: they are one lease, and count once, in the strongest mode', () => {
    const { locks, hold } = keyWords();
    const lease = hold('a:w b:r a:r');
    expect(lease.mode).toBe('write');
    expect(locks.all.state.held).toEqual({ ...NONE, write: 1 });
    expect([locks.for('a').state.held, locks.for('b').state.held]).toEqual([
      { ...NONE, write: 1 },
      { ...NONE, read: 1 },
    ]);
    expect(locks.for('b').reader.tryAcquire()?.mode).toBe('read');
    expect(locks.for('b').writer.tryAcquire()).toBeUndefined();
    lease.release();
    expect(locks.for('a').state).toMatchObject({ ...IDLE, version: 1 });
  });

  it('E2, G3: they are one waiting request', () => {
    const { locks, hold, request } = keyWords();
    const [a, b] = [hold('a:w'), hold('b:w')];
    const waiting = request('a:w b:r');
    expect(locks.all.state.waiting).toEqual({ ...NONE, write: 1 });
    expect([locks.for('a').state.waiting, locks.for('b').state.waiting]).toEqual([
      { ...NONE, write: 1 },
      { ...NONE, read: 1 },
    ]);
    waiting.unsubscribe();
    expect(locks.all.state.waiting).toEqual(NONE);
    a.release();
    b.release();
    expect(locks.all.state).toMatchObject(IDLE);
  });

  it('E1, G3: to grant or release them is one change', () => {
    const { locks, hold, request } = keyWords();
    const states = { all: 0, a: 0, b: 0, c: 0 };
    locks.all.subscribe(() => states.all++);
    for (const key of ['a', 'b', 'c'] as const) locks.for(key).subscribe(() => states[key]++);
    const lease = hold('a:w b:w');
    expect(states).toEqual({ all: 2, a: 2, b: 2, c: 1 });
    const next = request('a:w b:w');
    lease.release();
    next.unsubscribe();
    expect(states).toEqual({ all: 5, a: 5, b: 5, c: 1 });
  });

  it('E6, G3: their gate is locked if one of the keys is held in its own mode', () => {
    const { gate, hold } = keyWords();
    const both = gate('a:r b:w');
    const isLocked = (words: string) => {
      const lease = hold(words);
      const { locked } = both;
      lease.release();
      return locked;
    };
    expect(['a:r', 'b:w', 'a:w', 'b:r', 'a:w b:r', 'a:r b:w'].filter(isLocked)).toEqual([
      ...['a:r', 'b:w', 'a:r b:w'],
    ]);
    expect(both.locked).toBe(false);
  });

  it('G3: a key that is named twice is requested once, as a Map sees it', () => {
    const locks = new KeyedReadWriteLock<number>();
    expect(allOf(locks.for(0).writer, locks.for(-0).writer).tryAcquire()).toBeDefined();
    expect(allOf(locks.for(NaN).writer, locks.for(NaN).writer).tryAcquire()).toBeDefined();
    expect([locks.for(-0).writer.locked, locks.for(NaN).writer.locked]).toEqual([true, true]);
    expect(locks.all.state.held).toEqual({ ...NONE, write: 2 });
  });

  it('G3: with the lock of all among them, all keys are requested', () => {
    const { locks, hold } = keyWords();
    hold('a:w *:r b:r');
    expect(locks.all.state.held).toEqual({ ...NONE, write: 1 });
    expect(locks.for('c').reader.tryAcquire()).toBeUndefined();
  });

  it('G3: keys that are waited for are not held, and block later requests for them', () => {
    const { locks, log, hold, request } = keyWords();
    const a = hold('a:w');
    request('a:w b:w');
    expect(locks.for('b').writer.locked).toBe(false);
    request('b:r');
    request('c:w');
    expect(log).toEqual(['c:w']);
    a.release();
    expect(log).toEqual(['c:w', 'a:w b:w']);
  });

  it('G3: symbols of one description are different keys', () => {
    const locks = new KeyedReadWriteLock<symbol>();
    const [a, b] = [locks.for(Symbol('k')).writer, locks.for(Symbol('k')).writer];
    const leases = [a.tryAcquire(), b.tryAcquire()];
    let granted = 0;
    for (const both of [allOf(a, b), allOf(b, a)])
      both.acquire().subscribe((lease) => {
        granted++;
        lease.release();
      });
    for (const lease of leases) lease?.release();
    expect(granted).toBe(2);
  });

  // Keys that were requested one by one stood on both sides of a request for all.
  it('G2, G3: several keys and all of them never wait for each other', () => {
    const { log, hold, gate } = keyWords();
    const lease = hold('a:w');
    for (const words of ['a:w b:w', '*:w'])
      gate(words)
        .acquire()
        .subscribe((lease) => {
          log.push(words);
          lease.release();
        });
    lease.release();
    expect(log).toEqual(['a:w b:w', '*:w']);
  });

  it.each(Object.entries(POLICIES))(
    'G2, G3: under %s requests for several keys, for one and for all never wait for each other',
    (_, policy) => {
      const { locks, gate, hold } = keyWords(policy);
      // A key is held throughout: no request is granted only because the lock is free.
      const elsewhere = hold('z:r');
      const modes = ['r', 'u', 'w'];
      const some = modes.flatMap((a) => [
        `*:${a === 'w' ? 'u' : a}`,
        `x:${a}`,
        ...modes.map((b) => `x:${a} y:${b}`),
      ]);
      const random = randomNumbers(5);
      for (let i = 0; i < 500; i++) {
        const holding = [hold('x:w'), hold('y:w')];
        let waiting = 2 + random(4);
        for (let n = waiting; n > 0; n--)
          gate(some[random(some.length)] as string)
            .acquire()
            .subscribe((lease) => {
              waiting--;
              holding.push(lease);
            });
        while (holding.length > 0) holding.splice(random(holding.length), 1)[0]?.release();
        if (waiting > 0) throw new Error(`in round ${i} ${waiting} requests wait for nothing`);
      }
      elsewhere.release();
      expect(locks.all.state).toMatchObject(IDLE);
    },
  );
});

describe('maxWaiting', () => {
  it('A8: several keys count as one waiting request', () => {
    const locks = new KeyedReadWriteLock<string>({ maxWaiting: 1 });
    const leases = [locks.for('a').writer.tryAcquire(), locks.for('b').writer.tryAcquire()];
    const log: string[] = [];
    const request = () =>
      of('granted')
        .pipe(withGate(both(locks)))
        .subscribe({ next: (text) => log.push(text), error: (error) => log.push(String(error)) });
    request();
    expect(locks.all.state.waiting).toEqual({ ...NONE, write: 1 });
    request();
    expect(log).toEqual([
      "LockQueueFullError: lock[a, b]: can't acquire write, the queue is full (1 waiting, maxWaiting 1)",
    ]);
    for (const lease of leases) lease?.release();
    expect(log.at(-1)).toBe('granted');
  });

  it('A8, C8: keys that are refused are refused together, and nothing else changes', () => {
    const locks = new KeyedReadWriteLock<string>({ maxWaiting: 1 });
    const lease = locks.for('b').writer.tryAcquire() as Lease;
    NEVER.pipe(withReadLock(locks.for('b'))).subscribe();
    const states: unknown[] = [];
    locks.all.subscribe((state) => states.push(state.held, state.waiting));
    const seen: unknown[] = [];
    both(locks)
      .acquire()
      .subscribe({
        error(error: unknown) {
          seen.push(error, locks.all.state.waiting, locks.for('a').writer.tryAcquire()?.mode);
          lease.release();
        },
      });
    expect(seen).toEqual([expect.any(LockQueueFullError), { ...NONE, read: 1 }, 'write']);
    // The refusal changes nothing; then `a` is acquired, and then `b` handed over to the reader.
    expect(states).toEqual([
      ...[
        { ...NONE, write: 1 },
        { ...NONE, read: 1 },
      ],
      ...[
        { ...NONE, write: 2 },
        { ...NONE, read: 1 },
      ],
      ...[{ ...NONE, read: 1, write: 1 }, NONE],
    ]);
  });
});

it.each(['waits', 'holds'])(
  'C8: no callback sees one key of a request without the others, when it %s and is cancelled',
  (how) => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = how === 'waits' ? locks.all.reader.tryAcquire() : undefined;
    const request = of(1)
      .pipe(withGate(both(locks), () => NEVER))
      .subscribe();
    const seen: unknown[] = [];
    for (const [key, other] of ['ab', 'ba'])
      new Observable(() => {
        seen.push(locks.all.state.waiting, locks.for(other ?? '').reader.tryAcquire()?.mode);
      })
        .pipe(withReadLock(locks.for(key ?? '')))
        .subscribe();
    expect(seen).toEqual([]);
    request.unsubscribe();
    expect(seen).toEqual([NONE, 'read', NONE, 'read']);
    lease?.release();
  },
);

describe('a request for several keys through a lease', () => {
  it('D6, G3: it goes before earlier requests, which may wait for that lease', () => {
    const { locks, log, gate, hold, request } = keyWords();
    const lease = locks.for('x').upgradable.tryAcquire() as Lease;
    const writer = hold('y:w');
    request('x:w y:w');
    request('x:r of the lease, y:w', allOf(lease.reader, gate('y:w')));
    writer.release();
    expect(log).toEqual(['x:r of the lease, y:w']);
  });

  it('D1, G3: an owner with several leases on a key passes an upgrade that waits for it until the last has ended', () => {
    const { locks, gate } = keyWords();
    const outer = locks.for('a').reader.tryAcquire() as Lease;
    const inner = outer.reader.tryAcquire() as Lease;
    const pair = allOf(inner.reader, gate('b:r')).tryAcquire();
    locks.for('a').upgradable.tryAcquire()?.writer.acquire().subscribe();
    outer.release();
    inner.release();
    expect(pair?.reader.tryAcquire()?.mode).toBe('read');
  });

  it('D6: an upgrade does not wait behind several keys that wait for its own owner', () => {
    const { locks, log, gate } = keyWords();
    const a = locks.for('a').upgradable.tryAcquire() as Lease;
    const b = locks.for('b').upgradable.tryAcquire() as Lease;
    const reader = locks.for('b').reader.tryAcquire();
    allOf(a.writer, gate('b:w'))
      .acquire()
      .subscribe((lease) => {
        log.push('both');
        lease.release();
        a.release();
      });
    b.writer.acquire().subscribe((lease) => {
      log.push('upgrade');
      lease.release();
      b.release();
    });
    reader?.release();
    expect(log).toEqual(['upgrade', 'both']);
    expect(locks.all.state).toMatchObject(IDLE);
  });

  it('D6: a trace does not tell that an upgrade is blocked by the keys that it passes', () => {
    const { locks, gate } = keyWords();
    const a = locks.for('a').upgradable.tryAcquire() as Lease;
    const b = locks.for('b').upgradable.tryAcquire() as Lease;
    locks.for('b').reader.tryAcquire();
    const events: unknown[] = [];
    traceLock(locks.all).subscribe(({ type, id, blockedBy }) => events.push([type, id, blockedBy]));
    allOf(a.writer, gate('b:w')).acquire().subscribe();
    b.writer.acquire().subscribe();
    // The owners of `b` block the request for both keys, the reader alone blocks the upgrade.
    expect(events).toEqual([
      ['requested', 4, [2, 3]],
      ['requested', 5, [3]],
    ]);
  });

  it('D3, G3: a lease of several keys gives each of them in its own mode, and raises none', () => {
    const { locks, hold } = keyWords();
    const lease = hold('a:w b:r');
    const nested = lease.reader.tryAcquire();
    expect(nested?.mode).toBe('read');
    expect(() => lease.writer.tryAcquire()).toThrow(LockUpgradeError);
    expect(() => lease.writer.tryAcquire()).toThrow(
      'through a lease that only reads one of its keys;',
    );
    nested?.release();
    lease.release();
    expect(locks.all.state).toMatchObject(IDLE);
  });

  it('D6, G3: a lease of several keys is upgraded on all of them', () => {
    const { locks, log, hold, request } = keyWords();
    const lease = hold('a:u b:u');
    const reader = hold('b:r');
    request('a:w and b:w', lease.writer);
    request('a:r');
    expect(log).toEqual([]);
    reader.release();
    expect(log).toEqual(['a:w and b:w']);
    expect([locks.for('a').writer.locked, locks.for('b').writer.locked]).toEqual([true, true]);
  });

  it('G3: what a lease has been granted of a new key, its other requests need not wait for', () => {
    const { locks, gate, log, hold } = keyWords();
    const lease = hold('x:w');
    const other = hold('z:w');
    const request = (name: string, ...words: string[]) =>
      allOf(lease.writer, ...words.map(gate))
        .acquire()
        .subscribe(() => log.push(name));
    request('y and z', 'y:w', 'z:w');
    request('y', 'y:w');
    expect(log).toEqual([]);
    other.release();
    expect(log).toEqual(['y and z', 'y']);
    expect(locks.all.state.waiting).toEqual(NONE);
  });

  it('H1, G3: a request for a new key is not behind what waits for a key that its owner holds', () => {
    const { locks, gate, hold } = keyWords();
    const [lease, other] = [hold('x:w'), hold('o:w')];
    const blockedBy: number[][] = [];
    hold('y:w');
    allOf(other.writer, gate('x:w'), gate('y:r')).acquire().subscribe();
    traceLock(locks.all).subscribe((event) => blockedBy.push([...event.blockedBy]));
    allOf(lease.writer, gate('y:r')).acquire().subscribe();
    expect(blockedBy).toEqual([[3]]);
  });

  it('G3: so it is if the new key is granted at once', () => {
    const { locks, gate, log, hold } = keyWords();
    const [lease, other] = [hold('x:w'), hold('o:w')];
    hold('z:w');
    const request = (name: string, through: Lease, ...words: string[]) =>
      allOf(through.writer, ...words.map(gate))
        .acquire()
        .subscribe(() => log.push(name));
    request('another owner', other, 'y:u', 'z:w');
    request('behind it', lease, 'y:u');
    expect(log).toEqual([]);
    request('beside it', lease, 'y:r');
    expect(log.sort()).toEqual(['behind it', 'beside it']);
    expect(locks.all.state.waiting).toEqual({ ...NONE, write: 1 });
  });

  it('G3: a lease of all keys is requested through if a key stands beside it', () => {
    const { locks, gate } = keyWords();
    const lease = locks.all.writer.tryAcquire() as Lease;
    const nested = allOf(lease.reader, gate('a:w')).tryAcquire();
    expect(nested?.mode).toBe('write');
    expect(locks.all.state.held).toEqual({ ...NONE, write: 2 });
    nested?.release();
    lease.release();
    expect(locks.all.state).toMatchObject({ ...IDLE, version: 1 });
  });

  it('H2: two leases on one lock, and a lease on a key with a gate of all, are refused', () => {
    const { locks, hold } = keyWords();
    const [one, other] = [hold('a:r'), hold('b:r')];
    expect(() => allOf(one.reader as Gate, other.reader)).toThrow(
      new TypeError('allOf was given two leases on one lock: it can request through only one'),
    );
    expect(() => allOf(one.reader as Gate, locks.all.reader)).toThrow(
      new TypeError('allOf was given a lease on a key and a gate of all keys: they overlap'),
    );
  });
});
