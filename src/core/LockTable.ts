import { conflict, type Counts, type Mode, MODES, type PerMode, READ, WRITE } from './LockMode.js';
import type { LockObserver } from './LockObserver.js';
import { type Prioritized, Queue, unlink } from './Queue.js';
import { type Key, type Owner, precedes, type Request } from './Request.js';

export interface KeyState {
  readonly held: Counts;
  readonly waiting: Counts;
  /** How many writes have ended: of this key while it is observed, else of any key. */
  readonly version: number;
}

/** A place in a queue: a request, or one key of a request for several. */
export interface Place extends Prioritized {
  readonly request: Request;
  readonly modeIndex: Mode;
}

/** The rule of the lock, as far as a table asks for it. */
export interface Rule {
  /** Whether a waiting request counts as earlier than another one. */
  isEarlier(waiting: Request, other: Request): boolean;
  /** Grants a waiting request if it is grantable. */
  tryGrant(waiting: Request): boolean;
}

/** Where a lock keeps its waiting requests and, if it has keys, what is held of each key. */
export interface LockTable extends Omit<WaitQueues, 'turn' | 'isBehind'> {
  /**
   * Puts a request for the same keys in the places of a waiting one, if that has places other than
   * itself.
   *
   * @returns whether it has
   */
  replace?(waiting: Request, by: Request): boolean;

  /** Whether the request needs a key that its owner does not hold yet. */
  gains?(request: Request): boolean;
}

/**
 * The waiting requests for one thing: a key, or a lock that is always requested whole. For the
 * latter it is all that the table of the lock has to keep.
 */
export class WaitQueues {
  turn = 0;
  // One queue for each mode. What blocks a request blocks all behind it in its queue, so it is
  // enough to look at the first of each.
  protected readonly queues: PerMode<Queue<Place>> = [new Queue(), new Queue(), new Queue()];
  /** Requests for several keys that are looked at one by one. */
  protected readonly several = new Queue<Place>();
  readonly #observers = new Set<LockObserver>();

  add(place: Place): void {
    this.queues[place.modeIndex].insert(place);
  }

  remove(place: Place): void {
    unlink(place);
  }

  /** Counts a lease in or out. `newest` is the number of the newest request. */
  count(_lease: Request, mode: Mode, by: 1 | -1, newest: number): void {
    if (by < 0 && mode === WRITE) this.turn = newest;
  }

  /** A request is made through a lease, for the owner of that lease. */
  share(_owner: Owner, _lease: Request, _request: Request): void {}

  /**
   * Whether another owner holds a conflicting mode on what is requested. Called only if the counts
   * of the whole lock do not rule it out.
   */
  isHeldAgainst(_request: Request): boolean {
    return true;
  }

  /** Whether an earlier waiting request conflicts. */
  isWaitedAgainst(request: Request, rule: Rule): boolean {
    // An owner passes every waiting request: it would wait for those that wait for its lease.
    return !request.owner && this.isBehind(request, request.modeIndex, rule);
  }

  /** Whether an earlier waiting request conflicts with a mode of a request. */
  isBehind(request: Request, mode: Mode, rule: Rule): boolean {
    for (const other of MODES) {
      const first = conflict(other, mode) && this.queues[other].first;
      if (first && rule.isEarlier(first.request, request)) return true;
    }
    return false;
  }

  /** Whether a request would raise the lease that it is made through from read to more. */
  raises({ modeIndex }: Request, parent: Request): boolean {
    return parent.modeIndex === READ && modeIndex > READ;
  }

  conflict(a: Request, b: Request): boolean {
    return conflict(a.modeIndex, b.modeIndex);
  }

  /** The order of the newest request when the last write ended that a request waited for. */
  turnOf(_waiting: Request): number {
    return this.turn;
  }

  /** Tries to grant, in their order, what a lease or request blocked by a mode that it no longer has. */
  grantEach(_by: Request, freed: Mode, rule: Rule): void {
    let several = this.several.first;
    let stuck = 0;
    for (;;) {
      while (several && !conflict(freed, several.modeIndex)) several = this.several.after(several);
      let foremost = several;
      for (const mode of MODES) {
        const first = !(stuck & (1 << mode)) && conflict(freed, mode) && this.queues[mode].first;
        if (first && !(foremost && precedes(foremost.request, first.request))) foremost = first;
      }
      if (!foremost) return;
      const isSeveral = foremost === several;
      if (isSeveral) several = this.several.after(foremost);
      if (!rule.tryGrant(foremost.request) && !isSeveral) stuck |= 1 << foremost.modeIndex;
    }
  }

  /** The waiting requests; if one is given, those that conflict with it and that it does not pass. */
  *waiting(request?: Pick<Request, 'modeIndex' | 'owner'>): Iterable<Request> {
    if (request?.owner) return;
    const isWanted = (mode: Mode) => !request || conflict(mode, request.modeIndex);
    for (const mode of MODES)
      if (isWanted(mode)) for (const place of this.queues[mode]) yield place.request;
    for (const place of this.several) if (isWanted(place.modeIndex)) yield place.request;
  }

  /** Adds an observer of a key, or of the whole lock; the result removes it. */
  observe(observer: LockObserver, _key: Key | undefined): () => unknown {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** The observers of what overlaps a request; all of them, if none is given. */
  observers(_overlapping?: Request): Iterable<LockObserver> {
    return this.#observers;
  }

  /** What is counted for a key, if it is not what is counted for the whole lock. */
  stateAt(_key: Key | undefined): KeyState | undefined {
    return undefined;
  }
}
