import type { Gate } from '../lock/LockLike.js';

/** Whether a gate is one of `latest` or `drop`, of whichever copy of this package. */
export function isCoalescing(gate: Gate): boolean {
  return 'inner' in gate;
}
