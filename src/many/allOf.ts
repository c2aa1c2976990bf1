import type { Strength } from '../core/LockMode.js';
import { overlap, sameKey } from '../core/Scope.js';
import type { Gate } from '../lock/Gate.js';
import { LockGate } from '../lock/LockGate.js';
import { AllOfGate } from './AllOfGate.js';
import { globalOrder } from './globalOrder.js';
import { KeyGate } from './KeyGate.js';

/**
 * Makes one gate of several, which is granted when all of them are.
 *
 * ```text
 * allOf(a.writer, b.reader)   ^  --!    waits for A, then for B, and holds both
 * lock A held for writing     -!
 * lock B held for writing     ---!
 * ```
 *
 * @remarks
 * It asks in one global order, whatever the order of the arguments, so that two of them never wait
 * for each other. A lock that is named twice is asked once, in the stronger mode; where one of its
 * gates belongs to a lease, it is asked through that lease. A lock of all keys stands for the keys
 * of the same {@link KeyedReadWriteLock} as well.
 *
 * Fairness: several keys of one {@link KeyedReadWriteLock} are let in together, and have one place
 * among its waiters: that of the strongest of their modes, and before all where one of the keys is
 * asked for through a lease.
 *
 * Cancellation: unsubscribing withdraws what waits, and gives back what it had. So does a refusal
 * of one of the gates, which is also the error of the whole.
 *
 * Its lease is a lock like any other: what is asked through it is asked of all the locks. To write
 * is refused, with a {@link LockUpgradeError}, where it holds one of them to read.
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
 * @throws TypeError where there is no gate, or one of them is none, or two leases on one lock are
 * asked through
 */
export function allOf(...gates: readonly Gate[]): Gate {
  const parts = gates.flatMap((gate) => partsOf(gate));
  if (parts.length === 0) throw new TypeError('allOf needs a gate');
  return new AllOfGate(merged(parts).sort(byGlobalOrder));
}

function partsOf(gate: Gate): readonly LockGate[] {
  const parts = gate as Partial<AllOfGate & LockGate> | undefined;
  if (parts?.gates) return parts.gates;
  if (typeof parts?.ask !== 'function' || !parts.lock) throw new TypeError('this is no gate');
  return [parts as LockGate];
}

/** One gate for each lock. */
function merged(gates: readonly LockGate[]): LockGate[] {
  const result: LockGate[] = [];
  for (const gate of gates) {
    const same = result.filter((other) => sameLock(gate, other));
    const rest = result.filter((other) => !sameLock(gate, other));
    result.splice(0, Infinity, ...rest, same.reduce(strongerOf, gate));
  }
  return result;
}

function sameLock(a: LockGate, b: LockGate): boolean {
  return a.lock === b.lock && overlap(a.scope, b.scope);
}

function strongerOf(a: LockGate, b: LockGate): LockGate {
  if (a.through && b.through && a.through !== b.through)
    throw new TypeError('allOf was given two leases on one lock');
  const strength = Math.max(a.strength, b.strength) as Strength;
  if ((a.through ?? b.through) && !sameKey(a.scope, b.scope))
    throw new TypeError('allOf was given a lease on a key and a gate of all keys');
  const scope = a.scope === undefined ? undefined : b.scope;
  const GateOf = scope === undefined ? LockGate : KeyGate;
  return new GateOf(a.lock, strength, scope, a.through ?? b.through);
}

function byGlobalOrder(a: LockGate, b: LockGate): number {
  return globalOrder(a.lock, b.lock) || globalOrder(a.scope, b.scope);
}
