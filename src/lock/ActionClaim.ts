import { Claim } from './Claim.js';
import type { Gate } from './Gate.js';
import type { GateAction } from './GateAction.js';

/** The claim of a scheduled action: holds the lock for as long as the action runs. */
export class ActionClaim<T> extends Claim {
  readonly #action: GateAction<T>;

  constructor(gate: Gate, action: GateAction<T>) {
    super(gate, {});
    this.#action = action;
  }

  override granted(): void {
    this.#action.run(this);
  }

  override failed(error: unknown): void {
    this.#action.fail(error);
  }
}
