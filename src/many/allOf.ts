import { type Mode, READ } from '../core/LockMode.js';
import { expected } from '../lock/checks.js';
import { isGate, type Lockable, LockGate } from '../lock/LockGate.js';
import type { Gate } from '../lock/LockLike.js';
import { inGlobalOrder } from './globalOrder.js';
import { isCoalescing } from './isCoalescing.js';
import { ALL, KeySet } from './KeySet.js';
import { AllOfGate, MultiLock } from './MultiLock.js';

/**
 * Makes one gate of several, to acquire several locks or keys in one request, without a deadlock
 * between such requests.
 *
 * ```text
 * lock A held for writing     ^!
 * lock B held for writing     ^--!
 * allOf(a.writer, b.reader)   ...^--!    waits for A, then for B, and holds both
 *
 * .  waits    ^  is granted    !  releases the lock
 * ```
 *
 * @remarks
 * Locks are acquired in one global order, whatever the order of the arguments, so two such requests
 * never deadlock. A lock that is named twice is requested once, in the stronger mode; if one of its
 * gates belongs to a lease, the request is made through that lease. The lock of all keys includes
 * the keys of the same {@link KeyedReadWriteLock}.
 *
 * Fairness: several keys of one {@link KeyedReadWriteLock} are one request. It has one place in the
 * order, that of its strongest mode, and is granted when none of its keys conflicts; until then it
 * holds none of them. Distinct locks are acquired one after the other, and each is held from its
 * grant on. An owner who makes a request while it holds one of the locks can deadlock with another
 * owner who does the same.
 *
 * Cancellation: unsubscribing cancels what waits and releases what is held.
 *
 * Errors: the refusal of any lock is the error of the whole. All locks accept the request at once:
 * closing one of them later does not stop it, failing one does.
 *
 * Its lease is a lock like any other: a request through it is for all the locks. A lease of several
 * distinct locks can't be raised to a stronger mode ({@link LockUpgradeError}).
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { allOf, KeyedReadWriteLock, withGate } from 'rxjs-rwlock';
 *
 * const accounts = new KeyedReadWriteLock<string>();
 * const both = allOf(accounts.for('ann').writer, accounts.for('bob').writer);
 * of('transfer')
 *   .pipe(withGate(both))
 *   .subscribe(() => console.log(accounts.for('ann').writer.locked)); // true
 * ```
 *
 * @param gates - the gates, at least one
 * @returns a gate of all of them; its mode is the strongest of theirs
 * @throws TypeError if no gate is given, if an argument is not a gate, or if two leases on one lock
 * overlap, or if a gate of {@link latest} or {@link drop} is given: write `latest(allOf(…))`
 */
export function allOf(...gates: readonly Gate[]): Gate {
  if (gates.length === 1 && isGate(gates[0])) return gates[0];
  const byLock = new Map<Lockable, LockGate[]>();
  for (const gate of gates.flatMap(partsOf)) {
    const others = byLock.get(gate.lock);
    if (others) others.push(gate);
    else byLock.set(gate.lock, [gate]);
  }
  const locks = [...byLock.values()].map(merged);
  if (!locks[0]) throw new TypeError('allOf expects at least one gate, got none');
  if (locks.length === 1) return locks[0];
  locks.sort((a, b) => inGlobalOrder(a.lock, b.lock));
  return new AllOfGate(new MultiLock(locks), strongest(locks));
}

function partsOf(gate: Gate): readonly LockGate[] {
  if (!isGate(gate)) throw expected('each argument of allOf', 'a gate', gate);
  if (isCoalescing(gate))
    throw new TypeError('allOf was given a gate of latest or drop: write latest(allOf(…)) instead');
  return gate instanceof AllOfGate ? gate.lock.gates : [gate];
}

// Not as arguments of one call: there may be more of them than a call can have.
function strongest(gates: readonly LockGate[]): Mode {
  return gates.reduce<Mode>((mode, { modeIndex }) => Math.max(mode, modeIndex) as Mode, READ);
}

/** Merges the gates of one lock into one. */
function merged(gates: readonly LockGate[]): LockGate {
  const [{ lock, key: first }] = gates as readonly [LockGate];
  const [lease, other] = new Set(gates.flatMap(({ parent }) => parent ?? []));
  if (other)
    throw new TypeError('allOf was given two leases on one lock: it can request through only one');
  const mode = strongest(gates);
  if (!first) return new LockGate(lock, mode, first, lease);
  const modes = new Map<unknown, Mode>();
  for (const gate of gates)
    for (const { key, most } of (gate.key as KeySet).keys)
      modes.set(key, Math.max(Math.min(most, gate.modeIndex), modes.get(key) ?? 0) as Mode);
  if (!modes.has(ALL)) {
    const keys = [...modes].map(([key, most]) => ({ key, most }));
    return new KeysGate(lock, mode, new KeySet(keys), lease);
  }
  // A gate of all keys includes the others.
  if (lease && !(lease.key as KeySet).isOfAll)
    throw new TypeError('allOf was given a lease on a key and a gate of all keys: they overlap');
  return new LockGate(lock, mode, KeySet.of(ALL), lease);
}

/** The gate of several keys of one lock, each in its own mode. */
class KeysGate extends LockGate {
  override get locked(): boolean {
    const { keys } = this.key as KeySet;
    return keys.some(({ key, most }) => this.lock.isHeld(most, KeySet.of(key)));
  }
}
