import { conflict, type Counts, type Mode, tally, WRITE } from '../core/LockMode.js';
import { type Place, type Rule, WaitQueues } from '../core/LockTable.js';
import type { Link } from '../core/Queue.js';
import type { Request } from '../core/Request.js';
import type { KeyMode } from './KeySet.js';

/** The place of a request for several keys in the queues of one of them. */
export class KeyPlace implements Place {
  ahead: Link | undefined = undefined;
  behind: Link | undefined = undefined;
  request: Request;
  readonly key: unknown;
  readonly modeIndex: Mode;

  constructor(request: Request, { key, most }: KeyMode) {
    this.request = request;
    this.key = key;
    this.modeIndex = most;
  }

  get effectivePriority(): number {
    return this.request.effectivePriority;
  }
}

/** The waiting requests for one key, or for all keys. */
export class KeyQueues extends WaitQueues {
  readonly counts: Counts = [0, 0, 0, 0];

  // What blocks a request for several keys may be another of its keys, so it tells nothing about
  // the requests behind it. Only a writer blocks every request behind it in its queue anyway,
  // whatever it waits for itself; but it does not block an upgrade, and a request through a lease
  // may stand ahead of one.
  override add(place: Place): void {
    tally(this.counts, place.modeIndex, 1);
    const { request, modeIndex } = place;
    if (place === request || (modeIndex === WRITE && !request.owner)) super.add(place);
    else this.several.insert(place);
  }

  override remove(place: Place): void {
    tally(this.counts, place.modeIndex, -1);
    super.remove(place);
  }

  override isBehind(request: Request, mode: Mode, rule: Rule): boolean {
    if (super.isBehind(request, mode, rule)) return true;
    for (const one of this.several)
      if (conflict(one.modeIndex, mode) && rule.isEarlier(one.request, request)) return true;
    return false;
  }
}
