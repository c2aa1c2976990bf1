import { asapScheduler } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import {
  allOf,
  drop,
  type Gate,
  KeyedReadWriteLock,
  latest,
  type Lease,
  type LockLike,
  type LockState,
  type ObservableLock,
  ReadWriteLock,
  type YieldingReadOptions,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import {
  type Act,
  type Conditions,
  type GateSpec,
  isReadAgain,
  type LockName,
  LOCKS,
  type Place,
  SIGNALS,
  type Terms,
} from './acts.js';
import { CountingSignal } from './CountingSignal.js';
import { delayOf, nameOf, type Told } from './ModelWorld.js';
import { RealClient } from './RealClient.js';

const SIDE = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

type How<A extends Act['do']> = Extract<Act, { do: A }>;

/** Real locks and their clients, through the public surface, on virtual time. */
export class RealWorld {
  readonly log: Told[] = [];
  readonly locks: Record<LockName, ReadWriteLock>;
  readonly signals = Array.from({ length: SIGNALS }, () => new CountingSignal());
  /** What the stream of states of each lock has told last. */
  readonly lastStates = new Map<LockName, LockState>();
  /** What the stream of states of the key x has told last; that of y is not subscribed. */
  lastStateOfX: LockState | undefined;
  /** How the stream of states of each lock has ended. */
  readonly ends = new Map<LockName, string>();
  readonly clients: RealClient[] = [];
  readonly #keys: KeyedReadWriteLock<string>;
  readonly #time: TestScheduler;
  readonly #gates = { latest: new Map<string, Gate>(), drop: new Map<string, Gate>() };

  constructor({ policy, maxWaiting, scheduler }: Terms, time: TestScheduler) {
    const options = {
      policy: POLICIES[policy],
      maxWaiting,
      ...(scheduler !== 'none' && { scheduler: scheduler === 'asap' ? asapScheduler : time }),
    };
    this.#keys = new KeyedReadWriteLock(options);
    this.locks = {
      p: new ReadWriteLock(options),
      q: new ReadWriteLock(options),
      keys: this.#keys.all,
    };
    this.#time = time;
    this.key('x').subscribe({
      next: (state) => (this.lastStateOfX = state),
      error: () => undefined,
    });
    for (const name of LOCKS)
      this.locks[name].subscribe({
        next: (state) => this.lastStates.set(name, state),
        error: (error: unknown) => this.ends.set(name, `errors ${String(error)}`),
        complete: () => this.ends.set(name, 'completes'),
      });
  }

  key(key: 'x' | 'y'): ObservableLock {
    return this.#keys.for(key);
  }

  gate({ place, mode }: GateSpec): Gate {
    return this.#at(place)[SIDE[mode]];
  }

  request({ gates, form, conditions, coalesces }: How<'request'>): void {
    const [first] = gates;
    if (isReadAgain(form)) {
      this.#newClient().readAgain(this.#at(first.place), form, this.#optionsOf(conditions));
      return;
    }
    const plain = gates.length === 1 ? this.gate(first) : allOf(...gates.map((g) => this.gate(g)));
    const gate = coalesces ? this.#coalescing(coalesces, nameOf(gates), plain) : plain;
    const lock = gates.length === 1 ? this.#at(first.place) : undefined;
    const options = this.#optionsOf(conditions);
    if (form === 'next' && lock instanceof ReadWriteLock)
      this.#newClient().requestNext(lock, gate.mode, options);
    else this.#newClient().request(gate, form, options, delayOf(conditions));
  }

  nest({ mode, more, form, conditions }: How<'nest'>, id: number): void {
    const { lease } = this.clients[id] as { lease: Lease };
    if (isReadAgain(form)) {
      this.#newClient().readAgain(lease, form, this.#optionsOf(conditions));
      return;
    }
    const gate = lease[SIDE[mode]];
    this.#newClient().request(
      more.length === 0 ? gate : allOf(gate, ...more.map((g) => this.gate(g))),
      form,
      this.#optionsOf(conditions),
      delayOf(conditions),
    );
  }

  abort(signal: number): void {
    this.signals[signal]?.abort('aborted');
  }

  /** Lets all happen that is due by then. */
  pass(time: number): void {
    const until = this.#time.frame + time;
    this.#time.maxFrames = until;
    this.#time.flush();
    this.#time.frame = until;
  }

  #coalescing(kind: 'latest' | 'drop', name: string, gate: Gate): Gate {
    const gates = this.#gates[kind];
    const found = gates.get(name) ?? { latest, drop }[kind](gate);
    gates.set(name, found);
    return found;
  }

  #at(place: Place): LockLike {
    if (place === 'x' || place === 'y') return this.key(place);
    return place === 'all' ? this.#keys.all : this.locks[place];
  }

  #newClient(): RealClient {
    const id = this.clients.length;
    const client = new RealClient((what) => this.log.push({ id, what }));
    this.clients.push(client);
    return client;
  }

  #optionsOf({ signal, ...rest }: Conditions): YieldingReadOptions {
    return { ...rest, signal: signal === undefined ? undefined : this.signals[signal]?.signal };
  }
}
