import type { LockMode, LockState } from 'rxjs-rwlock';
import { byPrecedence, COMPATIBLE, isAhead, type PolicyName, strongest } from './rules.js';

/** A request as the contract speaks of it. Those of one `client` belong to one holder. */
export interface ModelRequest {
  readonly name: string;
  readonly client: number;
  readonly order: number;
  /** Whether it is asked through a lease of its client. */
  readonly nested: boolean;
  readonly mode: LockMode;
  /** Whether it is asked by an operator with a function, which completes after its last inner one. */
  readonly merged: boolean;
  /** What its source is like, which means something to who asks only. */
  readonly source: string;
}

/** Something that happened to a request. */
export interface LogEntry {
  readonly name: string;
  readonly what: string;
}

/** Where user code runs, which may call straight back into the lock. */
export interface Moments {
  granted(request: ModelRequest): void;
  completed(request: ModelRequest): void;
  cleanedUp(request: ModelRequest): void;
}

export const ASKS = { read: 'asks read', upgradable: 'asks upgradable', write: 'asks write' };
export const DOWNGRADES: Record<LockMode, string> = {
  read: 'downgrades to read',
  upgradable: 'downgrades to upgradable',
  write: 'downgrades to write',
};

/**
 * The lock as the contract tells it: two arrays, gone through from the start each time. It shares
 * no line with the real one, and cares for nothing but being obviously right.
 */
export class ReferenceLock {
  /** In the order of asking. */
  waiting: readonly ModelRequest[] = [];
  /** In the order of the grants. */
  held: readonly ModelRequest[] = [];
  /** What has happened, in order. */
  readonly log: LogEntry[] = [];
  version = 0;
  closed = false;
  failed = false;
  readonly #policy: PolicyName;
  readonly #moments: Moments;
  #asked = 0;
  #turn = 0;
  /** Who has been let in and not been told so yet. */
  #granted: ModelRequest[] = [];
  #granting = false;
  /** Whose completion is told once the lock has been let go. */
  #completing: readonly ModelRequest[] = [];

  constructor(policy: PolicyName, moments: Moments) {
    this.#policy = policy;
    this.#moments = moments;
  }

  /** Another lock in the same state, with a log of its own. */
  fork(moments: Moments): ReferenceLock {
    const fork = new ReferenceLock(this.#policy, moments);
    const { waiting, held, version, closed, failed } = this;
    Object.assign(fork, { waiting, held, version, closed, failed });
    fork.#asked = this.#asked;
    fork.#turn = this.#turn;
    return fork;
  }

  get state(): LockState {
    return {
      held: count(this.held),
      waiting: count(this.waiting),
      version: this.version,
      closed: this.closed,
    };
  }

  /** Whether a request was made before the last write ended; it matters to one policy only. */
  isOfTheLastPhase(request: ModelRequest): boolean {
    return this.#policy === 'phaseFair' && request.order <= this.#turn;
  }

  ask(request: Omit<ModelRequest, 'order'>): void {
    const asked = { ...request, order: this.#asked + 1 };
    this.note(asked, ASKS[asked.mode]);
    if (this.failed) this.note(asked, 'errors boom');
    else if (this.closed && !asked.nested) this.note(asked, 'errors LockClosedError');
    else this.#askOpen(asked);
  }

  #askOpen(request: ModelRequest): void {
    this.#asked++;
    if (this.mayEnter(request)) {
      this.held = [...this.held, request];
      this.#grant(request);
    } else this.waiting = [...this.waiting, request];
  }

  /** The consumer is told how the source has ended, the source cleans up, the lock is let go. */
  end(name: string, how: 'completes' | 'errors x' | 'leaves'): void {
    const request = this.held.find((held) => held.name === name);
    if (!request) return;
    const completesLate = request.merged && how === 'completes';
    if (completesLate) this.#completing = [...this.#completing, request];
    else this.note(request, how);
    if (how === 'completes' && !completesLate) this.#moments.completed(request);
    this.#cleanUp(request);
    this.release(request);
    if (completesLate) this.#completeLate(request);
  }

  // What was granted meanwhile may have unsubscribed it.
  #completeLate(request: ModelRequest): void {
    if (!this.#completing.includes(request)) return;
    this.#completing = this.#completing.filter((other) => other !== request);
    this.note(request, 'completes');
    this.#moments.completed(request);
  }

  /** Whoever it is, and wherever it stands, is unsubscribed. */
  leave(name: string): void {
    const named = (request: ModelRequest) => request.name === name;
    const late = this.#completing.find(named);
    const [waiter, untold] = [this.waiting.find(named), this.#granted.find(named)];
    if (late) {
      this.#completing = this.#completing.filter((request) => request !== late);
      this.note(late, 'leaves');
    } else if (waiter) {
      this.note(waiter, 'leaves');
      this.cancel(waiter);
    } else if (untold) {
      this.note(untold, 'leaves');
      this.#granted = this.#granted.filter((request) => request !== untold);
      this.release(untold);
    } else this.end(name, 'leaves');
  }

  protected cancel(waiter: ModelRequest): void {
    this.waiting = this.waiting.filter((request) => request !== waiter);
    this.settle();
  }

  protected release(request: ModelRequest): void {
    this.#letGo(request);
    this.settle();
  }

  downgrade(name: string, mode: LockMode): void {
    const request = this.held.find((held) => held.name === name);
    if (!request) return;
    this.note(request, DOWNGRADES[mode]);
    const before = this.#modeOf(request.client);
    this.held = this.held.map((held) => (held === request ? { ...held, mode } : held));
    this.#noteEndOfWrite(before, this.#modeOf(request.client));
    this.settle();
  }

  close(): void {
    this.closed = true;
  }

  fail(): void {
    const { waiting } = this;
    if (this.closed && waiting.length === 0 && this.held.length === 0) return;
    this.closed = this.failed = true;
    this.waiting = [];
    for (const waiter of [...waiting].sort(byPrecedence)) this.note(waiter, 'errors boom');
    for (const request of this.held) {
      this.note(request, 'errors boom');
      this.#cleanUp(request);
      this.#letGo(request);
    }
  }

  /** A3: compatible with every other holder, and with every waiter ahead. */
  mayEnter(request: ModelRequest): boolean {
    const others = this.held.filter(({ client }) => client !== request.client);
    if (others.some((holder) => !COMPATIBLE[this.#modeOf(holder.client)][request.mode]))
      return false;
    if (request.nested) return true;
    const { waiting } = this;
    return !waiting.some((waiter) => isAhead(this.#policy, waiter, request, this.#turn));
  }

  /** Lets in everybody who may enter. */
  protected settle(): void {
    for (;;) {
      const next = [...this.waiting].sort(byPrecedence).find((waiter) => this.mayEnter(waiter));
      if (!next) break;
      this.waiting = this.waiting.filter((waiter) => waiter !== next);
      this.held = [...this.held, next];
      this.#granted.push(next);
    }
    this.#deliver();
  }

  // C6, C8: who has been let in is told afterwards, one after the other, by one loop.
  #deliver(): void {
    if (this.#granting) return;
    this.#granting = true;
    for (let next; (next = this.#granted.shift());) this.#grant(next);
    this.#granting = false;
  }

  #grant(request: ModelRequest): void {
    this.note(request, 'granted');
    this.#moments.granted(request);
  }

  #cleanUp(request: ModelRequest): void {
    this.note(request, 'cleans up');
    this.#moments.cleanedUp(request);
  }

  protected note({ name }: Pick<ModelRequest, 'name'>, what: string): void {
    this.log.push({ name, what });
  }

  #letGo(request: ModelRequest): void {
    const before = this.#modeOf(request.client);
    this.held = this.held.filter((held) => held !== request);
    const lives = this.held.some(({ client }) => client === request.client);
    this.#noteEndOfWrite(before, lives ? this.#modeOf(request.client) : undefined);
  }

  #noteEndOfWrite(before: LockMode, after: LockMode | undefined): void {
    if (before !== 'write' || after === 'write') return;
    this.version++;
    this.#turn = this.#asked;
  }

  #modeOf(client: number): LockMode {
    const modes = this.held.filter((held) => held.client === client).map(({ mode }) => mode);
    return strongest(modes) ?? 'read';
  }
}

function count(requests: readonly ModelRequest[]): LockState['held'] {
  const of = (mode: LockMode) => requests.filter((request) => request.mode === mode).length;
  return { read: of('read'), upgradable: of('upgradable'), write: of('write') };
}
