import type { Subscriber } from 'rxjs';
import type { LockCore } from '../core/LockCore.js';
import { LockFeed } from './LockFeed.js';
import type { Counts } from '../core/Counts.js';
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
export function snapshot({ held, waiting, version, closed }: LockCore): LockState {
  return Object.freeze({ held: perMode(held), waiting: perMode(waiting), version, closed });
}

function perMode([, read, upgradable, write]: Counts): LockState['held'] {
  return Object.freeze({ read, upgradable, write });
}
