import type { LockMode, Strength } from '../core/LockMode.js';
import type { Claim } from '../lock/Claim.js';
import { Gate } from '../lock/Gate.js';
import type { LockGate } from '../lock/LockGate.js';
import { Whole } from './Whole.js';

/**
 * The gate of several locks, whose gates are in the global order and overlap nowhere.
 *
 * Each claim that is asked of it gets a gate of its own, with the whole that it stands for: it is
 * that one which is told to let go. The gate that users have is without.
 */
export class AllOfGate extends Gate {
  readonly gates: readonly LockGate[];
  override readonly strength: Strength;
  readonly #whole: Whole | undefined;

  constructor(gates: readonly LockGate[], whole?: Whole) {
    super();
    this.gates = gates;
    this.strength = Math.max(...gates.map(({ strength }) => strength)) as Strength;
    this.#whole = whole;
  }

  override get locked(): boolean {
    return this.gates.some((gate) => gate.locked);
  }

  override get name(): string {
    return this.gates.map((gate) => gate.name).join(' and ');
  }

  override ask(claim: Claim): void {
    const whole = this.#wholeOf(claim);
    claim.ask(() => whole.ask());
  }

  override tryAsk(claim: Claim): boolean {
    return this.#wholeOf(claim).tryAsk();
  }

  override drop(_claim: Claim): void {
    this.#whole?.drop();
  }

  override downgrade(_lease: Claim, strength: Strength): void {
    this.#whole?.downgrade(strength);
  }

  override behind<N extends LockMode>(_lease: Claim, strength: Strength): Gate<N> {
    const { parts = [] } = this.#whole ?? {};
    const gates = parts.map((part) => part.gate.behind(part, strength));
    return new AllOfGate(gates) as Gate as Gate<N>;
  }

  #wholeOf(claim: Claim): Whole {
    const whole = new Whole(claim, this.gates);
    claim.gate = new AllOfGate(this.gates, whole);
    return whole;
  }
}
