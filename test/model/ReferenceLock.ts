import type { LockMode, LockState } from 'rxjs-rwlock';
import { byPrecedence, COMPATIBLE, isEarlier, type PolicyName, strongest } from './rules.js';

/** Stands for all keys. A lock without keys is a keyed lock of which only this is requested. */
export const ALL = '*';

/** What a client requests. */
export interface Wanted {
  /** Tells it from the other requests. */
  readonly name: string;
  /** The keys, and the mode that is requested on each. */
  readonly modes: ReadonlyMap<string, LockMode>;
  /** The name of the lease that it is requested through. */
  readonly parent?: string | undefined;
  readonly priority?: number;
  readonly ifAvailable?: boolean;
}

/** A request; once granted, it is the lease. It is not changed in place, so that a lock can be forked. */
export type Request<W extends Wanted = Wanted> = W & {
  /** The number of the request. */
  readonly order: number;
  /** The name of its owner's first request. */
  readonly owner: string;
  /** The strongest of its modes. */
  readonly mode: LockMode;
  readonly effectivePriority: number;
};

/** How a lock calls its clients back; they may call straight back into the lock. */
export interface Clients<W extends Wanted> {
  granted(request: Request<W>): void;
  failed(wanted: W, error: string): void;
}

/**
 * The lock as the promises tell it: two arrays, which are searched from the start each time. It shares
 * no line with the real lock, and its only aim is to be obviously right.
 */
export class ReferenceLock<W extends Wanted = Wanted> {
  waiting: readonly Request<W>[] = [];
  /** The leases, in the order in which their clients were called back. */
  held: readonly Request<W>[] = [];
  /** The leases whose clients have not been called back yet. */
  undelivered: readonly Request<W>[] = [];
  version = 0;
  closed = false;
  failure: string | undefined;
  readonly #policy: PolicyName;
  readonly #clients: Clients<W>;
  readonly #maxWaiting: number;
  #latest = 0;
  /** For each key, the order of the newest request when the last write ended that it waited for. */
  #turns = new Map<string, number>();
  /** The keys that requests wait for, the one that was waited for first at the head. */
  #waitedKeys: readonly string[] = [];
  #delivering = false;

  constructor(policy: PolicyName, clients: Clients<W>, maxWaiting = Infinity) {
    this.#policy = policy;
    this.#clients = clients;
    this.#maxWaiting = maxWaiting;
  }

  /** Another lock in the same state, while no client is being called back. */
  fork(clients: Clients<W>): ReferenceLock<W> {
    const fork = new ReferenceLock<W>(this.#policy, clients, this.#maxWaiting);
    const { waiting, held, version, closed, failure } = this;
    Object.assign(fork, { waiting, held, version, closed, failure });
    fork.#latest = this.#latest;
    fork.#turns = new Map(this.#turns);
    fork.#waitedKeys = this.#waitedKeys;
    return fork;
  }

  get state(): LockState {
    const { held, waiting, version, closed } = this;
    return { held: count(held), waiting: count(waiting), version, closed };
  }

  /** Whether a waiting request was made before the last write ended; it matters to one policy only. */
  isOfTheLastPhase(waiting: Request<W>): boolean {
    return this.#policy === 'phaseFair' && waiting.order <= this.#turnOf(waiting);
  }

  /** Grants a request, queues it or fails it. */
  acquire(wanted: W): void {
    const refusal = this.refusalOf(wanted);
    if (refusal !== undefined) {
      this.#clients.failed(wanted, refusal);
      return;
    }
    const request = this.#make(wanted);
    const waitingKeys = this.waiting.flatMap(({ modes }) => [...modes.keys()]);
    if (this.#hold(request)) this.#clients.granted(request);
    else if (request.ifAvailable) this.#clients.failed(wanted, 'LockUnavailableError');
    // A request through a lease doesn't wait behind other requests.
    else if (request.parent === undefined && waitingKeys.length >= this.#maxWaiting)
      this.#clients.failed(wanted, 'LockQueueFullError');
    else {
      this.waiting = [...this.waiting, request];
      this.#waitedKeys = [...new Set([...this.#waitedKeys, ...request.modes.keys()])];
    }
  }

  /** Grants a request if it need not wait, without calling its client back. */
  tryAcquire(wanted: W): boolean {
    return this.#hold(this.#make(wanted));
  }

  /** Why a request can never be granted, if it can't. */
  refusalOf({ parent, modes }: W): string | undefined {
    if (this.failure !== undefined) return this.failure;
    if (parent === undefined) return this.closed ? 'LockClosedError' : undefined;
    const lease = find(this.held, parent);
    if (!lease) return 'LeaseReleasedError';
    const raises = [...modes].some(
      ([key, mode]) => lease.modes.get(key) === 'read' && mode !== 'read',
    );
    return raises ? 'LockUpgradeError' : undefined;
  }

  #make(wanted: W): Request<W> {
    const { name, modes, parent, priority = 0 } = wanted;
    return {
      ...wanted,
      order: ++this.#latest,
      owner: parent === undefined ? name : (find(this.held, parent)?.owner ?? name),
      mode: strongest(modes.values()) ?? 'read',
      effectivePriority: parent === undefined ? priority : Infinity,
    };
  }

  #hold(request: Request<W>): boolean {
    const isGranted = this.isGrantable(request);
    if (isGranted) this.held = [...this.held, request];
    return isGranted;
  }

  /** The rule (A3): no other owner's lease conflicts, and no earlier waiting request does. */
  isGrantable(request: Request<W>): boolean {
    const { held, waiting } = this;
    if (held.some((lease) => lease.owner !== request.owner && conflict(lease, request)))
      return false;
    // Its owner would wait for requests that wait for its owner.
    if (request.parent !== undefined) return true;
    return !waiting.some((other) => conflict(other, request) && this.#isEarlier(other, request));
  }

  #isEarlier(waiting: Request<W>, request: Request<W>): boolean {
    const reader = waiting.mode === 'write' ? request : waiting;
    return isEarlier(this.#policy, waiting, request, this.#turnOf(reader));
  }

  /** Only once a write has ended on each of its keys is a request of the next phase. */
  #turnOf({ modes }: Request<W>): number {
    return Math.min(...[...modes.keys()].map((key) => this.#turns.get(key) ?? 0));
  }

  /** Cancels a request or releases a lease. */
  end(name: string): void {
    const request = find([...this.waiting, ...this.held], name);
    if (!request) return;
    this.#leaveQueue(name);
    this.undelivered = without(this.undelivered, name);
    this.#change(request, without(this.held, name));
    this.settle(request.modes);
  }

  /** One key after the other. */
  downgrade(name: string, mode: LockMode): void {
    const { modes = new Map<string, LockMode>() } = find(this.held, name) ?? {};
    for (const [key, held] of modes)
      if (held !== mode && strongest([held, mode]) === held) this.#downgradeKey(name, key, mode);
  }

  #downgradeKey(name: string, key: string, mode: LockMode): void {
    const lease = find(this.held, name);
    if (!lease) return;
    const modes = new Map(lease.modes).set(key, mode);
    const weaker = { ...lease, modes, mode: strongest(modes.values()) ?? mode };
    this.#change(
      lease,
      this.held.map((other) => (other === lease ? weaker : other)),
    );
    this.settle(new Map([...lease.modes].filter(([other]) => other === key)));
  }

  close(): void {
    this.closed = true;
  }

  /** Fails the waiting requests in their order, then the leases in that of the grants (E4). */
  fail(error: string): void {
    if (this.failure !== undefined || (this.closed && this.held.length + this.waiting.length === 0))
      return;
    this.failure = error;
    this.closed = true;
    const waiting = [...this.waiting].sort(byPrecedence);
    this.waiting = this.undelivered = [];
    for (const request of waiting) this.#clients.failed(request, error);
    for (let lease; (lease = this.held[0]);) {
      this.#clients.failed(lease, error);
      this.end(lease.name);
    }
  }

  /** Grants every request that is grantable, now that these modes are no longer held or waited for. */
  settle(freed: Wanted['modes']): void {
    for (;;) {
      const next = this.#inTurn(freed).find((request) => this.isGrantable(request));
      if (!next) break;
      this.#leaveQueue(next.name);
      this.held = [...this.held, next];
      this.undelivered = [...this.undelivered, next];
    }
    this.#deliver();
  }

  // Which of two keys comes first is not promised. The real lock looks at the requests that a freed key
  // blocked, then at those for all keys; if all keys are freed, first at the key that has been waited
  // for longest.
  #inTurn(freed: Wanted['modes']): Request<W>[] {
    const places = [...freed].flatMap(([key, mode]) =>
      (key === ALL ? this.#waitedKeys : [key, ALL]).map((each) => ({ key: each, mode })),
    );
    const turnOf = ({ modes }: Request<W>) => {
      const turn = places.findIndex(({ key, mode }) => {
        const wanted = modes.get(key);
        return wanted && !COMPATIBLE[mode][wanted];
      });
      return turn === -1 ? places.length : turn;
    };
    return [...this.waiting].sort((a, b) => turnOf(a) - turnOf(b) || byPrecedence(a, b));
  }

  // One loop calls back, however deep the clients call back into the lock (C6, C8).
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next; (next = this.undelivered[0]);) {
      this.undelivered = without(this.undelivered, next.name);
      this.held = [...without(this.held, next.name), next];
      this.#clients.granted(next);
    }
    this.#delivering = false;
  }

  #leaveQueue(name: string): void {
    this.waiting = without(this.waiting, name);
    this.#waitedKeys = this.#waitedKeys.filter((key) =>
      this.waiting.some(({ modes }) => modes.has(key)),
    );
  }

  /** Changes what an owner holds. When it no longer writes a key that it wrote, a write has ended. */
  #change({ owner }: Request<W>, held: readonly Request<W>[]): void {
    const before = this.#writtenBy(owner);
    this.held = held;
    const after = this.#writtenBy(owner);
    for (const written of before) {
      if (after.has(written)) continue;
      this.version++;
      for (const key of this.#waitedKeys)
        if (overlap(key, written)) this.#turns.set(key, this.#latest);
    }
  }

  #writtenBy(owner: string): Set<string> {
    const written = new Set<string>();
    for (const lease of this.held)
      if (lease.owner === owner)
        for (const [key, mode] of lease.modes) if (mode === 'write') written.add(key);
    return written;
  }
}

/** All keys overlap each key. */
export function overlap(a: string, b: string): boolean {
  return a === b || a === ALL || b === ALL;
}

/** Whether two owners can't hold them together. */
export function conflict(a: Wanted, b: Wanted): boolean {
  for (const [key, mode] of a.modes)
    for (const [other, wanted] of b.modes)
      if (overlap(key, other) && !COMPATIBLE[mode][wanted]) return true;
  return false;
}

function find<W extends Wanted>(requests: readonly W[], name: string): W | undefined {
  return requests.find((request) => request.name === name);
}

function without<W extends Wanted>(requests: readonly W[], name: string): readonly W[] {
  return requests.filter((request) => request.name !== name);
}

/** A request counts once for each of its keys. */
function count(requests: readonly Wanted[]): LockState['held'] {
  const modes = requests.flatMap((request) => [...request.modes.values()]);
  const of = (mode: LockMode) => modes.filter((other) => other === mode).length;
  return { read: of('read'), upgradable: of('upgradable'), write: of('write') };
}
