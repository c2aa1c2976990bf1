import { ANY, type Counts, type Mode, MODES, READ } from '../core/LockMode.js';
import type { LockObserver } from '../core/LockObserver.js';
import { type KeyState, type Place, type Rule, WaitQueues } from '../core/LockTable.js';
import type { Key, Request } from '../core/Request.js';
import { Others } from './Others.js';
import type { RemoteMode } from './LockDriver.js';

/** Is told what of a lock concerns its engine. */
export interface TableListener extends LockObserver {
  /** A request waits, or waits no longer. */
  waitingChanged(): void;
  leaseCounted(lease: Request, by: 1 | -1): void;
  observedChanged(): void;
  /** The state without what the others hold and wait for. */
  readonly visible: KeyState;
}

/** The waiting requests of a remote lock, which hides the others from its state. */
export class RemoteTable extends WaitQueues {
  listener!: TableListener;
  /** How many observers of users there are. */
  observed = 0;

  override add(place: Place): void {
    super.add(place);
    if (!(place instanceof Others)) this.listener.waitingChanged();
  }

  override remove(place: Place): void {
    super.remove(place);
    if (!(place instanceof Others)) this.listener.waitingChanged();
  }

  // The end of a write elsewhere begins no phase of the readers here: the readers that wait
  // whenever the lease is had again would go before a writer for ever.
  override count(lease: Request, mode: Mode, by: 1 | -1, newest: number): void {
    if (lease instanceof Others) return;
    super.count(lease, mode, by, newest);
    this.listener.leaseCounted(lease, by);
  }

  // Last of all: what is requested by those who are told of a write elsewhere still belongs to the
  // requests that the new lease serves.
  override *observers(overlapping?: Request): Iterable<LockObserver> {
    yield* super.observers(overlapping);
    if (!overlapping || overlapping instanceof Others) yield this.listener;
  }

  override observe(observer: LockObserver, key: Key | undefined): () => void {
    const remove = super.observe(observer, key);
    this.observed++;
    this.listener.observedChanged();
    return () => {
      remove();
      this.observed--;
      this.listener.observedChanged();
    };
  }

  override stateAt(): KeyState {
    return this.listener.visible;
  }

  /** The mode that the next requests need, if any waits. */
  next(rule: Rule): RemoteMode | undefined {
    const firsts = MODES.flatMap((mode) => this.queues[mode].first?.request ?? []);
    if (firsts.length === 0) return undefined;
    const next = firsts.filter((one) => !this.isWaitedAgainst(one, rule));
    // The strongest: the exclusive lease serves readers as well, but not the other way round. If
    // the policy contradicts itself, there is none.
    return next.length > 0 && next.every(({ modeIndex }) => modeIndex === READ)
      ? 'shared'
      : 'exclusive';
  }
}

/** What is counted, less what is to be hidden. */
export function without(counts: Counts, hidden: Counts): Counts {
  return [
    counts[0] - hidden[0],
    counts[1] - hidden[1],
    counts[2] - hidden[2],
    counts[ANY] - hidden[ANY],
  ];
}
