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
  /** That of the request whose place in the queue it has taken over, or its own. */
  readonly place: number;
  /** The name of its owner's first request. */
  readonly owner: string;
  /** The strongest of its modes. */
  readonly mode: LockMode;
  readonly effectivePriority: number;
  /** The names of the requests that waited when it was granted. */
  readonly waitedThen: readonly string[];
};

/** How a lock calls its clients back; they may call straight back into the lock. */
export interface Clients<W extends Wanted> {
  granted(request: Request<W>): void;
  failed(wanted: W, error: string): void;
  /** Something has changed, at most of these keys. What is granted by that has not been called back yet. */
  changed?(modes: Wanted['modes']): void;
}

const EVERYTHING: Wanted['modes'] = new Map([[ALL, 'write']]);

/**
 * The lock as the promises tell it: two arrays, which are searched from the start each time. It shares
 * no line with the real lock, and its only aim is to be obviously right.
 */
export class ReferenceLock<W extends Wanted = Wanted> {
  waiting: readonly Request<W>[] = [];
  /** The parts of requests for several locks that are still to be requested of this one. */
  accepted: readonly W[] = [];
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
  /** The keys of the writes that have ended. */
  #ended: readonly string[] = [];
  #delivering = false;

  constructor(policy: PolicyName, clients: Clients<W>, maxWaiting = Infinity) {
    this.#policy = policy;
    this.#clients = clients;
    this.#maxWaiting = maxWaiting;
  }

  /** Another lock in the same state, while no client is being called back. */
  fork(clients: Clients<W>): ReferenceLock<W> {
    return this.copyTo(new ReferenceLock<W>(this.#policy, clients, this.#maxWaiting));
  }

  protected copyTo<L extends ReferenceLock<W>>(fork: L): L {
    const { waiting, accepted, held, version, closed, failure } = this;
    Object.assign(fork, { waiting, accepted, held, version, closed, failure });
    fork.#latest = this.#latest;
    fork.#turns = new Map(this.#turns);
    fork.#waitedKeys = this.#waitedKeys;
    fork.#ended = this.#ended;
    return fork;
  }

  get state(): LockState {
    const { held, waiting, version, closed } = this;
    return { held: count(held), waiting: count(waiting), version, closed };
  }

  /** The state of a key: what is held and waited for of it or of all keys, and the writes of either (E7). */
  stateOf(key: string): LockState {
    const at = (requests: readonly Wanted[]) =>
      requests.flatMap(({ modes }) => [...modes].filter(([other]) => overlap(other, key)));
    const counts = (requests: readonly Wanted[]) =>
      count(at(requests).map(([, mode]) => ({ mode })));
    const version = this.#writesOf(key);
    const { held, waiting, closed } = this;
    return { held: counts(held), waiting: counts(waiting), version, closed };
  }

  /** How many writes have ended that overlap any of these keys; of two of them, it counts twice. */
  writesOf(modes: Wanted['modes']): number {
    return [...modes.keys()].reduce((sum, key) => sum + this.#writesOf(key), 0);
  }

  /** Of all keys, a write ends when its owner writes none of them any more (E2). */
  #writesOf(key: string): number {
    if (key === ALL) return this.version;
    return this.#ended.filter((other) => overlap(other, key)).length;
  }

  /** Whether it is closed, and all that it has accepted is over (E3). */
  get hasEnded(): boolean {
    return this.closed && this.held.length + this.waiting.length + this.accepted.length === 0;
  }

  /** Whether a waiting request was made before the last write ended; it matters to one policy only. */
  isOfTheLastPhase(waiting: Request<W>): boolean {
    return this.#policy === 'phaseFair' && waiting.order <= this.#turnOf(waiting);
  }

  /** Accepts what is requested later: closing the lock no longer refuses it, failing it does (E3). */
  accept(wanted: W): void {
    this.accepted = [...this.accepted, wanted];
  }

  /** Grants a request, queues it or fails it. */
  acquire(wanted: W): void {
    const isAccepted = find(this.accepted, wanted.name) !== undefined;
    this.accepted = without(this.accepted, wanted.name);
    const refusal = isAccepted
      ? (this.failure ?? this.#leaseRefuses(wanted))
      : this.refusalOf(wanted);
    if (refusal !== undefined) {
      this.#clients.failed(wanted, refusal);
      return;
    }
    const request = this.make(wanted);
    if (this.#hold(request)) this.#clients.granted(request);
    else if (request.ifAvailable) this.#clients.failed(wanted, 'LockUnavailableError');
    // A request through a lease doesn't wait behind other requests.
    else if (request.parent === undefined && this.waiting.length >= this.#maxWaiting)
      this.#clients.failed(wanted, 'LockQueueFullError');
    else {
      this.waiting = [...this.waiting, request];
      this.#waitedKeys = [...new Set([...this.#waitedKeys, ...request.modes.keys()])];
      this.#clients.changed?.(request.modes);
    }
  }

  /**
   * Puts a request in the place of a waiting one for the same. One of a higher priority stands behind
   * the others of that priority instead (I3).
   */
  replace(name: string, wanted: W): void {
    const old = find(this.waiting, name);
    if (!old) return;
    const priority = Math.max(old.priority ?? 0, wanted.priority ?? 0);
    const request = this.make({ ...wanted, priority });
    if (request.effectivePriority === old.effectivePriority) {
      const inPlace = { ...request, order: old.order, place: old.place };
      this.waiting = this.waiting.map((other) => (other === old ? inPlace : other));
      this.#clients.changed?.(request.modes);
    } else {
      this.waiting = [...without(this.waiting, name), { ...request, place: old.place }];
      this.settle(request.modes);
    }
  }

  /** Grants a request if it need not wait, without calling its client back. */
  tryAcquire(wanted: W): boolean {
    return this.#hold(this.make(wanted));
  }

  /** Why a request can never be granted, if it can't. */
  refusalOf(wanted: W): string | undefined {
    return this.isShutFor(wanted) ?? this.#leaseRefuses(wanted);
  }

  /** Why it accepts no such request, if it is closed or has failed. */
  isShutFor({ parent }: W): string | undefined {
    if (this.failure !== undefined) return this.failure;
    return parent === undefined && this.closed ? 'LockClosedError' : undefined;
  }

  #leaseRefuses({ parent, modes }: W): string | undefined {
    if (parent === undefined) return undefined;
    const lease = find(this.held, parent);
    if (!lease) return 'LeaseReleasedError';
    const raises = [...modes].some(
      ([key, mode]) => lease.modes.get(key) === 'read' && mode !== 'read',
    );
    return raises ? 'LockUpgradeError' : undefined;
  }

  protected make(wanted: W): Request<W> {
    const { name, modes, parent, priority = 0 } = wanted;
    const order = ++this.#latest;
    return {
      ...wanted,
      order,
      place: order,
      owner: parent === undefined ? name : (find(this.held, parent)?.owner ?? name),
      mode: strongest(modes.values()) ?? 'read',
      effectivePriority: parent === undefined ? priority : Infinity,
      waitedThen: [],
    };
  }

  #hold(request: Request<W>): boolean {
    const isGranted = this.isGrantable(request);
    if (isGranted) this.held = [...this.held, this.grant(request)];
    return isGranted;
  }

  protected grant(request: Request<W>): Request<W> {
    return { ...request, waitedThen: this.waiting.map(({ name }) => name) };
  }

  /** The rule (A3): no other owner's lease conflicts, and no earlier waiting request does. */
  isGrantable(request: Request<W>): boolean {
    const { held, waiting } = this;
    if (held.some((lease) => lease.owner !== request.owner && conflict(lease, request)))
      return false;
    // On the keys that its owner holds it would wait for requests that wait for its owner.
    const own = held.filter(({ owner }) => owner === request.owner);
    const isOwn = (key: string) => own.some(({ modes }) => modes.has(key));
    const modes = new Map([...request.modes].filter(([key]) => !isOwn(key)));
    return !waiting.some(
      (other) => conflict(other, { ...request, modes }) && this.#isEarlier(other, request),
    );
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
    this.accepted = without(this.accepted, name);
    const request = find([...this.waiting, ...this.held], name);
    if (!request) return;
    this.#leaveQueue(name);
    this.undelivered = without(this.undelivered, name);
    this.change(request, without(this.held, name));
    this.settle(request.modes);
  }

  downgrade(name: string, mode: LockMode): void {
    const lease = find(this.held, name);
    if (!lease) return;
    const weaker = ([key, held]: [string, LockMode]): [string, LockMode] => [
      key,
      strongest([held, mode]) === held ? mode : held,
    ];
    const modes = new Map([...lease.modes].map(weaker));
    const left = { ...lease, modes, mode: strongest(modes.values()) ?? mode };
    this.change(
      lease,
      this.held.map((other) => (other === lease ? left : other)),
    );
    this.settle(lease.modes);
  }

  close(): void {
    this.closed = true;
    this.#clients.changed?.(EVERYTHING);
  }

  /**
   * Fails the waiting requests in their order, what it has accepted, and the leases in the order of the
   * grants (E4). Each leaves when it has been told; who has been cancelled meanwhile is told nothing.
   */
  fail(error: string): void {
    if (this.failure !== undefined || this.hasEnded) return;
    this.failure = error;
    this.closed = true;
    this.#clients.changed?.(EVERYTHING);
    const delivered = this.held.filter((lease) => !this.undelivered.includes(lease));
    this.held = [...delivered, ...this.undelivered];
    this.undelivered = [];
    for (const { name } of [...[...this.waiting].sort(byPrecedence), ...this.accepted])
      this.#failOne([...this.waiting, ...this.accepted], name, error);
    for (let lease; (lease = this.held[0]);) this.#failOne(this.held, lease.name, error);
  }

  #failOne(among: readonly W[], name: string, error: string): void {
    const wanted = find(among, name);
    if (!wanted) return;
    this.#clients.failed(wanted, error);
    this.end(name);
  }

  /** Grants every request that is grantable, now that these modes are no longer held or waited for. */
  settle(freed: Wanted['modes']): void {
    while (this.failure === undefined) {
      const next = this.#inTurn(freed).find((request) => this.isGrantable(request));
      if (!next) break;
      this.#leaveQueue(next.name);
      const lease = this.grant(next);
      this.held = [...this.held, lease];
      this.undelivered = [...this.undelivered, lease];
    }
    this.#clients.changed?.(freed);
    this.#deliver();
  }

  // Which of two keys comes first is not promised. The real lock looks at the requests that a freed key
  // blocked, one key after the other, then at those for all keys; if all keys are freed, first at the
  // key that has been waited for longest.
  #inTurn(freed: Wanted['modes']): Request<W>[] {
    const most = strongest(freed.values()) ?? 'read';
    const keys = freed.has(ALL) ? this.#waitedKeys : [...freed.keys(), ALL];
    const places = keys.map((key) => ({ key, mode: freed.get(key) ?? most }));
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

  /** Changes what an owner holds. When it no longer writes keys that it wrote, a write has ended. */
  protected change({ owner }: Request<W>, held: readonly Request<W>[]): void {
    const before = this.#writtenBy(owner);
    this.held = held;
    const after = this.#writtenBy(owner);
    const ended = [...before].filter((key) => !after.has(key));
    if (ended.length > 0 && after.size === 0) this.version++;
    this.#ended = [...this.#ended, ...ended];
    for (const key of this.#waitedKeys)
      if (ended.some((written) => overlap(key, written))) this.#turns.set(key, this.#latest);
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

/** A request for several keys counts once, in the strongest of its modes (E2). */
function count(requests: readonly Pick<Request, 'mode'>[]): LockState['held'] {
  const of = (mode: LockMode) => requests.filter((request) => request.mode === mode).length;
  return { read: of('read'), upgradable: of('upgradable'), write: of('write') };
}
