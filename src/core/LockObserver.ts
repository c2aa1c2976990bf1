import type { LockCore } from './LockCore.js';
import type { Request } from './Request.js';

/** What happened to a request, or to the lock as a whole (`closed`). */
export type Transition =
  'queued' | 'granted' | 'cancelled' | 'released' | 'upgraded' | 'downgraded' | 'closed';

/** Who watches a lock. */
export interface LockObserver {
  /** Notes a transition. The state may be half-way: no user code may run in here. */
  note(core: LockCore, transition: Transition, request?: Request): void;
  /** Says that all is settled: user code may run, and may call straight back into the lock. */
  settled(core: LockCore): void;
}
