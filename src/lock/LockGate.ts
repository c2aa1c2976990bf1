import { type LockMode, type Strength, strengthOf } from '../core/LockMode.js';
import type { Scope } from '../core/Request.js';
import type { Claim } from './Claim.js';
import { Gate } from './Gate.js';
import type { ReadWriteLock } from './ReadWriteLock.js';

/** Whether two keys are equal, as a `Map` sees it: NaN is itself, and -0 is 0. */
export function sameKey(a: Scope, b: Scope): boolean {
  return [a].includes(b);
}

/** Whether what is asked for of one lock overlaps: a key only itself, all keys any. */
export function overlap(a: Scope, b: Scope): boolean {
  return a === undefined || b === undefined || sameKey(a, b);
}

/** The gate of one lock, or of one key of it. */
export class LockGate<M extends LockMode = LockMode> extends Gate<M> {
  readonly lock: ReadWriteLock;
  override readonly strength: Strength;
  override readonly scope: Scope;
  override readonly through: Claim | undefined;

  constructor(lock: ReadWriteLock, strength: Strength, scope?: Scope, through?: Claim) {
    super();
    this.lock = lock;
    this.strength = strength;
    this.scope = scope;
    this.through = through;
  }

  override get locked(): boolean {
    const { strength, scope } = this;
    const { held, leases } = this.lock.core;
    if (scope === undefined) return held[strength] > 0;
    return leases.some((lease) => sameKey(lease.scope, scope) && lease.strength === strength);
  }

  override get lockName(): string {
    return this.lock.core.name;
  }

  override get root(): Gate {
    return this.through ? new LockGate(this.lock, this.strength, this.scope) : this;
  }

  override ask(claim: Claim): void {
    this.lock.next(claim);
  }

  override tryAsk(claim: Claim): boolean {
    const { core } = this.lock;
    core.check(claim);
    const entered = core.tryEnter(claim);
    // An observer that was told of the grant may have failed the lock.
    if (claim.released) core.check(claim);
    return entered;
  }

  override behind<N extends LockMode>(lease: Claim, mode: N): LockGate<N> {
    return new LockGate(this.lock, strengthOf(mode), this.scope, lease);
  }

  override downgrade(lease: Claim, strength: Strength): void {
    this.lock.core.downgrade(lease, strength);
  }
}
