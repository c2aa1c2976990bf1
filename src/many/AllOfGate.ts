import { type LockMode, type Strength } from '../core/LockMode.js';
import type { Claim } from '../lock/Claim.js';
import { Gate } from '../lock/Gate.js';
import type { LockGate } from '../lock/LockGate.js';
import { AllOfRequest } from './AllOfRequest.js';

const SIDES = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

/** The gate of several locks, whose gates are in the global order and of one lock each. */
export class AllOfGate extends Gate {
  readonly gates: readonly LockGate[];
  override readonly strength: Strength;

  constructor(gates: readonly LockGate[]) {
    super();
    this.gates = gates;
    this.strength = Math.max(...gates.map(({ strength }) => strength)) as Strength;
  }

  override get locked(): boolean {
    return this.gates.some((gate) => gate.locked);
  }

  override get lockName(): string {
    return this.gates.map((gate) => gate.lockName).join(' and ');
  }

  override get root(): Gate {
    return this;
  }

  override ask(claim: Claim): void {
    claim.ask(this.#requestFor(claim));
  }

  override tryAsk(claim: Claim): boolean {
    return this.#requestFor(claim).tryAsk(claim);
  }

  override behind<N extends LockMode>(lease: Claim, mode: N): Gate<N> {
    const parts = partsOf(lease).map((part) => part[SIDES[mode]]);
    return new AllOfGate(parts as unknown as LockGate[]) as Gate as Gate<N>;
  }

  override downgrade(lease: Claim, strength: Strength): void {
    lease.strength = strength;
    for (const part of partsOf(lease))
      if (part.strength > strength && !part.released) part.downgrade(lease.mode);
  }

  // What limits the wait limits the whole of it, so the parts are not told.
  #requestFor({ options: { priority, ifAvailable, label } }: Claim): AllOfRequest {
    return new AllOfRequest(this.lockName, this.gates, { priority, ifAvailable, label });
  }
}

function partsOf(lease: Claim): readonly Claim[] {
  return (lease.owner as AllOfRequest).parts;
}
