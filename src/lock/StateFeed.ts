import type { Subscriber } from 'rxjs';
import type { LockCore } from '../core/LockCore.js';
import { LockFeed } from './LockFeed.js';
import type { LockState } from './LockState.js';

/** Sends the current state, and then one snapshot for each transition. */
export class StateFeed extends LockFeed<LockState> {
  constructor(core: LockCore, subscriber: Subscriber<LockState>) {
    super(core, subscriber);
    this.note(core);
    this.settled(core);
  }

  override note(core: LockCore): void {
    this.push(snapshot(core));
  }
}

/** Takes a frozen picture of a lock. */
export function snapshot({ held, waiters, version, closed }: LockCore): LockState {
  return Object.freeze({
    held: Object.freeze({ ...held }),
    waiting: Object.freeze({
      read: waiters.count('read'),
      upgradable: waiters.count('upgradable'),
      write: waiters.count('write'),
    }),
    version,
    closed,
  });
}
