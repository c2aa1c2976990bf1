import {
  allOf,
  fifo,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  type LockPolicy,
  phaseFair,
  writersFirst,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';

const SIDE = { r: 'reader', u: 'upgradable', w: 'writer' } as const;

/** A lock with keys, whose gates are named by words: `x:w y:r` writes x and reads y, `*:r` reads all. */
function keyed(policy: LockPolicy) {
  const locks = new KeyedReadWriteLock<string>({ policy });
  const log: string[] = [];
  const gate = (words: string): Gate => {
    const gates = words.split(' ').map((word): Gate => {
      const [key, op] = word.split(':') as [string, keyof typeof SIDE];
      const lock: LockLike = key === '*' ? locks.all : locks.for(key);
      return lock[SIDE[op]];
    });
    return gates.length === 1 ? (gates[0] as Gate) : allOf(...gates);
  };
  const ask = (words: string, at = gate(words)) => at.acquire().subscribe(() => log.push(words));
  return { locks, log, gate, ask };
}

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  it('G2, G3: requests for several keys, for one and for all never wait for each other', () => {
    const { locks, gate } = keyed(policy);
    // A key is held throughout: nobody is served for the reason that the lock is free.
    const elsewhere = gate('z:r').tryAcquire();
    const modes = ['r', 'u', 'w'];
    const some = modes.flatMap((a) => [
      `*:${a === 'w' ? 'u' : a}`,
      `x:${a}`,
      ...modes.map((b) => `x:${a} y:${b}`),
    ]);
    let seed = 5;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    for (let i = 0; i < 500; i++) {
      const holding = [gate('x:w').tryAcquire(), gate('y:w').tryAcquire()] as Lease[];
      let waiting = 2 + random(4);
      for (let n = waiting; n > 0; n--)
        gate(some[random(some.length)] as string)
          .acquire()
          .subscribe((lease) => {
            waiting--;
            holding.push(lease);
          });
      while (holding.length > 0) holding.splice(random(holding.length), 1)[0]?.release();
      if (waiting > 0) throw new Error(`in round ${i} ${waiting} wait for nobody`);
    }
    elsewhere?.release();
    expect(locks.all.state.held).toEqual({ read: 0, upgradable: 0, write: 0 });
  });
});

it('A4, G3: under phaseFair keys go together, though of one of them it is the turn of readers', () => {
  const { log, gate, ask } = keyed(phaseFair);
  gate('z:r').tryAcquire();
  const holder = gate('x:w').tryAcquire();
  ask('x:w y:w');
  ask('x:r y:u');
  holder?.release();
  expect(log).toEqual(['x:w y:w']);
});

it('A4, G3: under phaseFair readers of several keys go first when a write of each has ended', () => {
  const { log, gate, ask } = keyed(phaseFair);
  const [x, y] = [gate('x:w').tryAcquire(), gate('y:w').tryAcquire()];
  ask('x:w');
  ask('x:r y:r');
  y?.release();
  x?.release();
  expect(log).toEqual(['x:r y:r']);
});

it('A4, G3: under writersFirst keys go as a writer, also past one who asks for one of them alike', () => {
  const { log, gate, ask } = keyed(writersFirst);
  const holder = gate('x:w').tryAcquire();
  ask('x:u');
  ask('x:u y:w');
  holder?.release();
  expect(log).toEqual(['x:u y:w']);
});

it('D6, G3: keys go first where one is asked for through a lease: who is ahead may wait for that', () => {
  const { locks, log, gate, ask } = keyed(fifo);
  const lease = locks.for('x').upgradable.tryAcquire() as Lease;
  const holder = gate('y:w').tryAcquire();
  ask('x:w y:w');
  ask('x:r of the lease, y:w', allOf(lease.reader, gate('y:w')));
  holder?.release();
  expect(log).toEqual(['x:r of the lease, y:w']);
});
