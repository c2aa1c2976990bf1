import { ALL, overlap, ReferenceLock } from '../model/ReferenceLock.js';
import { ReferenceClock } from '../model/ReferenceClock.js';
import { strongest } from '../model/rules.js';
import {
  type Act,
  type Conditions,
  type GateSpec,
  isKey,
  lockOf,
  type LockName,
  type Place,
  type Terms,
} from './acts.js';
import { type Part, type PartLock, type Terms as WholeTerms, Whole } from './Whole.js';

/** What happened to a request. */
export interface Told {
  readonly id: number;
  readonly what: string;
}

type How<A extends Act['do']> = Extract<Act, { do: A }>;

/** The locks and the requests for them, made of the reference. */
export class ModelWorld {
  readonly terms: Terms;
  readonly log: Told[] = [];
  readonly locks: Record<LockName, PartLock>;
  readonly wholes: Whole[] = [];
  readonly #clock = new ReferenceClock();
  /** The requests that listen to a signal, in order; of one that has aborted, none. */
  readonly #signals = new Map<number, Whole[] | 'aborted'>();
  readonly #order: readonly LockName[];

  /** @param order - in which `allOf` takes the locks */
  constructor(terms: Terms, order: readonly LockName[]) {
    this.terms = terms;
    const clients = {
      granted: (part: Part) => part.whole.granted(part),
      failed: ({ whole }: Part, error: string) => whole.fail(error),
    };
    const lock = () => new ReferenceLock<Part>(terms.policy, clients, terms.maxWaiting);
    this.locks = { p: lock(), q: lock(), keys: lock() };
    this.#order = order;
  }

  /** The requests that wait or hold, or are still to be made. */
  get live(): Whole[] {
    return this.wholes.filter(({ phase }) => phase !== 'over');
  }

  /** The requests that have, or had, a lease to request through. */
  get leases(): Whole[] {
    return this.wholes.filter(
      ({ told, of }) => told && of.form !== 'operator' && of.form !== 'action',
    );
  }

  request({ gates, form, conditions }: How<'request'>): void {
    const wants = this.#order.flatMap((name) => {
      const ofLock = gates.filter(({ place }) => lockOf(place) === name);
      return ofLock.length > 0 ? [{ lock: this.locks[name], modes: modesOf(ofLock) }] : [];
    });
    this.#start({ form, conditions, wants, compound: gates.length > 1 });
  }

  nest({ mode, form, conditions }: How<'nest'>, lease: Whole): void {
    const wants = lease.parts.map(({ lock, modes, name }) => {
      return { lock, modes: new Map([...modes.keys()].map((key) => [key, mode])), parent: name };
    });
    this.#start({ form, conditions, wants, compound: lease.of.compound });
  }

  abort(signal: number): void {
    const listeners = this.#signals.get(signal) ?? [];
    this.#signals.set(signal, 'aborted');
    if (listeners !== 'aborted')
      for (const whole of listeners) if (whole.waits) whole.giveUp('aborted');
  }

  pass(time: number): void {
    this.#clock.pass(time);
  }

  /** Whether a mode is held of what a place stands for. */
  locked({ place, mode }: GateSpec): boolean {
    const modes = this.locks[lockOf(place)].held.flatMap((lease) => [...lease.modes]);
    return modes.some(([key, held]) => held === mode && overlap(key, keyOf(place)));
  }

  #start(of: Omit<WholeTerms, 'id'>): void {
    const id = this.wholes.length;
    const { form, conditions } = of;
    const { signal } = conditions;
    const whole = new Whole(
      { id, ...of },
      {
        note: (what) => this.log.push({ id, what }),
        isAborted: () => signal !== undefined && this.#signals.get(signal) === 'aborted',
        deliver: (call) => this.#deliver(call),
      },
    );
    this.wholes.push(whole);
    if (form === 'try') whole.tryAll();
    else if (form !== 'action') this.#requestOn(conditions, whole);
    else if (delayOf(conditions) === 0) whole.requestNext();
    else
      this.#clock.after(delayOf(conditions), () => {
        if (whole.phase === 'new') whole.requestNext();
      });
  }

  #requestOn({ signal, waitTimeout }: Conditions, whole: Whole): void {
    const listeners = signal === undefined ? [] : (this.#signals.get(signal) ?? []);
    if (listeners === 'aborted') {
      whole.fail('aborted');
      return;
    }
    whole.requestNext();
    if (!whole.waits) return;
    if (signal !== undefined) this.#signals.set(signal, [...listeners, whole]);
    if (waitTimeout === Infinity) return;
    this.#clock.after(waitTimeout, () => {
      if (whole.waits) whole.giveUp('LockTimeoutError');
    });
  }

  #deliver(call: () => void): void {
    const { scheduler } = this.terms;
    if (scheduler === 'none') call();
    else if (scheduler === 'asap') this.#clock.soon(call);
    else this.#clock.after(0, call);
  }
}

/** The strongest mode that is requested on each key of a lock; all keys stand for each of them. */
function modesOf(gates: readonly GateSpec[]): Part['modes'] {
  const named = [...new Set(gates.map(({ place }) => keyOf(place)))].sort();
  const keys = named.includes(ALL) ? [ALL] : named;
  const modeOf = (key: string) => {
    const ofKey = gates.filter(({ place }) => overlap(keyOf(place), key));
    return strongest(ofKey.map(({ mode }) => mode)) ?? 'read';
  };
  return new Map(keys.map((key) => [key, modeOf(key)]));
}

/** A lock without keys is requested as all keys are. */
function keyOf(place: Place): string {
  return isKey(place) ? place : ALL;
}

/** How long an action waits before it makes its request. */
export function delayOf({ waitTimeout }: Conditions): number {
  return waitTimeout === Infinity ? 0 : waitTimeout;
}
