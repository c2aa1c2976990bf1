import type { Request } from './Request.js';

/** What happened to a request. */
export type Transition =
  'queued' | 'granted' | 'upgraded' | 'cancelled' | 'released' | 'downgraded';

/** Is told about a lock, or about a key, once for each settled change that concerns it. */
export interface LockObserver {
  /**
   * Notes a transition. The state may be half-way: no user code may run in here.
   *
   * @returns whether it concerns this observer
   */
  note(transition: Transition, request: Request): boolean;
  /** Fixes what there is to be told of the settled state. No user code may run in here. */
  settle(): void;
  /** Tells it. User code may run, and may call straight back into the lock. */
  tell(): void;
}
