import {
  ANY,
  anyConflict,
  conflict,
  type Counts,
  type Mode,
  READ,
  tally,
  WRITE,
} from '../core/LockMode.js';
import type { LockObserver } from '../core/LockObserver.js';
import type { KeyState, LockTable, Place, Rule } from '../core/LockTable.js';
import type { Owner, Request } from '../core/Request.js';
import { KeyPlace, KeyQueues } from './KeyQueues.js';
import { ALL, type KeyMode, KeySet, keysOf, modeAt } from './KeySet.js';

/** The observers of a key, and how many writes have ended while it has any. */
interface Observed {
  readonly observers: Set<LockObserver>;
  version: number;
}

/** What is held of each key, what waits for it, and who observes it. */
export class KeyTable implements LockTable {
  // Not in the map: a key that often joins and leaves a map with many others leaves its traces
  // there, and every look at all of them walks over these traces.
  readonly #heldOfAll: Counts = [0, 0, 0, 0];
  // Invariant: a key is in these while it is held, while a request waits for it, while it is
  // observed.
  readonly #held = new Map<unknown, Counts>();
  readonly #queues = new Map<unknown, KeyQueues>();
  readonly #observed = new Map<unknown, Observed>();
  /** How many writes of any key have ended. */
  #writes = 0;
  /** The places of the waiting requests for several keys. */
  readonly #places = new Map<Request, readonly KeyPlace[]>();

  add(waiting: Request): void {
    const keys = keysOf(waiting);
    if (keys.length === 1) this.#join((keys[0] as KeyMode).key, waiting);
    else {
      const places = keys.map((one) => new KeyPlace(waiting, one));
      this.#places.set(waiting, places);
      for (const place of places) this.#join(place.key, place);
    }
  }

  remove(waiting: Request): void {
    const keys = keysOf(waiting);
    if (keys.length === 1) this.#leave((keys[0] as KeyMode).key, waiting);
    else {
      const places = this.#places.get(waiting) as readonly KeyPlace[];
      for (const place of places) this.#leave(place.key, place);
      this.#places.delete(waiting);
    }
  }

  replace(waiting: Request, by: Request): boolean {
    const places = this.#places.get(waiting);
    if (!places) return false;
    for (const place of places) place.request = by;
    this.#places.set(by, places);
    return this.#places.delete(waiting);
  }

  count(lease: Request, mode: Mode, by: 1 | -1, newest: number): void {
    const { owner } = lease;
    for (const { key, most } of keysOf(lease)) {
      const at = weaker(most, mode);
      if (key === ALL) tally(this.#heldOfAll, at, by);
      else tallyAt(this.#held, key, at, by);
      if (owner?.keys) tallyAt(owner.keys, key, at, by);
      if (by < 0 && at === WRITE && !ownOf(owner, key)?.[WRITE]) this.#endWrite(key, newest);
    }
  }

  share(owner: Owner, lease: Request, request: Request): void {
    if (owner.keys || keysOf(request).length === 1) return;
    // Until now the owner has one lease on several keys, or leases on a single key.
    const isSeveral = keysOf(lease).length > 1;
    owner.keys = new Map();
    for (const { key, most } of keysOf(lease))
      if (isSeveral) tallyAt(owner.keys, key, weaker(most, lease.modeIndex), 1);
      else owner.keys.set(key, [...owner.held]);
  }

  gains(request: Request): boolean {
    return notOwn(request).length > 0;
  }

  isHeldAgainst(request: Request): boolean {
    const { modeIndex, owner } = request;
    const { keys, isOfAll } = request.key as KeySet;
    if (isOfAll || anyConflict(this.#heldOfAll, modeIndex)) return true;
    for (const { key, most } of keys) {
      const held = this.#held.get(key);
      if (held && anyConflict(held, weaker(most, modeIndex), ownOf(owner, key))) return true;
    }
    return false;
  }

  isWaitedAgainst(request: Request, rule: Rule): boolean {
    const rest = notOwn(request);
    if (rest.length === 0) return false;
    return this.#some(rest, request.modeIndex, (queues, mode) =>
      queues.isBehind(request, mode, rule),
    );
  }

  raises(request: Request, parent: Request): boolean {
    const isRaised = ({ key, most }: KeyMode) =>
      modeAt(parent, key) === READ && weaker(most, request.modeIndex) > READ;
    return keysOf(request).some(isRaised);
  }

  conflict(a: Request, b: Request): boolean {
    return keysOf(a).some(({ key, most }) => {
      const mode = modeAt(b, key);
      return mode !== undefined && conflict(weaker(most, a.modeIndex), mode);
    });
  }

  turnOf(waiting: Request): number {
    const turnAt = ({ key }: KeyMode) => this.#queues.get(key)?.turn ?? 0;
    return keysOf(waiting).reduce((least, one) => Math.min(least, turnAt(one)), Infinity);
  }

  grantEach(by: Request, freed: Mode, rule: Rule): void {
    this.#some(keysOf(by), freed, (queues, mode) => {
      queues.grantEach(by, mode, rule);
      return false;
    });
  }

  *waiting(request?: Request): Iterable<Request> {
    const reached: [KeyQueues, Mode][] = [];
    const keys = request ? notOwn(request) : [{ key: ALL, most: WRITE } as const];
    const reach = (queues: KeyQueues, mode: Mode) => reached.push([queues, mode]) < 0;
    this.#some(keys, request?.modeIndex ?? WRITE, reach);
    for (const [queues, modeIndex] of reached)
      yield* queues.waiting(request && { modeIndex, owner: undefined });
  }

  observe(observer: LockObserver, set: KeySet = KeySet.of(ALL)): () => void {
    const removals = set.keys.map(({ key }) => this.#observeKey(observer, key));
    return () => {
      for (const remove of removals) remove();
    };
  }

  #observeKey(observer: LockObserver, key: unknown): () => void {
    const observed = this.#observed.get(key) ?? { observers: new Set(), version: this.#writes };
    this.#observed.set(key, observed);
    observed.observers.add(observer);
    return () => {
      observed.observers.delete(observer);
      if (observed.observers.size === 0) this.#observed.delete(key);
    };
  }

  *observers(overlapping?: Request): Iterable<LockObserver> {
    const keys = overlapping ? keysOf(overlapping).map(({ key }) => key) : [ALL];
    for (const { observers } of this.#observedAt(keys)) yield* observers;
  }

  stateAt({ keys, isOfAll }: KeySet): KeyState | undefined {
    if (isOfAll) return undefined;
    const at = keys.map(({ key }) => key);
    // Of several keys it is the sum: it is compared, and not shown.
    const versions = at.map((key) => this.#observed.get(key)?.version ?? this.#writes);
    return {
      held: sum([this.#heldOfAll, ...at.map((key) => this.#held.get(key))]),
      waiting: sum([...at, ALL].map((key) => this.#queues.get(key)?.counts)),
      version: versions.reduce((sum, version) => sum + version),
    };
  }

  #join(key: unknown, place: Place): void {
    let queues = this.#queues.get(key);
    if (!queues) this.#queues.set(key, (queues = new KeyQueues()));
    queues.add(place);
  }

  #leave(key: unknown, place: Place): void {
    const queues = this.#queues.get(key) as KeyQueues;
    queues.remove(place);
    if (queues.counts[ANY] === 0) this.#queues.delete(key);
  }

  #endWrite(key: unknown, newest: number): void {
    this.#writes++;
    // Stryker disable next-line ConditionalExpression,EqualityOperator: it only saves time
    if (this.#queues.size > 0) this.#beginTurn(key, newest);
    // Stryker disable next-line ConditionalExpression,EqualityOperator: it only saves time
    if (this.#observed.size > 0) for (const one of this.#observedAt([key])) one.version++;
  }

  #beginTurn(key: unknown, newest: number): void {
    this.#some([{ key, most: WRITE }], WRITE, (queues) => {
      queues.turn = newest;
      return false;
    });
  }

  /** The observed keys that overlap one of these keys. */
  #observedAt(keys: readonly unknown[]): Iterable<Observed> {
    if (keys.includes(ALL)) return this.#observed.values();
    return [...keys, ALL].flatMap((key) => this.#observed.get(key) ?? []);
  }

  /** Whether a test holds for the queues of one of the keys, or of all keys. */
  #some(
    keys: readonly KeyMode[],
    mode: Mode,
    test: (queues: KeyQueues, mode: Mode) => boolean,
  ): boolean {
    for (const { key, most } of keys) {
      if (key === ALL) {
        for (const queues of this.#queues.values()) if (test(queues, mode)) return true;
        return false;
      }
      const queues = this.#queues.get(key);
      if (queues && test(queues, weaker(most, mode))) return true;
    }
    const ofAll = this.#queues.get(ALL);
    return !!ofAll && test(ofAll, mode);
  }
}

function weaker(a: Mode, b: Mode): Mode {
  return a < b ? a : b;
}

/** What an owner holds of a key. */
function ownOf(owner: Owner | undefined, key: unknown): Counts | undefined {
  return owner?.keys ? owner.keys.get(key) : owner?.held;
}

/** The keys on which a request does not pass every waiting request, as its owner holds them. */
function notOwn(request: Request): readonly KeyMode[] {
  const { owner } = request;
  const keys = keysOf(request);
  return owner ? keys.filter(({ key }) => !ownOf(owner, key)?.[ANY]) : keys;
}

/** Counts in a map that holds no zeros. */
function tallyAt(all: Map<unknown, Counts>, key: unknown, mode: Mode, by: 1 | -1): void {
  let counts = all.get(key);
  if (!counts) all.set(key, (counts = [0, 0, 0, 0]));
  tally(counts, mode, by);
  if (counts[ANY] === 0) all.delete(key);
}

function sum(all: readonly (Counts | undefined)[]): Counts {
  const total: Counts = [0, 0, 0, 0];
  for (const counts of all) counts?.forEach((count, mode) => ((total[mode] as number) += count));
  return total;
}
