import * as fc from 'fast-check';
import { asyncScheduler, config, type Observable, type Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  allOf,
  type Lease,
  type LockMode,
  type LockPolicy,
  type ReadWriteLockOptions,
  ReadWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { fencingTokenOf, localDriver, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { inGlobalOrder } from '../../src/many/globalOrder.js';
import { COMPATIBLE } from '../model/rules.js';
import { POLICIES } from '../support/policies.js';
import { WatchedDriver } from '../support/WatchedDriver.js';

/** How many processes share the lock. */
const COUNT = 3;
const TOKENS = 1024n;

/** The terms of one process. */
interface Terms {
  readonly policy: LockPolicy;
  readonly grants: number;
  readonly time: number;
  readonly linger: number;
  readonly scheduled: boolean;
}

interface Act {
  readonly do:
    'request' | 'nested' | 'climb' | 'both' | 'end' | 'downgrade' | 'lose' | 'fail' | 'close';
  readonly process: number;
  readonly mode: number;
  readonly pick: number;
  readonly ifAvailable: boolean;
  readonly priority: number;
  readonly waitTimeout: number;
  /** How much time passes after it. */
  readonly pass: number;
}

const small = fc.nat(9);
const termsOf: fc.Arbitrary<Terms> = fc.record({
  policy: fc.constantFrom(...Object.values(POLICIES)),
  grants: fc.constantFrom(1, 2, 3, Infinity, Infinity),
  time: fc.constantFrom(0, 2, 5, Infinity, Infinity),
  linger: fc.constantFrom(0, 0, 3),
  scheduled: fc.constantFrom(false, false, true),
});
const actOf: fc.Arbitrary<Act> = fc.record({
  do: fc.oneof(
    { weight: 10, arbitrary: fc.constant('request' as const) },
    { weight: 9, arbitrary: fc.constant('nested' as const) },
    { weight: 3, arbitrary: fc.constant('climb' as const) },
    { weight: 3, arbitrary: fc.constant('both' as const) },
    { weight: 8, arbitrary: fc.constant('end' as const) },
    { weight: 2, arbitrary: fc.constant('downgrade' as const) },
    { weight: 3, arbitrary: fc.constant('lose' as const) },
    { weight: 2, arbitrary: fc.constant('fail' as const) },
    { weight: 2, arbitrary: fc.constant('close' as const) },
  ),
  // Much happens in one process, and something in the others.
  process: fc.constantFrom(0, 0, 0, 1, 2),
  mode: fc.constantFrom(0, 0, 1, 2),
  pick: small,
  ifAvailable: fc.constantFrom(false, false, false, true),
  priority: fc.constantFrom(0, 0, 0, 1),
  waitTimeout: fc.constantFrom(Infinity, Infinity, Infinity, 3),
  pass: fc.constantFrom(0, 0, 1, 1, 4),
});

const MODES = ['read', 'upgradable', 'write'] as const;
const GATES = ['reader', 'upgradable', 'writer'] as const;

/** A request of a process, as its consumer knows it. */
interface Client {
  readonly process: Process;
  readonly mode: LockMode;
  /** The leases of one owner have the same. */
  readonly owner: object;
  readonly isNested: boolean;
  readonly isOfSeveral: boolean;
  readonly mayWait: boolean;
  state: 'waits' | 'holds' | 'over';
  error?: string;
  lease?: Lease;
  current: LockMode;
  subscription?: Subscription;
}

interface Process {
  readonly lock: RemoteReadWriteLock;
  readonly driver: WatchedDriver;
  readonly local: ReadWriteLock;
  readonly terms: Terms;
  isClosed: boolean;
}

/** Several processes in front of one engine, and what their consumers have seen. */
class World {
  readonly engine = new ReadWriteLock({ name: 'engine' });
  readonly #driver = localDriver(this.engine);
  readonly #terms: readonly Terms[];
  readonly #processes: Process[];
  readonly #clients: Client[] = [];
  #token = 0n;
  #wrong: string | undefined;

  constructor(terms: readonly Terms[]) {
    this.#terms = terms;
    this.#processes = terms.map((_, i) => this.#start(i));
  }

  act(act: Act): void {
    const process = this.#processes[act.process] as Process;
    const { waitTimeout, ifAvailable, priority } = act;
    const options = { priority, ...(ifAvailable ? { ifAvailable } : { waitTimeout }) };
    const gateOf = GATES[act.mode] as (typeof GATES)[number];
    const mode = MODES[act.mode] as LockMode;
    const mayWait = !ifAvailable;
    const before = this.#clients.filter((one) => one.process === process);
    const held = before.filter(({ state }) => state === 'holds');
    const nested = before.filter(({ state, isNested }) => state === 'waits' && isNested);
    const waited = before.filter(
      ({ state, isNested, mayWait }) => state === 'waits' && !isNested && mayWait,
    );
    const hadLease = process.driver.holds;
    if (act.do === 'request')
      this.#request(process, mode, {}, () => process.lock[gateOf].acquire(options), { mayWait });
    else if (act.do === 'both') {
      const gate = allOf(process.lock[gateOf], process.local.writer);
      this.#request(process, mode, {}, () => gate.acquire(options), { isOfSeveral: true, mayWait });
    } else if (act.do === 'climb') {
      // An upgrade that waits for a reader.
      const { upgradable, reader } = process.lock;
      const one = this.#request(process, 'upgradable', {}, () => upgradable.acquire(), {});
      this.#request(process, 'read', {}, () => reader.acquire(), {});
      const { lease, owner } = one;
      if (lease && !lease.released)
        this.#request(process, 'write', owner, () => lease.writer.acquire(), { isNested: true });
    } else if (act.do === 'nested') {
      const parent = held.filter(({ isOfSeveral }) => !isOfSeveral)[act.pick % (held.length || 1)];
      const lease = parent?.lease;
      if (!parent || !lease || MODES.indexOf(mode) > (parent.current === 'read' ? 0 : 2)) return;
      const acquire = () => lease[gateOf].acquire({ waitTimeout });
      this.#request(process, mode, parent.owner, acquire, { isNested: true });
    } else if (act.do === 'end') {
      const live = this.#clients.filter(({ state }) => state !== 'over');
      const one = live[act.pick % (live.length || 1)];
      if (one) this.#end(one);
    } else if (act.do === 'downgrade') {
      const one = held.find(({ current, isOfSeveral }) => current !== 'read' && !isOfSeveral);
      if (!one) return;
      one.current = one.current === 'write' && act.pick % 2 ? 'upgradable' : 'read';
      (one.lease as WriteLease).downgrade(one.current as 'read');
    } else if (act.do === 'lose') {
      process.driver.lose(new Error('lost'));
      if (held.some(({ state }) => state !== 'over')) this.#fault('a lost lease is still held');
      if (hadLease && nested.some(({ state }) => state !== 'over'))
        this.#fault('an upgrade waits on after the loss of its lease');
      if (hadLease && waited.some(({ state }) => state === 'over'))
        this.#fault('a request that waited has ended with a lost lease');
    } else if (act.do === 'fail') {
      process.driver.fail(new Error('down'));
      process.driver.mend();
      if (!hadLease && waited.some((one) => one.state === 'waits' && !one.isOfSeveral))
        this.#fault('a request waits on after the engine has failed');
    } else {
      process.isClosed = true;
      process.lock.complete();
      this.#processes[act.process] = this.#start(act.process);
    }
  }

  check(): void {
    const held = this.#clients.filter(({ state }) => state === 'holds');
    for (const a of held)
      for (const b of held)
        if (a.owner !== b.owner && a !== b && conflicts(a, b))
          this.#fault(`${a.current} and ${b.current} are held together`);
    const processes = new Set([...this.#clients.map(({ process }) => process)]);
    for (const process of processes) this.#checkProcess(process);
    if (this.#wrong) throw new Error(this.#wrong);
  }

  /** Ends everything, and sees whether all requests are served on the way, and nothing is left. */
  *drain(): Generator<number> {
    for (let rounds = 0; this.#live.length > 0; rounds++) {
      if (rounds > 200) this.#fault('a request waits for ever');
      for (const one of this.#live) if (one.state === 'holds') this.#end(one);
      this.check();
      yield 6;
    }
    yield 20;
    const { held, waiting } = this.engine.state;
    if (held.read + held.write + waiting.read + waiting.write > 0)
      this.#fault('something is left in the engine');
    for (const { process } of this.#clients)
      if (process.isClosed && !isEnded(process)) this.#fault('a closed lock has not ended');
  }

  get #live(): readonly Client[] {
    return this.#clients.filter(({ state }) => state !== 'over');
  }

  #checkProcess(process: Process): void {
    const { driver, lock, terms } = process;
    const { held, waiting } = lock.state;
    const [holds, waits] = [held, waiting].map(
      (counts) => counts.read + counts.upgradable + counts.write,
    );
    const live = this.#live.filter((one) => one.process === process);
    const holding = live.filter(({ state }) => state === 'holds').length;
    if (holding > 0 && !driver.holds) this.#fault('the lock is held without a lease');
    if ((waits as number) > 0 && driver.live === 0)
      this.#fault('requests wait, and nobody asks the engine');
    if (driver.live > 1 + this.#tries(process)) this.#fault('it asks the engine twice');
    if (live.length === 0 && terms.linger === 0 && driver.live > 0)
      this.#fault('nobody wants the lease, and it is kept');
    const isWaitedFor = ({ owner, isNested, state }: Client) =>
      state === 'waits' &&
      isNested &&
      !live.some((one) => one.isOfSeveral || (one.state === 'holds' && one.owner !== owner));
    if (!terms.scheduled && live.some(isWaitedFor)) this.#fault('an upgrade waits for nobody');
    const isUnlimited = terms.grants === Infinity && terms.time === Infinity;
    const onlyReads = held.upgradable + held.write + waiting.upgradable + waiting.write === 0;
    if (isUnlimited && onlyReads && held.read > 0 && waiting.read > 0)
      this.#fault('a reader waits for readers');
    if (!terms.scheduled && holding < (holds as number) - this.#parts(process))
      this.#fault('the state counts what nobody holds');
  }

  #tries(process: Process): number {
    return this.#live.filter((one) => one.process === process && one.state === 'waits').length;
  }

  /** The requests for several locks that hold this one already. */
  #parts(process: Process): number {
    return this.#live.filter((one) => one.process === process && one.isOfSeveral).length;
  }

  #start(index: number): Process {
    const terms = this.#terms[index] as Terms;
    const { policy, grants, time, linger, scheduled } = terms;
    const options: ReadWriteLockOptions = {
      policy,
      ...(scheduled && { scheduler: asyncScheduler }),
    };
    const driver = new WatchedDriver(this.#driver);
    const lock = new RemoteReadWriteLock(driver, { ...options, cohort: { grants, time, linger } });
    const local = new ReadWriteLock();
    // The remote lock is the first in the global order: it is held while the other one is waited for.
    inGlobalOrder(lock.core, local.core);
    return { lock, driver, terms, local, isClosed: false };
  }

  #request(
    process: Process,
    mode: LockMode,
    owner: object,
    acquire: () => Observable<Lease>,
    { isNested = false, isOfSeveral = false, mayWait = true },
  ): Client {
    const client: Client = {
      process,
      mode,
      owner,
      isNested,
      isOfSeveral,
      mayWait,
      state: 'waits',
      current: mode,
    };
    this.#clients.push(client);
    client.subscription = acquire().subscribe({
      next: (lease) => {
        if (client.state !== 'waits') this.#fault('it is granted twice, or after it has ended');
        client.state = 'holds';
        client.lease = lease;
        if (!isOfSeveral) this.#checkToken(client, lease);
      },
      error: (error: Error) => {
        client.error = error.name;
        client.state = 'over';
      },
    });
    return client;
  }

  #checkToken({ mode, isNested, process }: Client, lease: Lease): void {
    const token = fencingTokenOf(lease);
    if (mode === 'write' && token <= this.#token && !isNested) this.#fault('a token does not grow');
    if (token > this.#token) this.#token = token;
    const place = Number((token - 1n) % TOKENS);
    if (mode === 'write' && !isNested && place >= process.terms.grants)
      this.#fault('it is granted beyond the budget');
  }

  #end(client: Client): void {
    client.state = 'over';
    client.subscription?.unsubscribe();
  }

  #fault(what: string): void {
    this.#wrong ??= what;
  }
}

function conflicts(a: Client, b: Client): boolean {
  if (a.process !== b.process) return a.current !== 'read' || b.current !== 'read';
  return !COMPATIBLE[a.current][b.current];
}

function isEnded({ lock, driver }: Process): boolean {
  let isEnded = false;
  lock.subscribe({ complete: () => (isEnded = true) }).unsubscribe();
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the call above sets it
  return isEnded && driver.live === 0;
}

/**
 * Lets several processes use one lock at random, in virtual time, with losses, failures of the
 * engine, cancels, upgrades and closing, under every policy. After each act it checks that nothing
 * conflicts, that no lease is used after its loss, that nobody is forgotten and nothing is left over.
 *
 * @returns how many acts there were
 */
export function walkProcesses(
  runs: number,
  from: { seed?: number; path?: string; endOnFailure?: boolean } = {},
): number {
  let made = 0;
  const walk = (terms: readonly Terms[], acts: readonly Act[]) => {
    const world = new World(terms);
    let wrong: unknown;
    const steps = (function* () {
      for (const act of acts) {
        world.act(act);
        made++;
        // Several acts in one turn find grants that have not been delivered.
        if (act.pass > 0) yield act.pass;
        world.check();
      }
      yield* world.drain();
      world.check();
    })();
    const step = () => {
      try {
        const { done, value } = steps.next();
        if (!done) asyncScheduler.schedule(step, value);
      } catch (error) {
        wrong = error;
      }
    };
    step();
    return () => {
      if (wrong) throw new Error((wrong as Error).message, { cause: wrong });
    };
  };
  const property = fc.property(
    fc.array(termsOf, { minLength: COUNT, maxLength: COUNT }),
    fc.array(actOf, { minLength: 20, maxLength: 60, size: 'max' }),
    (terms, acts) => {
      const before = config.onUnhandledError;
      config.onUnhandledError = () => undefined;
      try {
        const time = new TestScheduler(() => undefined);
        let end: (() => void) | undefined;
        time.run(() => {
          end = walk(terms, acts);
          time.maxFrames = Infinity;
          time.flush();
        });
        end?.();
      } finally {
        config.onUnhandledError = before;
      }
    },
  );
  fc.assert(property, { numRuns: runs, includeErrorInReport: true, ...from });
  return made;
}
