import { downgrade, drop, leasesOf, tryEnter } from '../core/LockCore.js';
import type { LockMode, Strength } from '../core/LockMode.js';
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
    const { core } = this.lock;
    if (scope === undefined) return core.held[strength] > 0;
    return leasesOf(core).some(
      (lease) => overlap(lease.scope, scope) && lease.strength === strength,
    );
  }

  override get name(): string {
    return this.lock.core.terms.name;
  }

  override ask(claim: Claim): void {
    this.lock.next(claim);
  }

  override tryAsk(claim: Claim): boolean {
    const { core } = this.lock;
    const entered = tryEnter(core, claim);
    // An observer that was told of the grant may have failed the lock.
    if (entered && core.failure) throw core.failure.error;
    return entered;
  }

  override drop(claim: Claim): void {
    drop(this.lock.core, claim);
  }

  override downgrade(lease: Claim, strength: Strength): void {
    downgrade(this.lock.core, lease, strength);
  }

  override behind<N extends LockMode>(lease: Claim, strength: Strength): LockGate<N> {
    return new LockGate(this.lock, strength, this.scope, lease);
  }
}
