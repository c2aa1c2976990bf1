import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { config, queueScheduler, type Subscription } from 'rxjs';
import {
  allOf,
  drop,
  type Gate,
  latest,
  type Lease,
  type LockPolicy,
  ReadWriteLock,
  type RequestOptions,
  type WriteLease,
} from 'rxjs-rwlock';
import { localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { inGlobalOrder } from '../../src/many/globalOrder.js';
import { POLICIES } from '../support/policies.js';
import { IDLE } from '../support/states.js';
import { WatchedDriver } from '../support/WatchedDriver.js';

interface Terms {
  readonly policy: LockPolicy;
  readonly grants: number;
  readonly linger: number;
  readonly isScheduled: boolean;
  readonly hasContext: boolean;
  /** Whether the remote lock precedes the local one in the global order. */
  readonly isFirst: boolean;
}

interface Act {
  readonly do: keyof typeof WEIGHTS;
  readonly mode: number;
  readonly pick: number;
  readonly priority: number;
  /** In which of the next callbacks it is done, if there are so many; 0 means in none. */
  readonly callback: number;
}

/** What is done, and how often. */
const WEIGHTS = {
  request: 5,
  ifAvailable: 2,
  try: 2,
  both: 2,
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
  mode: fc.nat(2),
  pick: fc.nat(9),
  priority: fc.constantFrom(0, 0, 0, 1),
  callback: fc.constantFrom(0, 0, 1, 1, 2, 3, 4, 6),
});

const GATES = ['reader', 'upgradable', 'writer'] as const;
/** How many callbacks may be inside of each other. */
const DEPTH = 5;

/** A request, as its consumer knows it. */
interface Client {
  readonly abort: AbortController;
  /** The first request of its owner. */
  readonly root: Client | undefined;
  /** Whether its lease is on the remote lock alone. */
  readonly isSingle: boolean;
  isOver: boolean;
  isCancelled: boolean;
  lease?: Lease;
  subscription?: Subscription;
}

/** One process in front of an engine, whose callbacks act. */
class World {
  readonly #acts: Act[];
  readonly #engine = new ReadWriteLock({ name: 'engine' });
  readonly #driver = new WatchedDriver(localDriver(this.#engine));
  readonly #lock: RemoteReadWriteLock;
  readonly #local = new ReadWriteLock();
  readonly #latest: Gate;
  readonly #drop: Gate;
  readonly #clients: Client[] = [];
  readonly #elsewhere: Subscription[] = [];
  #depth = 0;
  /** How many callbacks there have been since the last act. */
  #callbacks = 0;
  #hasEnded = false;
  #wrong: string | undefined;

  constructor(terms: Terms, acts: readonly Act[]) {
    const { policy, grants, linger, isScheduled, hasContext, isFirst } = terms;
    this.#acts = [...acts];
    this.#lock = new RemoteReadWriteLock(this.#driver, {
      policy,
      cohort: { grants, linger, time: Infinity },
      scheduler: isScheduled ? queueScheduler : undefined,
      context: hasContext ? () => (run: () => void) => run() : undefined,
    });
    const [remote, local] = [this.#lock.core, this.#local.core];
    if (isFirst) inGlobalOrder(remote, local);
    else inGlobalOrder(local, remote);
    this.#latest = latest(this.#lock.writer);
    this.#drop = drop(this.#lock.reader);
    for (const lock of [this.#lock, this.#lock, this.#local]) {
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
    const gateOf = GATES[act.mode] as (typeof GATES)[number];
    const gate = this.#lock[gateOf];
    const { priority } = act;
    const one = this.#pick(act, ({ lease }) => lease?.released === false);
    const waiting = this.#pick(act, ({ isOver, subscription }) => !isOver && !!subscription);
    if (act.do === 'request') this.#request(gate, { priority });
    else if (act.do === 'ifAvailable') this.#request(gate, { ifAvailable: true });
    else if (act.do === 'both')
      this.#request(allOf(gate, this.#local.writer), {}, undefined, false);
    else if (act.do === 'latest') this.#request(this.#latest, { priority });
    else if (act.do === 'drop') this.#request(this.#drop);
    else if (act.do === 'try') this.#try(gate);
    else if (act.do === 'nested') {
      if (one?.lease) this.#request(one.lease[gateOf], {}, one, one.isSingle);
    } else if (act.do === 'release') {
      if (one) this.#release(one);
    } else if (act.do === 'cancel') {
      if (!waiting) return;
      waiting.isOver = waiting.isCancelled = true;
      waiting.subscription?.unsubscribe();
    } else if (act.do === 'abort') waiting?.abort.abort(new Error('aborted'));
    else if (act.do === 'downgrade') {
      if (one?.lease?.mode === 'write') (one.lease as WriteLease).downgrade('read');
    } else if (act.do === 'elsewhere') {
      const { reader, writer } = this.#engine;
      if (act.pick > 4) this.#elsewhere.pop()?.unsubscribe();
      else this.#elsewhere.push((act.mode > 0 ? writer : reader).acquire().subscribe());
    } else if (act.do === 'lose') this.#driver.lose(new Error('lost'));
    else if (act.do === 'fail' || act.do === 'down') {
      this.#driver.fail(new Error('down'));
      if (act.do === 'fail') this.#driver.mend();
    } else {
      // Most acts meet a lock that has not ended.
      if (act.pick > 3) return;
      this.#hasEnded = true;
      if (act.do === 'error') this.#lock.error(new Error('failed'));
      else this.#lock.complete();
    }
  }

  #pick({ pick }: Act, isWanted: (client: Client) => boolean): Client | undefined {
    const wanted = this.#clients.filter(isWanted);
    return wanted[pick % (wanted.length || 1)];
  }

  #newClient(root?: Client, isSingle = true): Client {
    const abort = new AbortController();
    const client: Client = { abort, root, isSingle, isOver: false, isCancelled: false };
    this.#clients.push(client);
    return client;
  }

  #request(gate: Gate, options: RequestOptions = {}, parent?: Client, isSingle = true): void {
    const client = this.#newClient(parent && rootOf(parent), isSingle);
    const { signal } = client.abort;
    const end = (what: string) => {
      if (client.isOver && !client.lease) this.#fault(`${what} after its end`);
      if (client.isCancelled) this.#fault(`${what} after it was cancelled`);
      client.isOver = true;
      this.#told();
    };
    client.subscription = gate.acquire({ ...options, signal }).subscribe({
      next: (lease) => {
        if (client.isOver || client.lease) this.#fault('a grant is told twice, or too late');
        this.#granted(client, lease);
        this.#told();
      },
      error: ({ name }: Error) => {
        if (name === 'LockLostError' && !client.lease && !client.root && !options.ifAvailable)
          this.#fault('a loss is told instead of a grant');
        end('an error');
      },
      complete: () => end('completed'),
    });
  }

  /** Nobody is told of the end of such a lease. */
  #try(gate: Gate): void {
    const client = this.#newClient();
    client.isOver = true;
    try {
      const lease = gate.tryAcquire();
      if (lease) this.#granted(client, lease);
    } catch {
      // A lock that has ended refuses it.
    }
  }

  #granted(client: Client, lease: Lease): void {
    client.lease = lease;
    if (lease.released) this.#fault('the lease of a grant is over');
    if (!this.#driver.holds) this.#fault('the lock is held without a lease of the engine');
    const isInTheWay = (other: Client) =>
      other.isSingle &&
      other.lease?.released === false &&
      rootOf(other) !== rootOf(client) &&
      conflicts(other.lease, lease);
    if (client.isSingle && this.#clients.some(isInTheWay)) this.#fault('two leases conflict');
  }

  #release(client: Client): void {
    client.lease?.release();
    client.isOver = true;
  }

  /** Releases everything, and sees whether all requests are served on the way, and nothing is left. */
  #finish(): void {
    this.#driver.mend();
    for (const elsewhere of this.#elsewhere) elsewhere.unsubscribe();
    for (let one; (one = this.#clients.find(({ lease }) => lease?.released === false));)
      this.#release(one);
    if (this.#clients.some(({ isOver }) => !isOver)) this.#fault('a request waits for ever');
    for (const { state } of [this.#lock, this.#local])
      if (!isDeepStrictEqual([state.held, state.waiting], [IDLE.held, IDLE.waiting]))
        this.#fault('the lock is not idle in the end');
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

function conflicts(a: Lease, b: Lease): boolean {
  return a.mode === 'write' || b.mode === 'write' || (a.mode === b.mode && a.mode !== 'read');
}

/**
 * Lets consumers and observers act at random inside of what a remote lock tells them: request, release,
 * cancel, lose the lease, fail the lock. It checks that each request is told of its grant and end once, that
 * nothing is held without a lease, and that nothing is left over.
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
