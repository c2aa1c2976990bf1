import { leasesOf } from '../core/LockCore.js';
import type { LockMode, Strength } from '../core/LockMode.js';
import { overlap } from '../core/Scope.js';
import type { Claim } from '../lock/Claim.js';
import { LockGate } from '../lock/LockGate.js';

/** The gate of one key of a lock. */
export class KeyGate<M extends LockMode = LockMode> extends LockGate<M> {
  /** Also where it is all keys that are held. */
  override get locked(): boolean {
    const { strength, scope } = this;
    return leasesOf(this.lock.core).some(
      (lease) => overlap(lease.scope, scope) && lease.strength === strength,
    );
  }

  override behind<N extends LockMode>(lease: Claim, strength: Strength): KeyGate<N> {
    return new KeyGate(this.lock, strength, this.scope, lease);
  }
}
