import type { LockMode } from 'rxjs-rwlock';
import {
  byPrecedence,
  COMPATIBLE,
  isAhead,
  isWriter,
  type PolicyName,
  strongest,
  type Waits,
} from './rules.js';

/** What a request asks of one lock. */
export interface Part extends Waits {
  mode: LockMode;
  order: number;
  readonly priority: number;
  readonly ifAvailable: boolean;
  /** The key that is asked for; `undefined` is all of them. */
  readonly scope: string | undefined;
  /** Who holds: the parts that are asked through it share it. */
  readonly holder: object;
  /** The lease that it is asked through. */
  readonly through: Part | undefined;
  /** What is let in with it, itself included, or not at all. */
  readonly together: readonly Part[];
  phase: 'new' | 'waiting' | 'held' | 'over';
  /** Called at the grant, which may be told later: whether it is still wanted. */
  offered(): boolean;
  granted(): void;
  failed(error: string): void;
}

/** What was held, or waited for, and no longer is. */
type Freed = Pick<Part, 'scope' | 'mode'>;

/** Where a lock calls back those whom it has let in: at once, or later. */
export type Deliver = (call: () => void) => void;

/**
 * One lock as the contract tells it, with keys, priorities and a limit of the queue: two arrays,
 * gone through from the start each time. It shares no line with the real one.
 */
export class ScopedLock {
  waiting: readonly Part[] = [];
  /** In the order in which they were told. */
  held: readonly Part[] = [];
  version = 0;
  closed = false;
  failure: string | undefined;
  readonly #policy: PolicyName;
  readonly #maxWaiting: number;
  readonly #deliver: Deliver;
  #asked = 0;
  /** What had been asked when the last write ended that was waited for, by what is asked for. */
  readonly #turns = new Map<Part['scope'], number>();
  /** What is waited for, in the order in which it came to be. */
  #scopes: readonly Part['scope'][] = [];
  #untold: Part[] = [];
  #telling = false;

  constructor(policy: PolicyName, maxWaiting: number, deliver: Deliver) {
    this.#policy = policy;
    this.#maxWaiting = maxWaiting;
    this.#deliver = deliver;
  }

  ask(parts: readonly Part[]): void {
    const refusal = this.refusalOf(parts);
    if (refusal) parts[0]?.failed(refusal);
    else if (this.tryEnter(parts)) for (const part of parts) this.#tell(part);
    else this.#queue(parts);
  }

  #queue(parts: readonly Part[]): void {
    const [first] = parts;
    const nested = parts.some((part) => part.nested);
    if (first?.ifAvailable) first.failed('LockUnavailableError');
    else if (!nested && this.waiting.length >= this.#maxWaiting)
      first?.failed('LockQueueFullError');
    else
      for (const part of parts) {
        part.phase = 'waiting';
        this.waiting = [...this.waiting, part];
        this.#scopes = [...new Set([...this.#scopes, part.scope])];
      }
  }

  /** Why no waiting would help. */
  refusalOf(parts: readonly Part[]): string | undefined {
    return parts.map((part) => this.#refusalOfOne(part)).find((refusal) => refusal);
  }

  #refusalOfOne({ through, mode }: Part): string | undefined {
    if (this.failure) return this.failure;
    if (!through) return this.closed ? 'LockClosedError' : undefined;
    if (through.phase !== 'held') return 'LeaseReleasedError';
    return through.mode === 'read' && mode !== 'read' ? 'LockUpgradeError' : undefined;
  }

  /** Lets all parts in if nobody is in the way, and tells nobody. */
  tryEnter(parts: readonly Part[]): boolean {
    for (const part of parts) part.order = ++this.#asked;
    if (!parts.every((part) => this.#fits(part))) return false;
    for (const part of parts) part.phase = 'held';
    this.held = [...this.held, ...parts];
    return true;
  }

  /** Withdraws what waits, releases what is held, with all that was let in together. */
  drop({ phase, together }: Part): void {
    const freed = together.map(({ scope, mode }) => ({ scope, mode }));
    for (const part of together) {
      part.phase = 'over';
      if (phase === 'waiting') this.#leaveQueue(part);
      else if (phase === 'held')
        this.#change(part, () => {
          this.held = this.held.filter((other) => other !== part);
        });
    }
    if (phase === 'waiting' || phase === 'held') this.#settle(freed);
  }

  downgrade(part: Part, mode: LockMode): void {
    const { scope, mode: freed } = part;
    this.#change(part, () => {
      part.mode = mode;
    });
    this.#settle([{ scope, mode: freed }]);
  }

  close(): void {
    this.closed = true;
  }

  /** Waiters error in the order of the queue, then holders in the order of the grants. */
  fail(reason: string): void {
    if (this.failure || (this.closed && this.held.length === 0 && this.waiting.length === 0))
      return;
    this.failure = reason;
    this.closed = true;
    const waiters = [...this.waiting].sort(byPrecedence);
    this.waiting = [];
    this.#scopes = [];
    this.#untold = [];
    for (const waiter of waiters) waiter.phase = 'over';
    for (const waiter of waiters) waiter.failed(reason);
    for (let lease; (lease = this.held[0]);) {
      lease.failed(reason);
      this.drop(lease);
    }
  }

  /** Whether a waiter may enter, and all that is let in with it. */
  mayEnter({ together }: Part): boolean {
    return together.every((part) => part.phase === 'waiting' && this.#fits(part));
  }

  /** A3, for what is asked for: every other holder and every waiter ahead is compatible. */
  #fits(part: Part): boolean {
    const strangers = this.held.filter((other) => other.holder !== part.holder);
    if (strangers.some((other) => overlap(other, part) && !COMPATIBLE[other.mode][part.mode]))
      return false;
    if (part.nested) return true;
    return !this.waiting.some(
      (waiter) =>
        overlap(waiter, part) && isAhead(this.#policy, waiter, part, this.#turnOf(waiter, part)),
    );
  }

  /** A request for several keys has had a turn when each of them has. */
  #turnOf(...pair: readonly [Part, Part]): number {
    const { together = [] } = pair.find((waiter) => !isWriter(waiter)) ?? {};
    return Math.min(...together.map(({ scope }) => this.#turns.get(scope) ?? 0));
  }

  /** Lets in everybody who may enter, after something has been given up. */
  #settle(freed: readonly Freed[]): void {
    for (;;) {
      const next = this.#inTurn(freed).find((waiter) => this.mayEnter(waiter));
      if (!next) break;
      for (const part of next.together) {
        this.#leaveQueue(part);
        part.phase = 'held';
        this.held = [...this.held, part];
        this.#untold.push(part);
      }
    }
    if (this.#telling) return;
    this.#telling = true;
    for (let next; (next = this.#untold.shift());) this.#tell(next);
    this.#telling = false;
  }

  // Which of two keys comes first is not promised. It is the one that was given up, then all keys; of
  // all keys the one that has been waited for longest. Who is told early may be in the way of who is
  // told late.
  #inTurn(freed: readonly Freed[]): Part[] {
    const places = freed.flatMap(({ scope, mode }) => {
      const reached = scope === undefined ? this.#scopes : [scope, undefined];
      return reached.map((reach) => ({ scope: reach, mode }));
    });
    const turn = ({ scope, mode }: Part) => {
      const place = places.findIndex((of) => of.scope === scope && !COMPATIBLE[of.mode][mode]);
      return place === -1 ? Infinity : place;
    };
    const touched = this.waiting.filter((waiter) => turn(waiter) < Infinity);
    return touched.sort((a, b) => turn(a) - turn(b) || byPrecedence(a, b));
  }

  #leaveQueue(part: Part): void {
    this.waiting = this.waiting.filter((other) => other !== part);
    this.#scopes = this.#scopes.filter((scope) =>
      this.waiting.some((waiter) => waiter.scope === scope),
    );
  }

  #tell(part: Part): void {
    if (part.phase !== 'held') return;
    this.held = [...this.held.filter((other) => other !== part), part];
    if (!part.offered()) return;
    this.#deliver(() => {
      if (part.phase === 'held') part.granted();
    });
  }

  #change({ holder, scope }: Part, change: () => void): void {
    const mode = () =>
      strongest(this.held.filter((part) => part.holder === holder).map((part) => part.mode));
    const before = mode();
    change();
    if (before !== 'write' || mode() === 'write') return;
    this.version++;
    for (const waiter of this.waiting)
      if (overlap(waiter, { scope })) this.#turns.set(waiter.scope, this.#asked);
  }
}

/** A key overlaps itself, all keys any. */
export function overlap(a: Pick<Part, 'scope'>, b: Pick<Part, 'scope'>): boolean {
  return a.scope === undefined || b.scope === undefined || a.scope === b.scope;
}
