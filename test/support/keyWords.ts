import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  type LockPolicy,
} from 'rxjs-rwlock';

const SIDE = { r: 'reader', u: 'upgradable', w: 'writer' } as const;

/**
 * A lock with keys whose gates are named by words: `x:w y:r` writes x and reads y, `*:r` reads all.
 */
export function keyWords(policy?: LockPolicy) {
  const locks = new KeyedReadWriteLock<string>({ policy });
  const log: string[] = [];
  const gate = (words: string): Gate => {
    const gates = words.split(' ').map((word): Gate => {
      const [key, mode] = word.split(':') as [string, keyof typeof SIDE];
      const lock: LockLike = key === '*' ? locks.all : locks.for(key);
      return lock[SIDE[mode]];
    });
    return gates.length === 1 ? (gates[0] as Gate) : allOf(...gates);
  };
  /** Acquires a gate that is free. */
  const hold = (words: string) => gate(words).tryAcquire() as Lease;
  /** Requests a gate, and notes its words in the log when it is granted. */
  const request = (words: string, at = gate(words)) =>
    at.acquire().subscribe(() => log.push(words));
  return { locks, log, gate, hold, request };
}

/** Numbers from 0 below a limit, the same ones for the same seed. */
export function randomNumbers(seed: number): (limit: number) => number {
  return (limit) => (seed = (seed * 48271) % 2147483647) % limit;
}
