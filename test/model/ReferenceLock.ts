import type { LockMode, LockState } from 'rxjs-rwlock';

export type PolicyName = 'fifo' | 'phaseFair' | 'writersFirst' | 'readersFirst';

/** A request as the contract speaks of it. Those of one `client` belong to one holder. */
export interface ModelRequest {
  readonly name: string;
  readonly client: number;
  readonly order: number;
  /** Whether it is asked through a lease of its client. */
  readonly nested: boolean;
  mode: LockMode;
  /** Whether it is asked by an operator with a function, which completes after its last inner one. */
  readonly merged: boolean;
  /** What the source does as soon as it is subscribed. */
  readonly onGrant: (() => void) | undefined;
}

const STRENGTH: readonly LockMode[] = ['read', 'upgradable', 'write'];

/** The table of the contract, word for word. */
const COMPATIBLE: Record<LockMode, Record<LockMode, boolean>> = {
  read: { read: true, upgradable: true, write: false },
  upgradable: { read: true, upgradable: false, write: false },
  write: { read: false, upgradable: false, write: false },
};

/**
 * The lock as the contract tells it: two arrays, gone through from the start each time. It shares
 * no line with the real one, and cares for nothing but being obviously right.
 */
export class ReferenceLock {
  waiting: ModelRequest[] = [];
  /** In the order of the grants. */
  held: ModelRequest[] = [];
  /** What has happened, in order. */
  readonly log: string[] = [];
  version = 0;
  closed = false;
  failed = false;
  readonly #policy: PolicyName;
  #asked = 0;
  #turn = 0;
  #granted: ModelRequest[] = [];
  #granting = false;

  constructor(policy: PolicyName) {
    this.#policy = policy;
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
    this.log.push(`${asked.name} asks ${asked.mode}`);
    if (this.failed) this.log.push(`${asked.name} errors boom`);
    else if (this.closed && !asked.nested) this.log.push(`${asked.name} errors LockClosedError`);
    else this.#askOpen(asked);
  }

  #askOpen(request: ModelRequest): void {
    this.#asked++;
    if (this.mayEnter(request)) {
      this.held.push(request);
      this.#grant(request);
    } else this.waiting.push(request);
  }

  /** The consumer is told how the source has ended, the source cleans up, the lock is let go. */
  end(name: string, how: 'completes' | 'errors x' | 'is unsubscribed'): void {
    const request = this.held.find((held) => held.name === name);
    if (!request) return;
    const completesLate = request.merged && how === 'completes';
    if (how !== 'is unsubscribed' && !completesLate) this.log.push(`${name} ${how}`);
    this.log.push(`${name} cleans up`);
    this.#release(request);
    this.#settle();
    if (completesLate) this.log.push(`${name} completes`);
  }

  cancel(name: string): void {
    this.waiting = this.waiting.filter((request) => request.name !== name);
    this.#settle();
  }

  downgrade(name: string, mode: LockMode): void {
    const request = this.held.find((held) => held.name === name);
    if (!request) return;
    const before = this.#modeOf(request.client);
    request.mode = mode;
    this.#noteEndOfWrite(before, this.#modeOf(request.client));
    this.#settle();
  }

  close(): void {
    this.closed = true;
  }

  fail(): void {
    const { waiting } = this;
    if (this.closed && waiting.length === 0 && this.held.length === 0) return;
    this.closed = this.failed = true;
    this.waiting = [];
    for (const { name } of this.#inOrder(waiting)) this.log.push(`${name} errors boom`);
    for (const request of [...this.held]) {
      this.log.push(`${request.name} errors boom`, `${request.name} cleans up`);
      this.#release(request);
    }
  }

  /** A3: compatible with every other holder, and with every waiter ahead. */
  mayEnter(request: ModelRequest): boolean {
    const others = this.held.filter(({ client }) => client !== request.client);
    if (others.some((holder) => !COMPATIBLE[this.#modeOf(holder.client)][request.mode]))
      return false;
    if (request.nested) return true;
    return !this.waiting.some((waiter) => this.#isAhead(waiter, request));
  }

  #isAhead(waiter: ModelRequest, request: ModelRequest): boolean {
    if (waiter.name === request.name) return false;
    if (waiter.nested) return true;
    if (COMPATIBLE[waiter.mode][request.mode]) return false;
    if ((waiter.mode === 'write') === (request.mode === 'write'))
      return waiter.order < request.order;
    return request.mode === 'write'
      ? this.#readerGoesFirst(waiter, request)
      : !this.#readerGoesFirst(request, waiter);
  }

  #readerGoesFirst(reader: ModelRequest, writer: ModelRequest): boolean {
    switch (this.#policy) {
      case 'fifo':
        return reader.order < writer.order;
      case 'writersFirst':
        return false;
      case 'readersFirst':
        return true;
      case 'phaseFair':
        return (
          (reader.mode === 'read' && reader.order <= this.#turn) || reader.order < writer.order
        );
    }
  }

  #settle(): void {
    for (;;) {
      const next = this.#inOrder(this.waiting).find((waiter) => this.mayEnter(waiter));
      if (!next) break;
      this.waiting = this.waiting.filter((waiter) => waiter !== next);
      this.held.push(next);
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
    this.log.push(`${request.name} granted`);
    request.onGrant?.();
  }

  #release(request: ModelRequest): void {
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

  /** The mode of a holder: the strongest of its live leases. */
  #modeOf(client: number): LockMode {
    const modes = this.held.filter((held) => held.client === client).map(({ mode }) => mode);
    return modes.sort((a, b) => STRENGTH.indexOf(b) - STRENGTH.indexOf(a))[0] ?? 'read';
  }

  #inOrder(requests: readonly ModelRequest[]): ModelRequest[] {
    return [...requests].sort((a, b) => Number(b.nested) - Number(a.nested) || a.order - b.order);
  }
}

function count(requests: readonly ModelRequest[]): LockState['held'] {
  const of = (mode: LockMode) => requests.filter((request) => request.mode === mode).length;
  return { read: of('read'), upgradable: of('upgradable'), write: of('write') };
}
