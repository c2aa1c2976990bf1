import { strongest } from '../model/rules.js';
import { ReferenceClock } from '../model/ReferenceClock.js';
import { type Deliver, ScopedLock } from '../model/ScopedLock.js';
import {
  type Act,
  type Conditions,
  type GateSpec,
  type LockName,
  isKey,
  lockOf,
  type Terms,
} from './acts.js';
import { type Asking, type Want, Whole } from './Whole.js';

/** What happened to a request. */
export interface Told {
  readonly id: number;
  readonly what: string;
}

type How<A extends Act['do']> = Extract<Act, { do: A }>;

/** The locks and those who ask for them, made of the reference. */
export class ModelWorld {
  readonly terms: Terms;
  readonly log: Told[] = [];
  readonly locks: Record<LockName, ScopedLock>;
  readonly wholes: Whole[] = [];
  readonly #clock = new ReferenceClock();
  /** Who would give up when a signal aborts, in order; of one that has aborted, nobody. */
  readonly #signals = new Map<number, Whole[] | 'aborted'>();
  readonly #order: readonly LockName[];

  /** @param order - in which the locks are asked for */
  constructor(terms: Terms, order: readonly LockName[]) {
    this.terms = terms;
    const { policy, maxWaiting, scheduler } = terms;
    const deliver: Record<Terms['scheduler'], Deliver> = {
      none: (call) => call(),
      asap: (call) => this.#clock.soon(call),
      virtual: (call) => this.#clock.after(0, call),
    };
    const lock = () => new ScopedLock(policy, maxWaiting, deliver[scheduler]);
    this.locks = { p: lock(), q: lock(), keys: lock() };
    this.#order = order;
  }

  /** Those who wait or hold, or are to ask. */
  get live(): Whole[] {
    return this.wholes.filter(({ phase }) => phase !== 'over');
  }

  /** Those who have, or had, a lease to ask through. */
  get leases(): Whole[] {
    return this.wholes.filter(
      ({ told, of }) => told && of.form !== 'operator' && of.form !== 'action',
    );
  }

  ask({ gates, form, conditions }: How<'ask'>): void {
    const wants = this.#inOrder(gates).map(({ place, mode }): Want => {
      const scope = isKey(place) ? place : undefined;
      return { lock: this.locks[lockOf(place)], scope, mode, through: undefined };
    });
    this.#start({ form, conditions, wants, compound: gates.length > 1 });
  }

  nest({ mode, form, conditions }: How<'nest'>, lease: Whole): void {
    const wants = lease.of.wants.map(({ lock, scope }, i): Want => {
      return { lock, scope, mode, through: lease.parts[i] };
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

  /** Whether somebody holds what a place stands for in a mode. */
  locked({ place, mode }: GateSpec): boolean {
    const held = this.locks[lockOf(place)].held.filter((part) => part.mode === mode);
    return held.some(({ scope }) => !isKey(place) || scope === place || scope === undefined);
  }

  #start(asking: Omit<Asking, 'id'>): void {
    const id = this.wholes.length;
    const note = (what: string) => this.log.push({ id, what });
    const { signal } = asking.conditions;
    const aborted = () => signal !== undefined && this.#signals.get(signal) === 'aborted';
    const whole = new Whole({ id, ...asking }, note, aborted);
    this.wholes.push(whole);
    const { form, conditions } = asking;
    if (form === 'try') whole.tryAll();
    else if (form !== 'action') this.#askOn(whole, conditions);
    else if (delayOf(conditions) === 0) whole.askNext();
    else
      this.#clock.after(delayOf(conditions), () => {
        if (whole.phase === 'new') whole.askNext();
      });
  }

  #askOn(whole: Whole, { signal, waitTimeout }: Conditions): void {
    const listeners = signal === undefined ? [] : (this.#signals.get(signal) ?? []);
    if (listeners === 'aborted') {
      whole.fail('aborted');
      return;
    }
    whole.askNext();
    if (!whole.waits) return;
    if (signal !== undefined) this.#signals.set(signal, [...listeners, whole]);
    if (waitTimeout === Infinity) return;
    this.#clock.after(waitTimeout, () => {
      if (whole.waits) whole.giveUp('LockTimeoutError');
    });
  }

  /** One gate for each lock or key, in the global order; all keys stand for each of them. */
  #inOrder(gates: readonly GateSpec[]): GateSpec[] {
    const all = gates.some(({ place }) => place === 'all');
    const covers = (place: GateSpec['place']) => (all && lockOf(place) === 'keys' ? 'all' : place);
    const places = [...new Set(gates.map(({ place }) => covers(place)))].sort();
    const modeAt = (at: string) =>
      strongest(gates.filter(({ place }) => covers(place) === at).map(({ mode }) => mode));
    return this.#order.flatMap((lock) =>
      places
        .filter((place) => lockOf(place) === lock)
        .map((place) => ({ place, mode: modeAt(place) ?? 'read' })),
    );
  }
}

/** How long an action waits before it asks. */
export function delayOf({ waitTimeout }: Conditions): number {
  return waitTimeout === Infinity ? 0 : waitTimeout;
}
