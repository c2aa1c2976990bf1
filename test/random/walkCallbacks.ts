import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { config, Observable, of, queueScheduler, type Subscription } from 'rxjs';
import {
  allOf,
  drop,
  type Gate,
  KeyedReadWriteLock,
  latest,
  type Lease,
  type LockLike,
  type LockMode,
  type LockPolicy,
  ReadWriteLock,
  type ReadWriteLockOptions,
  type RequestOptions,
  withGate,
  withLiveReadLock,
  withYieldingReadLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { inGlobalOrder } from '../../src/many/globalOrder.js';
import { COMPATIBLE } from '../model/rules.js';
import { POLICIES } from '../support/policies.js';
import { IDLE } from '../support/states.js';
import { WatchedDriver } from '../support/WatchedDriver.js';

interface Terms {
  readonly kind: 'lock' | 'keys' | 'remote';
  readonly policy: LockPolicy;
  readonly grants: number;
  readonly linger: number;
  readonly isScheduled: boolean;
  readonly hasContext: boolean;
  /** Whether the lock precedes the other lock in the global order. */
  readonly isFirst: boolean;
}

interface Act {
  readonly do: keyof typeof WEIGHTS;
  readonly place: number;
  readonly mode: number;
  readonly pick: number;
  readonly priority: number;
  /** In which of the next callbacks it is done, if there are so many; 0 means in none. */
  readonly callback: number;
}

/** What is done, and how often. */
const WEIGHTS = {
  request: 5,
  source: 4,
  project: 2,
  live: 2,
  liveProject: 1,
  yielding: 2,
  yieldingProject: 1,
  ifAvailable: 2,
  try: 2,
  both: 3,
  latest: 2,
  drop: 1,
  nested: 3,
  release: 4,
  cancel: 3,
  abort: 1,
  downgrade: 1,
  lose: 6,
  fail: 2,
  down: 1,
  elsewhere: 4,
  error: 1,
  complete: 1,
};

const termsOf: fc.Arbitrary<Terms> = fc.record({
  kind: fc.constantFrom('lock', 'keys', 'remote'),
  policy: fc.constantFrom(...Object.values(POLICIES)),
  grants: fc.constantFrom(1, 3, Infinity),
  linger: fc.constantFrom(0, Infinity),
  isScheduled: fc.constantFrom(false, false, true),
  hasContext: fc.boolean(),
  isFirst: fc.boolean(),
});
const actOf: fc.Arbitrary<Act> = fc.record({
  do: fc.oneof(
    ...Object.entries(WEIGHTS).map(([what, weight]) => ({
      arbitrary: fc.constant(what as Act['do']),
      weight,
    })),
  ),
  place: fc.constantFrom(0, 0, 1, 2),
  mode: fc.nat(2),
  pick: fc.nat(9),
  priority: fc.constantFrom(0, 0, 0, 1),
  callback: fc.constantFrom(0, 0, 1, 1, 2, 3, 4, 6),
});

const GATES = ['reader', 'upgradable', 'writer'] as const;
const MODES = ['read', 'upgradable', 'write'] as const;
/** How many callbacks may be inside of each other. */
const DEPTH = 5;
/** The place that overlaps all others of a keyed lock, and that of the other lock. */
const [ALL, OTHER] = [2, 3];

/** The modes of a request at its places. */
type Modes = ReadonlyMap<number, number>;

/** A request, as its consumer knows it. */
interface Client {
  readonly abort: AbortController;
  /** The first request of its owner. */
  readonly root: Client | undefined;
  readonly modes: Modes;
  isOver: boolean;
  isCancelled: boolean;
  /** How many of its sources are subscribed. */
  running: number;
  /** Whether it ends only with its lock. */
  isEndless?: boolean;
  lease?: Lease;
  subscription?: Subscription;
}

/** Some locks whose callbacks act. */
class World {
  readonly #acts: Act[];
  readonly #engine = new ReadWriteLock({ name: 'engine' });
  readonly #driver = new WatchedDriver(localDriver(this.#engine));
  readonly #isRemote: boolean;
  /** The lock, or that of all keys. */
  readonly #lock: ReadWriteLock | RemoteReadWriteLock;
  readonly #places: readonly LockLike[];
  /** Another lock, which is requested together with the first one. */
  readonly #other = new ReadWriteLock();
  readonly #latest: Gate;
  readonly #drop: Gate;
  readonly #clients: Client[] = [];
  readonly #elsewhere: Subscription[] = [];
  #depth = 0;
  /** How many callbacks there have been since the last act. */
  #callbacks = 0;
  #hasEnded = false;
  #hasFailed = false;
  #wrong: string | undefined;

  constructor(terms: Terms, acts: readonly Act[]) {
    const { kind, policy, grants, linger, isScheduled, hasContext, isFirst } = terms;
    const options: ReadWriteLockOptions = {
      policy,
      scheduler: isScheduled ? queueScheduler : undefined,
      context: hasContext ? () => (run: () => void) => run() : undefined,
    };
    this.#acts = [...acts];
    this.#isRemote = kind === 'remote';
    if (kind === 'keys') {
      const keys = new KeyedReadWriteLock<string>(options);
      this.#lock = keys.all;
      this.#places = [keys.for('x'), keys.for('y'), keys.all];
    } else {
      const cohort = { grants, linger, time: Infinity };
      this.#lock = this.#isRemote
        ? new RemoteReadWriteLock(this.#driver, { ...options, cohort })
        : new ReadWriteLock(options);
      this.#places = [this.#lock];
    }
    const [own, other] = [this.#lock.core, this.#other.core];
    if (isFirst) inGlobalOrder(own, other);
    else inGlobalOrder(other, own);
    const [place] = this.#places as readonly [LockLike];
    this.#latest = latest(place.writer);
    this.#drop = drop(place.reader);
    for (const lock of [this.#lock, this.#lock, this.#other]) {
      const told = () => this.#told();
      lock.subscribe({ next: told, error: told, complete: told });
    }
  }

  run(): void {
    while (this.#acts.length > 0) this.#take();
    this.#finish();
    if (this.#wrong) throw new Error(this.#wrong);
  }

  /** Something has been called back: the next act may be done in there. */
  #told(): void {
    const [next] = this.#acts;
    if (!next?.callback || this.#depth === DEPTH || ++this.#callbacks < next.callback) return;
    this.#depth++;
    this.#take();
    this.#depth--;
  }

  /** Takes the next act. */
  #take(): void {
    const act = this.#acts.shift() as Act;
    this.#callbacks = 0;
    const { priority, mode } = act;
    const gateOf = GATES[mode] as (typeof GATES)[number];
    const at = act.place % this.#places.length;
    const place = this.#places[at] as LockLike;
    const gate = place[gateOf];
    const one = this.#pick(act, ({ lease }) => lease?.released === false);
    const waiting = this.#pick(act, ({ isOver, subscription }) => !isOver && !!subscription);
    const modes = new Map([[at, mode]]);
    const reads = new Map([[at, 0]]);
    const together = new Map([...modes, [OTHER, 2]]);
    if (act.do === 'request') this.#request(modes, gate, { priority });
    else if (act.do === 'ifAvailable') this.#request(modes, gate, { ifAvailable: true });
    else if (act.do === 'both') {
      const both = allOf(gate, this.#other.writer);
      if (act.pick > 4) this.#request(together, both, { priority });
      else this.#run(together, act, (source) => source.pipe(withGate(both)));
    } else if (act.do === 'latest') this.#request(new Map([[0, 2]]), this.#latest, { priority });
    else if (act.do === 'drop') this.#request(new Map([[0, 0]]), this.#drop);
    else if (act.do === 'source')
      this.#run(modes, act, (source) => source.pipe(withGate(gate, { priority })));
    else if (act.do === 'project')
      this.#run(modes, act, (source) => of(1, 2).pipe(withGate(gate, () => source)));
    else if (act.do === 'live')
      this.#run(reads, act, (source) => source.pipe(withLiveReadLock(place)));
    else if (act.do === 'liveProject')
      this.#run(reads, act, (source) => of(1, 2).pipe(withLiveReadLock(place, () => source)));
    else if (act.do === 'yielding')
      this.#run(reads, act, (source) => source.pipe(withYieldingReadLock(place)));
    else if (act.do === 'yieldingProject')
      this.#run(reads, act, (source) => of(1, 2).pipe(withYieldingReadLock(place, () => source)));
    else if (act.do === 'try') this.#try(modes, gate);
    else if (act.do === 'nested') {
      if (!one?.lease) return;
      const nested = new Map([...one.modes.keys()].map((key) => [key, mode]));
      this.#request(nested, one.lease[gateOf], {}, rootOf(one));
    } else if (act.do === 'release') {
      if (one) this.#release(one);
    } else if (act.do === 'cancel') {
      if (waiting) this.#cancel(waiting);
    } else if (act.do === 'abort') waiting?.abort.abort(new Error('aborted'));
    else if (act.do === 'downgrade') {
      if (one?.lease?.mode === 'write') (one.lease as WriteLease).downgrade('read');
    } else if (act.do === 'elsewhere') {
      const { reader, writer } = this.#engine;
      if (act.pick > 4) this.#elsewhere.pop()?.unsubscribe();
      else this.#elsewhere.push((mode > 0 ? writer : reader).acquire().subscribe());
    } else if (act.do === 'lose') this.#driver.lose(new Error('lost'));
    else if (act.do === 'fail' || act.do === 'down') {
      this.#driver.fail(new Error('down'));
      if (act.do === 'fail') this.#driver.mend();
    } else {
      // Most acts meet a lock that has not ended.
      if (act.pick > 3) return;
      this.#hasEnded = true;
      this.#hasFailed ||= act.do === 'error';
      if (act.do === 'error') this.#lock.error(new Error('failed'));
      else this.#lock.complete();
    }
  }

  #pick({ pick }: Act, isWanted: (client: Client) => boolean): Client | undefined {
    const wanted = this.#clients.filter(isWanted);
    return wanted[pick % (wanted.length || 1)];
  }

  #newClient(modes: Modes, root?: Client): Client {
    const abort = new AbortController();
    const client: Client = { abort, root, modes, isOver: false, isCancelled: false, running: 0 };
    this.#clients.push(client);
    return client;
  }

  #request(modes: Modes, gate: Gate, options: RequestOptions = {}, root?: Client): void {
    const client = this.#newClient(modes, root);
    const { signal } = client.abort;
    client.subscription = gate.acquire({ ...options, signal }).subscribe({
      next: (lease) => {
        if (client.isOver || client.lease) this.#fault('a grant is told twice, or too late');
        this.#granted(client, lease);
        this.#told();
      },
      error: ({ name }: Error) => {
        if (name === 'LockLostError' && !client.lease && !root && !options.ifAvailable)
          this.#fault('a loss is told instead of a grant');
        this.#ended(client);
      },
      complete: () => this.#ended(client),
    });
  }

  /** Subscribes a source under a lock. */
  #run(modes: Modes, act: Act, operator: (source: Observable<number>) => Observable<number>): void {
    const client = this.#newClient(modes);
    client.isEndless = act.do === 'live' || act.do === 'liveProject';
    const source = new Observable<number>((subscriber) => {
      if (client.isOver) this.#fault('a source is subscribed too late');
      this.#begun(client);
      client.running++;
      subscriber.add(() => {
        // A lease that is lost is over before its source is told.
        if (!this.#isRemote && !this.#isHeld(client))
          this.#fault('the lock is released before its source has ended');
        client.running--;
        this.#told();
      });
      this.#told();
      subscriber.next(1);
      if (act.pick % 3 > 0) subscriber.complete();
    });
    client.subscription = operator(source).subscribe({
      next: () => this.#told(),
      error: () => this.#ended(client),
      complete: () => this.#ended(client),
    });
  }

  /** Nobody is told of the end of such a lease. */
  #try(modes: Modes, gate: Gate): void {
    const client = this.#newClient(modes);
    client.isOver = true;
    try {
      const lease = gate.tryAcquire();
      if (lease) this.#granted(client, lease);
    } catch {
      // A lock that has ended refuses it.
    }
  }

  #granted(client: Client, lease: Lease): void {
    if (lease.released) this.#fault('the lease of a grant is over');
    this.#begun(client);
    client.lease = lease;
  }

  /** A client begins to hold the lock. */
  #begun(client: Client): void {
    if (this.#hasFailed) this.#fault('a lock that has failed is granted');
    if (this.#isRemote && !this.#driver.holds)
      this.#fault('the lock is held without a lease of the engine');
    for (const other of this.#clients) {
      const isOthers = rootOf(other) !== rootOf(client) || other.running > 0;
      // A source that loses its own lease while it is subscribed goes on for a while.
      if (this.#isRemote && other.isOver && other.running > 0) continue;
      if (isOthers && conflict(modesOf(other), client.modes)) this.#fault('two owners conflict');
    }
  }

  #isHeld({ modes }: Client): boolean {
    return [...modes].every(
      ([at, mode]) => (this.#places[at] ?? this.#other)[GATES[mode] as 'reader'].locked,
    );
  }

  /** A consumer is told of the end. */
  #ended(client: Client): void {
    if (client.isCancelled) this.#fault('an end is told after it was cancelled');
    if (client.isOver && !client.lease) this.#fault('an end is told twice');
    client.isOver = true;
    this.#told();
  }

  #release(client: Client): void {
    client.lease?.release();
    client.isOver = true;
  }

  #cancel(client: Client): void {
    client.isOver = client.isCancelled = true;
    client.subscription?.unsubscribe();
    if (client.running > 0) this.#fault('a source runs on after it was cancelled');
  }

  /** Releases everything, and sees whether all requests are served on the way, and nothing is left. */
  #finish(): void {
    this.#driver.mend();
    for (const elsewhere of this.#elsewhere) elsewhere.unsubscribe();
    const holds = (one: Client) =>
      one.lease?.released === false || (!one.isOver && one.running > 0);
    for (let one; (one = this.#clients.find(holds));)
      if (one.lease) this.#release(one);
      else this.#cancel(one);
    for (const one of this.#clients) if (!one.isOver && one.isEndless) this.#cancel(one);
    if (this.#clients.some(({ isOver }) => !isOver)) this.#fault('a request waits for ever');
    if (this.#clients.some(({ running }) => running > 0)) this.#fault('a source runs for ever');
    for (const { state } of [this.#lock, this.#other])
      if (!isDeepStrictEqual([state.held, state.waiting], [IDLE.held, IDLE.waiting]))
        this.#fault('a lock is not idle in the end');
    if (this.#hasEnded && this.#driver.live > 0) this.#fault('something is left in the engine');
    if (!this.#hasEnded) {
      let granted = 0;
      this.#lock.writer
        .acquire()
        .subscribe(() => granted++)
        .unsubscribe();
      if (granted !== 1) this.#fault('the lock is of no use in the end');
    }
  }

  #fault(what: string): void {
    this.#wrong ??= what;
  }
}

function rootOf(client: Client): Client {
  return client.root ?? client;
}

/** What a client holds. */
function modesOf({ modes, lease, running }: Client): Modes {
  if (running > 0) return modes;
  if (lease?.released !== false) return new Map();
  const most = MODES.indexOf(lease.mode);
  return new Map([...modes].map(([at, mode]) => [at, Math.min(mode, most)]));
}

function conflict(a: Modes, b: Modes): boolean {
  return [...a].some(([at, mode]) =>
    [...b].some(([there, other]) => overlap(at, there) && !areCompatible(mode, other)),
  );
}

function areCompatible(a: number, b: number): boolean {
  return COMPATIBLE[MODES[a] as LockMode][MODES[b] as LockMode];
}

function overlap(a: number, b: number): boolean {
  return a === b || (a !== OTHER && b !== OTHER && (a === ALL || b === ALL));
}

/**
 * Lets consumers, sources and observers act at random inside of what a lock tells them: request, release,
 * cancel, lose the lease of an engine, fail the lock. It checks that no owners conflict, that each request is
 * told of its grant and of its end once, and that nothing is left over.
 *
 * @returns how many acts there were
 */
export function walkCallbacks(
  runs: number,
  from: { seed?: number; path?: string; endOnFailure?: boolean } = {},
): number {
  let made = 0;
  const acts = fc.array(actOf, { minLength: 5, maxLength: 60, size: 'max' });
  const property = fc.property(termsOf, acts, (terms, acts) => {
    const before = config.onUnhandledError;
    config.onUnhandledError = () => undefined;
    try {
      new World(terms, acts).run();
      made += acts.length;
    } finally {
      config.onUnhandledError = before;
    }
  });
  fc.assert(property, { numRuns: runs, includeErrorInReport: true, ...from });
  return made;
}
