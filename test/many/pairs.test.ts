import type { Subscription } from 'rxjs';
import {
  allOf,
  fifo,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockPolicy,
  phaseFair,
  readersFirst,
  ReadWriteLock,
  type UpgradableLease,
  writersFirst,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { IDLE } from '../support/states.js';

const SIDE = { r: 'reader', u: 'upgradable', w: 'writer' } as const;
type Op = keyof typeof SIDE;

/** A keyed lock whose gates are written as words: `a:r b:w` reads a and writes b, `*:w` writes all. */
class Keys {
  readonly locks: KeyedReadWriteLock<string>;
  readonly log: string[] = [];

  constructor(policy: LockPolicy = fifo) {
    this.locks = new KeyedReadWriteLock<string>({ policy });
  }

  gate(words: string): Gate {
    const gates = words.split(' ').map((word) => {
      const [key, op] = word.split(':') as [string, Op];
      return (key === '*' ? this.locks.all : this.locks.for(key))[SIDE[op]];
    });
    return gates.length === 1 ? (gates[0] as Gate) : allOf(...gates);
  }

  take(words: string): Lease {
    return this.gate(words).tryAcquire() as Lease;
  }
}

/** Requests a gate, logs when it is granted, and keeps the lease. */
function ask(keys: Keys, name: string, gate = keys.gate(name)): { lease: Lease | undefined } {
  const asked: { lease: Lease | undefined } = { lease: undefined };
  gate.acquire().subscribe({
    next(lease) {
      keys.log.push(name);
      asked.lease = lease;
    },
    error: (error: Error) => keys.log.push(`${name}: ${error.name}`),
  });
  return asked;
}

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  it('G3: an upgrade of all waits for a pair that holds, and a pair that waits does not keep it', () => {
    const keys = new Keys(policy);
    const pair = keys.take('a:r b:r');
    const outer = keys.take('*:u') as UpgradableLease;
    ask(keys, 'a:r b:w');
    ask(keys, 'upgrade', outer.writer);
    ask(keys, 'c:r');
    expect(keys.log).toEqual([]);
    pair.release();
    expect(keys.log).toEqual(['upgrade']);
  });

  it('G3: all.upgradable, then an upgrade, against a pair that reads one key and writes another', () => {
    const keys = new Keys(policy);
    const outer = keys.take('*:u') as UpgradableLease;
    const pair = ask(keys, 'a:r b:w');
    // A pair holds none of its keys while it waits, so it can't be waited for.
    expect(keys.locks.for('a').reader.locked).toBe(false);
    const upgrade = ask(keys, 'upgrade', outer.writer);
    expect(keys.log).toEqual(['upgrade']);
    upgrade.lease?.release();
    expect(pair.lease).toBeUndefined();
    outer.release();
    expect(keys.log).toEqual(['upgrade', 'a:r b:w']);
    pair.lease?.release();
    expect(keys.locks.all.state).toMatchObject({ ...IDLE, version: 2 });
  });

  it('G3: a pair that holds, and an upgrade of all, then a pair that waits behind it', () => {
    const keys = new Keys(policy);
    const outer = keys.take('*:u') as UpgradableLease;
    const readers = keys.take('a:r b:r');
    const upgrade = ask(keys, 'upgrade', outer.writer);
    // From the moment an upgrade waits, no new reader is granted.
    const pair = ask(keys, 'c:r d:r');
    expect(keys.log).toEqual([]);
    readers.release();
    expect(keys.log).toEqual(['upgrade']);
    upgrade.lease?.release();
    expect(pair.lease).toBeDefined();
  });

  it('G3: two pairs of keys with an upgrade: it goes first, and both pairs are served', () => {
    const keys = new Keys(policy);
    const outer = keys.take('a:u') as UpgradableLease;
    const reader = keys.take('a:r');
    const first = ask(keys, 'a:w b:w');
    const second = ask(keys, 'b:r a:r');
    const upgrade = ask(keys, 'upgrade', outer.writer);
    reader.release();
    expect(keys.log).toEqual(second.lease ? ['b:r a:r'] : ['upgrade']);
    second.lease?.release();
    expect(upgrade.lease).toBeDefined();
    upgrade.lease?.release();
    outer.release();
    first.lease?.release();
    second.lease?.release();
    first.lease?.release();
    expect(keys.log.sort()).toEqual(['a:w b:w', 'b:r a:r', 'upgrade']);
    expect(keys.locks.all.state).toMatchObject(IDLE);
  });

  it('G3: two pairs that are upgraded over different keys do not wait for each other', () => {
    const keys = new Keys(policy);
    const one = keys.take('a:u b:r');
    const other = keys.take('c:u b:r');
    const raised = [
      ask(keys, 'one', allOf(one.reader, keys.gate('a:w'))),
      ask(keys, 'other', allOf(other.reader, keys.gate('c:w'))),
    ];
    expect(keys.log).toEqual(['one', 'other']);
    for (const { lease } of raised) lease?.release();
    for (const lease of [one, other]) lease.release();
    expect(keys.locks.all.state).toMatchObject(IDLE);
  });

  it('D3, G3: an owner that extends its lease by fresh keys goes before waiting requests', () => {
    for (const fresh of ['y:w', 'y:r', 'y:u', 'y:w z:r']) {
      const keys = new Keys(policy);
      const owner = keys.take('x:w');
      const holder = keys.take('y:w');
      for (const waiting of ['y:w', 'y:r', 'x:w y:w', '*:w', '*:r']) ask(keys, waiting);
      const gates = fresh.split(' ').map((word) => keys.gate(word));
      ask(keys, 'extended', allOf(owner.reader, ...gates));
      expect(keys.log).toEqual([]);
      holder.release();
      expect(keys.log[0]).toBe('extended');
    }
  });

  it('D6, G3: an extension never goes past a waiting upgrade of another owner', () => {
    for (const fresh of ['y:r', 'y:w', 'y:r z:r', 'y:r z:w', 'y:u z:w'])
      for (const own of ['x:r', 'x:u', 'x:w']) {
        const keys = new Keys(policy);
        const owner = keys.take(own);
        const other = keys.take('y:u') as UpgradableLease;
        const reader = keys.take('y:r');
        const upgrade = ask(keys, 'upgrade', other.writer);
        const gates = fresh.split(' ').map((word) => keys.gate(word));
        const extension = allOf(owner.reader, ...gates);
        if (extension.tryAcquire()) throw new Error(`${own} is extended by ${fresh}`);
        ask(keys, 'extended', extension);
        expect(keys.log).toEqual([]);
        reader.release();
        expect(keys.log).toEqual(['upgrade']);
        upgrade.lease?.release();
        other.release();
        expect(keys.log).toEqual(['upgrade', 'extended']);
      }
  });

  it('D6, G3: an upgrade never waits for an extension that waits, whoever came first', () => {
    for (const fresh of ['y:r', 'y:w', 'y:r z:w', 'y:w z:r']) {
      const keys = new Keys(policy);
      const owner = keys.take('x:w');
      const other = keys.take('y:u') as UpgradableLease;
      const holder = keys.take('z:w');
      const gates = `${fresh} z:r`.split(' ').map((word) => keys.gate(word));
      ask(keys, 'extended', allOf(owner.reader, ...gates));
      const upgrade = ask(keys, 'upgrade', other.writer);
      expect(keys.log).toEqual(['upgrade']);
      holder.release();
      expect(keys.log).toEqual(['upgrade']);
      upgrade.lease?.release();
      other.release();
      expect(keys.log).toEqual(['upgrade', 'extended']);
    }
  });

  it('D3, G3: what an owner requests of keys that it holds is granted at once, past everybody', () => {
    const keys = new Keys(policy);
    const owner = keys.take('x:w y:u');
    const reader = keys.take('y:r');
    for (const waiting of ['x:r', 'y:w', 'x:r y:r', '*:w']) ask(keys, waiting);
    expect(owner.reader.tryAcquire()).toBeDefined();
    expect(allOf(owner.reader, keys.gate('x:w')).tryAcquire()).toBeDefined();
    expect(keys.log).toEqual([]);
    const upgrade = ask(keys, 'upgrade', allOf(owner.reader, keys.gate('y:w')));
    expect(keys.log).toEqual([]);
    reader.release();
    expect(keys.log).toEqual(['upgrade']);
    expect(upgrade.lease?.mode).toBe('write');
  });

  it('D8, G3: an extension through a lease that is released while it waits still goes first', () => {
    const keys = new Keys(policy);
    const owner = keys.take('x:w');
    const holder = keys.take('y:w');
    ask(keys, 'y:w');
    const extended = ask(keys, 'extended', allOf(owner.reader, keys.gate('y:w')));
    owner.release();
    holder.release();
    expect(keys.log).toEqual(['extended']);
    extended.lease?.release();
    expect(keys.log).toEqual(['extended', 'y:w']);
  });
});

describe('a stream of pairs', () => {
  /** Pairs that overlap in one key, so that one of them always holds it, against one that waits. */
  const overtakers = (policy: LockPolicy, pair: string, single: string): number => {
    const keys = new Keys(policy);
    let holds = ask(keys, `first ${pair}`, keys.gate(pair));
    const waiting = ask(keys, 'single', keys.gate(single));
    for (let n = 0; n < 50; n++) {
      if (waiting.lease) return n;
      const next = ask(keys, `pair ${n}`, keys.gate(pair));
      holds.lease?.release();
      holds = next;
    }
    return Infinity;
  };

  // What each policy promises of a request that waits while pairs keep coming: how many go before it.
  const bounds: [string, LockPolicy, pair: string, single: string, atMost: number][] = [
    ['fifo', fifo, 'a:w b:w', 'b:w', 1],
    ['fifo', fifo, 'a:w b:w', 'b:r', 1],
    ['fifo', fifo, 'a:r b:r', 'b:w', 1],
    ['fifo', fifo, 'a:w b:r', 'b:w', 1],
    ['fifo', fifo, 'a:w b:w', '*:w', 1],
    ['fifo', fifo, 'a:w b:w', '*:r', 1],
    ['phaseFair', phaseFair, 'a:w b:w', 'b:w', 1],
    ['phaseFair', phaseFair, 'a:w b:w', 'b:r', 1],
    ['phaseFair', phaseFair, 'a:r b:r', 'b:w', 1],
    ['phaseFair', phaseFair, 'a:w b:w', '*:w', 1],
    ['phaseFair', phaseFair, 'a:w b:w', '*:r', 1],
    ['writersFirst', writersFirst, 'a:w b:w', 'b:w', 1],
    ['writersFirst', writersFirst, 'a:r b:r', 'b:w', 1],
    ['writersFirst', writersFirst, 'a:w b:w', '*:w', 1],
    ['readersFirst', readersFirst, 'a:w b:w', 'b:w', 1],
    ['readersFirst', readersFirst, 'a:w b:w', 'b:r', 1],
    ['readersFirst', readersFirst, 'a:w b:w', '*:r', 1],
  ];

  it.each(bounds)(
    'A4, G3: under %s, %p %s never starve a single %s, which is served second',
    (_, policy, pair, single, atMost) => {
      expect(overtakers(policy, pair, single)).toBeLessThanOrEqual(atMost);
    },
  );

  it('A4, G3: the policies that starve one side by their own bound do so with pairs, too', () => {
    expect(overtakers(writersFirst, 'a:w b:w', 'b:r')).toBe(Infinity);
    expect(overtakers(readersFirst, 'a:r b:r', 'b:w')).toBe(Infinity);
  });

  it('G3: pairs that overlap in one key each, in a chain, do not starve a pair of the ends', () => {
    const keys = new Keys();
    const first = ask(keys, 'a:w b:w');
    const second = ask(keys, 'c:w d:w');
    const ends = ask(keys, 'b:w c:w');
    const later = [ask(keys, 'a:w b:w'), ask(keys, 'c:w d:w')];
    first.lease?.release();
    expect(ends.lease).toBeUndefined();
    // It holds none of its keys, but those behind it wait for both.
    expect(later.map(({ lease }) => lease)).toEqual([undefined, undefined]);
    second.lease?.release();
    expect(ends.lease).toBeDefined();
    ends.lease?.release();
    expect(later.every(({ lease }) => lease)).toBe(true);
  });
});

describe('walks of owners who request once', () => {
  const KEYS = ['a', 'b', 'c', 'd'];
  const OPS: Op[] = ['r', 'u', 'w'];

  interface Walker {
    readonly words: string;
    lease: Lease | undefined;
    isCancelled: boolean;
    readonly subscription: Subscription | undefined;
  }

  const conflicts = (one: string, other: string): boolean =>
    one.split(' ').some((first) =>
      other.split(' ').some((second) => {
        const [k1, o1] = first.split(':') as [string, Op];
        const [k2, o2] = second.split(':') as [string, Op];
        const isSame = k1 === k2 || k1 === '*' || k2 === '*';
        return isSame && (o1 === 'w' || o2 === 'w' || (o1 === 'u' && o2 === 'u'));
      }),
    );

  function walk(policy: LockPolicy, seed: number): void {
    let state = seed * 7_919 + 1;
    const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
    const keys = new Keys(policy);
    // Two keyed locks and a plain one: what spans them is taken in the global order.
    const others = [
      new KeyedReadWriteLock<string>({ policy }),
      new ReadWriteLock({ policy }),
    ] as const;
    const elsewhere = keys.locks.for('elsewhere').reader.tryAcquire();
    const walkers: Walker[] = [];
    const words = (): string => {
      // A key is held throughout: who writes all would wait for that one.
      if (random(8) === 0) return `*:${OPS[random(2)] as Op}`;
      const count = 1 + random(3);
      const chosen = new Set(Array.from({ length: count }, () => KEYS[random(4)] as string));
      return [...chosen].map((key) => `${key}:${OPS[random(3)] as Op}`).join(' ');
    };
    const start = () => {
      const asked = words();
      let gate = keys.gate(asked);
      if (random(4) === 0) gate = allOf(others[0].for('x')[SIDE[OPS[random(3)] as Op]], gate);
      if (random(4) === 0) gate = allOf(gate, others[1][SIDE[OPS[random(3)] as Op]]);
      const walker: { -readonly [K in keyof Walker]: Walker[K] } = {
        words: asked,
        lease: undefined,
        isCancelled: false,
        subscription: undefined,
      };
      walkers.push(walker);
      walker.subscription = gate.acquire().subscribe((lease) => {
        for (const other of walkers)
          if (other.lease?.released === false && conflicts(asked, other.words))
            throw new Error(`${asked} is granted beside ${other.words}, seed ${seed}`);
        walker.lease = lease;
      });
    };
    const isLive = ({ lease }: Walker) => lease?.released === false;
    for (let step = 0; step < 60; step++) {
      const some = walkers[random(walkers.length || 1)];
      if (!some || random(2) === 0) start();
      else if (isLive(some)) some.lease?.release();
      else if (!some.lease && random(3) === 0) {
        some.isCancelled = true;
        some.subscription?.unsubscribe();
      }
    }
    // Everybody lets go in turn: then nobody may be left who waits.
    for (let one; (one = walkers.find(isLive));) one.lease?.release();
    const left = walkers.filter(({ lease, isCancelled }) => !lease && !isCancelled);
    if (left.length > 0)
      throw new Error(`seed ${seed}: ${left.map(({ words }) => words).join(', ')} wait for nobody`);
    elsewhere?.release();
    for (const lock of [keys.locks.all, others[0].all, others[1]])
      expect(lock.state).toMatchObject(IDLE);
  }

  it.each(Object.entries(POLICIES))(
    'G3: pairs, triples and all, over one lock and several, never deadlock under %s',
    (_, policy) => {
      for (let seed = 1; seed <= 100; seed++) walk(policy, seed);
      expect(policy).toBeDefined();
    },
    30_000,
  );
});
