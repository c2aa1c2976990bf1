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
import { IDLE, NONE } from '../support/states.js';

const operators = { r: withReadLock, u: withUpgradableLock, w: withWriteLock };

/** Makes requests in the order of the words, `a:w` to write key a and `*:r` to read all; logs the grants. */
function requester(locks: KeyedReadWriteLock<string>, log: string[]) {
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
    requester(locks, log)('a:w', 'b:w', 'a:r', 'c:u', 'c:u', 'c:r');
    expect(log).toEqual(['a:w', 'b:w', 'c:u', 'c:r']);
  });

  it('G1: keys are compared as in a Map', () => {
    const locks = new KeyedReadWriteLock<unknown>();
    const keys = [1, '1', null, NaN, {}, {}, Symbol.iterator];
    for (const key of keys) expect(locks.for(key).writer.tryAcquire()).toBeDefined();
    for (const key of keys) expect(locks.for(key).writer.tryAcquire()).toBeUndefined();
  });

  it('D3, G1: a key that does not equal itself is one key for its owner', () => {
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

  it('G1: an idle key takes no memory', () => {
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
      const reader = NEVER.pipe(withReadLock(locks.for(key))).subscribe();
      const writer = NEVER.pipe(withWriteLock(locks.for(key))).subscribe();
      lease?.release();
      reader.unsubscribe();
      writer.unsubscribe();
    }
    expect(maps.length).toBeGreaterThan(0);
    expect(maps.map(({ size }) => size)).toEqual(maps.map(() => 0));
  });
});

describe('the lock of all keys', () => {
  it('G2: its writer excludes all keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [writer] = requester(locks, log)('*:w', 'a:r', 'b:w', '*:r');
    expect(log).toEqual(['*:w']);
    writer?.unsubscribe();
    expect(log.slice(1).sort()).toEqual(['a:r', 'b:w']);
  });

  it("G2: its reader excludes all keys' writers, and none of their readers", () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    requester(locks, log)('*:r', 'a:r', 'b:u', 'c:w', '*:r');
    expect(log).toEqual(['*:r', 'a:r', 'b:u']);
  });

  it('G2: a request for all waits for earlier requests, whatever their keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [a, b, all] = requester(locks, log)('a:w', 'b:r', '*:w', 'a:r', 'b:r', 'c:r');
    expect(log).toEqual(['a:w', 'b:r']);
    a?.unsubscribe();
    expect(log).toHaveLength(2);
    b?.unsubscribe();
    expect(log[2]).toBe('*:w');
    all?.unsubscribe();
    expect(log.slice(3).sort()).toEqual(['a:r', 'b:r', 'c:r']);
  });

  it('G2: a reader of all waits behind a waiting writer of a key: there is no barging by way of other keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [reader, writer] = requester(locks, log)('a:r', 'a:w', '*:r', 'a:r', 'b:r');
    expect(log).toEqual(['a:r', 'b:r']);
    writer?.unsubscribe();
    expect(log.slice(2).sort()).toEqual(['*:r', 'a:r']);
    reader?.unsubscribe();
  });

  it('G2: when a request for all is cancelled, those behind it are granted, in every key', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const [, all] = requester(locks, log)('a:r', '*:w', 'b:w', 'c:r', 'a:r');
    expect(log).toEqual(['a:r']);
    all?.unsubscribe();
    expect(log.slice(1).sort()).toEqual(['a:r', 'b:w', 'c:r']);
  });

  it('G2: a request for all waits behind the upgrade of a key', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const outer = locks.for('a').upgradable.tryAcquire();
    const reader = locks.for('a').reader.tryAcquire();
    outer?.writer.acquire().subscribe((lease) => {
      log.push('upgraded');
      lease.release();
    });
    requester(locks, log)('*:r', 'a:r', 'b:w');
    expect(log).toEqual([]);
    reader?.release();
    expect(log[0]).toBe('upgraded');
    expect(log.slice(1).sort()).toEqual(['*:r', 'a:r']);
    expect(locks.all.state.version).toBe(1);
  });

  it('G2: an upgrade of one key blocks no request for another', () => {
    const locks = new KeyedReadWriteLock<string>();
    const log: string[] = [];
    const outer = locks.for('a').upgradable.tryAcquire();
    locks.for('a').reader.tryAcquire();
    outer?.writer.acquire().subscribe(() => log.push('upgraded'));
    requester(locks, log)('b:r', 'b:u', 'c:w', 'a:r');
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

  it('D1, G2: a reader of a key reads it again while an upgrade of all waits for that reader', () => {
    const locks = new KeyedReadWriteLock<string>();
    const outer = locks.all.upgradable.tryAcquire();
    const reader = locks.for('a').reader.tryAcquire();
    outer?.writer.acquire().subscribe();
    expect(locks.all.state.waiting.write).toBe(1);
    expect(reader?.reader.tryAcquire()?.mode).toBe('read');
  });

  it('E3, E4, G2: closing or failing it closes or fails all keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const errors: unknown[] = [];
    NEVER.pipe(withWriteLock(locks.for('a'))).subscribe({ error: (error) => errors.push(error) });
    locks.all.complete();
    expect(() => locks.for('b').reader.tryAcquire()).toThrow(LockClosedError);
    locks.all.error('down');
    expect(errors).toEqual(['down']);
    expect(locks.all.state.held).toEqual(NONE);
  });
});

describe('the gates of keys', () => {
  it('E6: while the writer of all holds the lock, that of each key is locked', () => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = locks.all.writer.tryAcquire();
    expect(locks.for('a').writer.locked).toBe(true);
    lease?.release();
    expect(locks.for('a').writer.locked).toBe(false);
  });

  it('E6: while the writer of a key holds the lock, that of all is locked, and no other', () => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = locks.for('a').writer.tryAcquire();
    expect([locks.all, locks.for('a'), locks.for('b')].map(({ writer }) => writer.locked)).toEqual([
      true,
      true,
      false,
    ]);
    lease?.release();
    expect(locks.all.writer.locked).toBe(false);
  });
});

it('D6, E4: when the lock fails, an upgrade is told before the waiting requests for other keys', () => {
  const locks = new KeyedReadWriteLock<string>();
  const errors: string[] = [];
  const write = (name: string, lock: LockLike) =>
    lock.writer.acquire().subscribe({ error: () => errors.push(name) });
  const outer = locks.all.upgradable.tryAcquire() as Lease;
  locks.all.reader.tryAcquire();
  write('writer', locks.for('a'));
  write('upgrade', outer);
  locks.all.error('down');
  expect(errors).toEqual(['upgrade', 'writer']);
});

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  // It was forgotten, and two held it: https://github.com/bytedance/deer-flow/pull/5176
  it('G1: a key that is waited for is not forgotten when it is released', () => {
    const locks = new KeyedReadWriteLock<string>({ policy });
    const lease = locks.for('a').writer.tryAcquire();
    const [next, cancelled] = [1, 2].map(() => locks.for('a').writer.acquire().subscribe());
    cancelled?.unsubscribe();
    lease?.release();
    expect(locks.for('a').writer.locked).toBe(true);
    expect(locks.for('a').reader.tryAcquire()).toBeUndefined();
    next?.unsubscribe();
    expect(locks.for('a').writer.tryAcquire()?.mode).toBe('write');
  });

  it('G2: any mix of requests for keys and for all is granted, and none beside a conflicting lease', () => {
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
    expect(locks.all.state).toMatchObject(IDLE);
  });
});
