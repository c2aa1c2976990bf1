import { downgrade, drop, tryEnter } from '../core/LockCore.js';
import type { LockMode, Strength } from '../core/LockMode.js';
import type { Scope } from '../core/Scope.js';
import type { Claim } from './Claim.js';
import { Gate } from './Gate.js';
import type { ReadWriteLock } from './ReadWriteLock.js';

/** The gate of one lock. */
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
    return this.lock.core.held[this.strength] > 0;
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
