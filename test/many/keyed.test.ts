import { NEVER, of } from 'rxjs';
import {
  KeyedReadWriteLock,
  type Lease,
  LockClosedError,
  type LockLike,
  phaseFair,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';

const NOBODY = { read: 0, upgradable: 0, write: 0 };
const operators = { r: withReadLock, u: withUpgradableLock, w: withWriteLock };

/** Asks in the order of the words, `a:w` to write key a and `*:r` to read all; logs the grants. */
function asker(locks: KeyedReadWriteLock<string>, log: string[]) {
  return (...words: string[]) =>
    words.map((word) => {
      const [key = '', op = 'r'] = word.split(':');
      const lock: LockLike = key === '*' ? locks.all : locks.for(key);
      const granted = () => {
        log.push(word);
        return NEVER;
      };
      return of(0)
        .pipe(operators[op as 'r'](lock, granted))
        .subscribe();
    });
}

describe('a lock for each key', () => {
  it('G1: different keys never wait for each other; equal keys share a lock', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    asker(locks, log)('a:w', 'b:w', 'a:r', 'c:u', 'c:u', 'c:r');
    expect(log).toEqual(['a:w', 'b:w', 'c:u', 'c:r']);
  });

  it('G1: keys are told apart as in a Map', () => {
    const locks = new KeyedReadWriteLock<unknown>();
    const keys = [1, '1', null, NaN, {}, {}, Symbol.iterator];
    for (const key of keys) expect(locks.for(key).writer.tryAcquire()).toBeDefined();
    for (const key of keys) expect(locks.for(key).writer.tryAcquire()).toBeUndefined();
  });

  it('D3, G1: a key that is not equal to itself is one key to its holder', () => {
    const locks = new KeyedReadWriteLock<number>();
    locks.for(1).reader.tryAcquire();
    const lease = locks.for(NaN).upgradable.tryAcquire();
    expect(lease?.writer.tryAcquire()?.mode).toBe('write');
    expect(lease?.reader.tryAcquire()?.mode).toBe('read');
  });

  it('G1: the lock of a key has everything that a lock has', () => {
    const locks = new KeyedReadWriteLock<string>();
    const lock = locks.for('a');
    const outer = lock.upgradable.tryAcquire();
    const inner = outer?.writer.tryAcquire();
    expect([lock.reader.locked, lock.upgradable.locked, lock.writer.locked]).toEqual([
      false,
      true,
      true,
    ]);
    expect(locks.for('b').writer.locked).toBe(false);
    inner?.downgrade('read');
    expect(locks.for('a').reader.tryAcquire()).toBeDefined();
    expect(locks.for('a').writer.tryAcquire()).toBeUndefined();
  });

  it('H2: undefined is no key', () => {
    expect(() => new KeyedReadWriteLock().for(undefined)).toThrow(TypeError);
  });

  it('G1: a key that is idle takes no memory', () => {
    const maps: Map<unknown, unknown>[] = [];
    const RealMap = globalThis.Map;
    globalThis.Map = class<K, V> extends RealMap<K, V> {
      constructor() {
        super();
        maps.push(this);
      }
    };
    const locks = new KeyedReadWriteLock<number>({ policy: phaseFair });
    globalThis.Map = RealMap;
    for (let key = 0; key < 1000; key++) {
      const lease = locks.for(key).writer.tryAcquire();
      const waiter = NEVER.pipe(withReadLock(locks.for(key))).subscribe();
      const other = NEVER.pipe(withWriteLock(locks.for(key))).subscribe();
      lease?.release();
      waiter.unsubscribe();
      other.unsubscribe();
    }
    expect(maps.length).toBeGreaterThan(0);
    expect(maps.map(({ size }) => size)).toEqual(maps.map(() => 0));
  });
});

describe('the lock of all keys', () => {
  it('G2: its writer excludes all keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [writer] = asker(locks, log)('*:w', 'a:r', 'b:w', '*:r');
    expect(log).toEqual(['*:w']);
    writer?.unsubscribe();
    expect(log.slice(1).sort()).toEqual(['a:r', 'b:w']);
  });

  it("G2: its reader excludes all keys' writers, and none of their readers", () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    asker(locks, log)('*:r', 'a:r', 'b:u', 'c:w', '*:r');
    expect(log).toEqual(['*:r', 'a:r', 'b:u']);
  });

  it('G2: a request for all waits for those that asked earlier, whatever their keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [a, b, all] = asker(locks, log)('a:w', 'b:r', '*:w', 'a:r', 'b:r', 'c:r');
    expect(log).toEqual(['a:w', 'b:r']);
    a?.unsubscribe();
    expect(log).toHaveLength(2);
    b?.unsubscribe();
    expect(log[2]).toBe('*:w');
    all?.unsubscribe();
    expect(log.slice(3).sort()).toEqual(['a:r', 'b:r', 'c:r']);
  });

  it('G2: nobody overtakes by way of another key: a reader of all waits behind a waiting writer', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [reader, writer] = asker(locks, log)('a:r', 'a:w', '*:r', 'a:r', 'b:r');
    expect(log).toEqual(['a:r', 'b:r']);
    writer?.unsubscribe();
    expect(log.slice(2).sort()).toEqual(['*:r', 'a:r']);
    reader?.unsubscribe();
  });

  it('G2: while it waits, cancelling it lets in those behind it in every key', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [, all] = asker(locks, log)('a:r', '*:w', 'b:w', 'c:r', 'a:r');
    expect(log).toEqual(['a:r']);
    all?.unsubscribe();
    expect(log.slice(1).sort()).toEqual(['a:r', 'b:w', 'c:r']);
  });

  it('G2: asked while a key is upgraded, it waits for the writer; an upgrade goes before it', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const outer = locks.for('a').upgradable.tryAcquire();
    const reader = locks.for('a').reader.tryAcquire();
    outer?.writer.acquire().subscribe((lease) => {
      log.push('upgraded');
      lease.release();
    });
    asker(locks, log)('*:r', 'a:r', 'b:w');
    expect(log).toEqual([]);
    reader?.release();
    expect(log[0]).toBe('upgraded');
    expect(log.slice(1).sort()).toEqual(['*:r', 'a:r']);
    expect(locks.all.state.version).toBe(1);
  });

  it('G2: an upgrade of one key holds back nobody of another', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const outer = locks.for('a').upgradable.tryAcquire();
    locks.for('a').reader.tryAcquire();
    outer?.writer.acquire().subscribe(() => log.push('upgraded'));
    asker(locks, log)('b:r', 'b:u', 'c:w', 'a:r');
    expect(log).toEqual(['b:r', 'b:u', 'c:w']);
  });

  it('G2: an upgrade of all waits for the readers of every key', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const outer = locks.all.upgradable.tryAcquire();
    const readers = ['a', 'b'].map((key) => locks.for(key).reader.tryAcquire());
    outer?.writer.acquire().subscribe(() => log.push('upgraded'));
    readers[0]?.release();
    expect(log).toEqual([]);
    readers[1]?.release();
    expect(log).toEqual(['upgraded']);
  });

  it('G2: closing and failing it does so for all keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const errors: unknown[] = [];
    NEVER.pipe(withWriteLock(locks.for('a'))).subscribe({ error: (error) => errors.push(error) });
    locks.all.complete();
    expect(() => locks.for('b').reader.tryAcquire()).toThrow(LockClosedError);
    locks.all.error('down');
    expect(errors).toEqual(['down']);
    expect(locks.all.state.held).toEqual(NOBODY);
  });
});

it('A4, G1: under phaseFair no circle of keys and all of them keeps a free key waiting', () => {
  const locks = new KeyedReadWriteLock<string>({ policy: phaseFair });
  const granted: string[] = [];
  locks.for('3').reader.tryAcquire();
  const holder = locks.for('1').writer.tryAcquire();
  const ask = (name: string, lock: LockLike, side: 'reader' | 'writer') =>
    lock[side].acquire().subscribe(() => granted.push(name));
  ask('1:w', locks.for('1'), 'writer');
  ask('*:w', locks.all, 'writer');
  ask('2:w', locks.for('2'), 'writer');
  ask('*:r', locks.all, 'reader');
  holder?.release();
  expect(granted.length).toBeGreaterThan(0);
});

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  it('G2: any mix of requests for keys and for all is served, and none beside a conflicting one', () => {
    const locks = new KeyedReadWriteLock<string>({ policy });
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    const holding: { key: string; op: string; lease: Lease }[] = [];
    let served = 0;
    const conflicts = (a: { key: string; op: string }, b: { key: string; op: string }) =>
      (a.key === b.key || a.key === '*' || b.key === '*') &&
      (a.op === 'w' || b.op === 'w' || (a.op === 'u' && b.op === 'u'));
    for (let i = 0; i < 3000; i++) {
      const key = 'abc*'[random(4)] as string;
      const op = 'ruw'[random(3)] as 'r' | 'u' | 'w';
      const lock: LockLike = key === '*' ? locks.all : locks.for(key);
      const side = { r: 'reader', u: 'upgradable', w: 'writer' } as const;
      lock[side[op]].acquire().subscribe((lease) => {
        served++;
        for (const other of holding)
          if (conflicts({ key, op }, other)) throw new Error(`${key}:${op} beside ${other.key}`);
        holding.push({ key, op, lease });
      });
      if (random(2)) holding.splice(random(holding.length || 1), 1)[0]?.lease.release();
    }
    while (holding.length > 0) holding.splice(random(holding.length), 1)[0]?.lease.release();
    expect(served).toBe(3000);
    expect(locks.all.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
  });
});

describe('found by random walks', () => {
  it('A4, G2: under phaseFair a phase is one of a key: the end of a write lets in who waits for it', () => {
    const locks = new KeyedReadWriteLock<string>({ policy: phaseFair });
    const log: string[] = [];
    const ask = asker(locks, log);
    const [writer, reader] = ask('a:w', 'b:r', 'b:w', 'b:r', 'a:w', 'a:r');
    writer?.unsubscribe();
    expect(log).toEqual(['a:w', 'b:r', 'a:r']);
    reader?.unsubscribe();
    expect(log).toEqual(['a:w', 'b:r', 'a:r', 'b:w']);
  });

  it('A4, G2: under phaseFair a reader of a key waits for at most one writer of all', () => {
    const locks = new KeyedReadWriteLock<string>({ policy: phaseFair });
    const log: string[] = [];
    const ask = asker(locks, log);
    const [, all] = ask('a:w', '*:w', '*:w', 'b:r').map((request, i) => {
      if (i === 0) request.unsubscribe();
      return request;
    });
    expect(log).toEqual(['a:w', '*:w']);
    all?.unsubscribe();
    expect(log).toEqual(['a:w', '*:w', 'b:r']);
  });

  it('D6, E4: where it fails, an upgrade is told before the waiters for other keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const errors: string[] = [];
    const ask = (name: string, lock: LockLike) =>
      lock.writer.acquire().subscribe({ error: () => errors.push(name) });
    const outer = locks.all.upgradable.tryAcquire() as Lease;
    locks.all.reader.tryAcquire();
    ask('writer', locks.for('a'));
    ask('upgrade', outer);
    locks.all.error('down');
    expect(errors).toEqual(['upgrade', 'writer']);
  });
});
