import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  type LockPolicy,
  type ObservableLock,
  ReadWriteLock,
  type UpgradableLease,
} from 'rxjs-rwlock';

/** What is locked. */
export interface Place {
  readonly lock: LockLike;
  /** The locks that are closed and failed, and in which nothing may be left. */
  readonly locks: readonly [ReadWriteLock, ...ReadWriteLock[]];
  /** The lock of a state here, and the lease through which it is used; none for several locks. */
  readonly stateLock?: ObservableLock;
  readonly lease?: UpgradableLease;
}

const SIDES = ['reader', 'upgradable', 'writer'] as const;

/** Several locks or keys, as one. */
function together(locks: readonly LockLike[]): LockLike {
  const gates = SIDES.map((side) => [side, allOf(...locks.map((lock) => lock[side]))]);
  return Object.fromEntries(gates) as LockLike;
}

/** Everything that can be locked, made anew with a policy. */
export const PLACES: Record<string, (policy: LockPolicy) => Place> = {
  'a lock'(policy) {
    const lock = new ReadWriteLock({ policy });
    return { lock, locks: [lock], stateLock: lock };
  },
  'a key'(policy) {
    const locks = new KeyedReadWriteLock<string>({ policy });
    const lock = locks.for('a');
    return { lock, locks: [locks.all], stateLock: lock };
  },
  'all keys'(policy) {
    const { all } = new KeyedReadWriteLock<string>({ policy });
    return { lock: all, locks: [all], stateLock: all };
  },
  'a lease'(policy) {
    const stateLock = new ReadWriteLock({ policy });
    const lease = stateLock.upgradable.tryAcquire() as UpgradableLease;
    return { lock: lease, locks: [stateLock], stateLock, lease };
  },
  'two keys'(policy) {
    const locks = new KeyedReadWriteLock<string>({ policy });
    return { lock: together([locks.for('a'), locks.for('b')]), locks: [locks.all] };
  },
  'two locks'(policy) {
    const locks = [new ReadWriteLock({ policy }), new ReadWriteLock({ policy })] as const;
    return { lock: together(locks), locks };
  },
};

/** A lease of others that keeps a write at a place waiting and, unless it is a lease, a read, too. */
export function blockerOf({ lease, lock, locks }: Place): Lease | undefined {
  return (lease ? locks[0].reader : lock.writer).tryAcquire();
}
