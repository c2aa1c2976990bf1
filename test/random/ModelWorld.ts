import type { LockMode } from 'rxjs-rwlock';
import { ALL, overlap, ReferenceLock } from '../model/ReferenceLock.js';
import { ReferenceClock } from '../model/ReferenceClock.js';
import { strongest } from '../model/rules.js';
import {
  type Act,
  type Conditions,
  type Form,
  type GateSpec,
  isKey,
  isReadAgain,
  lockOf,
  type LockName,
  type Place,
  type Terms,
} from './acts.js';
import { LiveWhole } from './LiveWhole.js';
import { type Part, type PartLock, type Terms as WholeTerms, Whole } from './Whole.js';
import { YieldingWhole } from './YieldingWhole.js';

/** What happened to a request. */
export interface Told {
  readonly id: number;
  readonly what: string;
}

type KeyMode = readonly [key: string, mode: LockMode];
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
  /** The requests that are still to be told of a change. */
  readonly #untold = new Set<Whole>();
  /** The requests of each gate that coalesces. */
  readonly #groups = new Map<string | undefined, Whole[]>();

  /** @param order - in which `allOf` takes the locks */
  constructor(terms: Terms, order: readonly LockName[]) {
    this.terms = terms;
    const newLock = () => {
      const lock: PartLock = new ReferenceLock<Part>(
        terms.policy,
        {
          granted: ({ whole }) => whole.granted(),
          failed: ({ whole }, error) => whole.fail(error),
          changed: (modes) => this.#changed(lock, modes),
        },
        terms.maxWaiting,
      );
      return lock;
    };
    this.locks = { p: newLock(), q: newLock(), keys: newLock() };
    this.#order = order;
  }

  /** The requests that wait or hold, or are still to be made. */
  get live(): Whole[] {
    return this.wholes.filter(({ phase }) => phase !== 'over');
  }

  /** The requests that have, or had, a lease to request through. */
  get leases(): Whole[] {
    return this.wholes.filter(
      ({ told, of: { form } }) =>
        told && form !== 'operator' && form !== 'action' && !isReadAgain(form),
    );
  }

  request({ gates, form, conditions, coalesces }: How<'request'>): void {
    const wants = this.#order.flatMap((name) => {
      const ofLock = gates.filter(({ place }) => lockOf(place) === name);
      return ofLock.length > 0 ? [{ lock: this.locks[name], modes: merged(ofLock.map(wish)) }] : [];
    });
    const group = coalesces && `${coalesces} ${nameOf(gates)}`;
    this.#start({ form, conditions, wants, coalesces: form === 'action' ? undefined : group });
  }

  nest({ mode, more, form, conditions }: How<'nest'>, lease: Whole): void {
    const wants = this.#order.flatMap((of) => {
      const lock = this.locks[of];
      const part = lease.parts.find((part) => part.lock === lock);
      const own = [...(part?.modes.keys() ?? [])].map((key): KeyMode => [key, mode]);
      const modes = merged([...own, ...more.filter(({ place }) => lockOf(place) === of).map(wish)]);
      const ofSeveral = lease.parts.length > 1;
      return modes.size > 0 ? [{ lock, modes, parent: part?.name, ofSeveral }] : [];
    });
    this.#start({ form, conditions, wants });
  }

  abort(signal: number): void {
    const listeners = this.#signals.get(signal) ?? [];
    this.#signals.set(signal, 'aborted');
    if (listeners !== 'aborted') for (const whole of listeners) whole.abort();
  }

  /** How many listeners a signal has. */
  listeners(signal: number): number {
    const listeners = this.#signals.get(signal) ?? [];
    return listeners === 'aborted' ? 0 : listeners.reduce((sum, whole) => sum + whole.listeners, 0);
  }

  pass(time: number): void {
    this.#clock.pass(time);
  }

  /** Whether a mode is held of what a place stands for. */
  locked({ place, mode }: GateSpec): boolean {
    const { held } = this.locks[lockOf(place)];
    // Of all keys, as the state of the lock counts it.
    if (!isKey(place)) return held.some((lease) => lease.mode === mode);
    const modes = held.flatMap((lease) => [...lease.modes]);
    return modes.some(([key, held]) => held === mode && overlap(key, place));
  }

  #start(of: Omit<WholeTerms, 'id'>): void {
    const id = this.wholes.length;
    const { form, conditions } = of;
    const { signal } = conditions;
    const whole: Whole = new (kindOf(form))(
      { id, ...of },
      {
        note: (what) => this.log.push({ id, what }),
        isAborted: () => signal !== undefined && this.#signals.get(signal) === 'aborted',
        deliver: (call) => this.#deliver(whole, call),
        request: () => this.#requestOn(conditions, whole),
        limit: () => this.#limit(whole),
        listen: () => this.#listen(whole),
      },
    );
    this.wholes.push(whole);
    if (form === 'live') this.#listen(whole);
    if (form === 'try') {
      whole.tryAll();
      if (of.coalesces?.startsWith('drop')) this.#groupOf(whole).push(whole);
    } else if (form !== 'action') this.#requestOn(conditions, whole);
    else if (delayOf(conditions) === 0) whole.request();
    else
      this.#clock.after(delayOf(conditions), () => {
        if (whole.phase === 'new') whole.request();
      });
  }

  #requestOn({ signal }: Conditions, whole: Whole): void {
    const listeners = signal === undefined ? [] : (this.#signals.get(signal) ?? []);
    if (listeners === 'aborted') {
      whole.fail('aborted');
      return;
    }
    if (whole.of.coalesces === undefined || !this.#coalesces(whole)) whole.request();
    if (whole.waits) this.#limit(whole);
  }

  /** Its signal and its timeout may end its wait from now on. */
  #limit(whole: Whole): void {
    const { waitTimeout } = whole.of.conditions;
    const { parts } = whole;
    this.#listen(whole);
    if (waitTimeout === Infinity) return;
    this.#clock.after(waitTimeout, () => {
      if (whole.waits && whole.parts === parts) whole.giveUp('LockTimeoutError');
    });
  }

  /**
   * Tells the reads that may read again that a lock has changed, one after the other: what one of them
   * does may change the lock in turn. The live ones come first: a write has ended before what it has
   * blocked is granted.
   *
   * Which of two keys comes first is not promised. The real lock tells those of the keys that have
   * changed, then those of all keys; of requests that have been granted, one after the other.
   */
  #changed(lock: PartLock, modes: Part['modes']): void {
    const turn = (whole: Whole) => {
      const changed = whole instanceof YieldingWhole ? (whole.yieldedTo?.modes ?? modes) : modes;
      return turnOf(whole, lock, changed);
    };
    const freed = (whole: Whole) => (whole instanceof YieldingWhole ? whole.freed : -Infinity);
    const inTurn = this.live
      .filter((whole) => !this.#untold.has(whole) && turn(whole) < Infinity)
      .sort((a, b) => freed(a) - freed(b) || turn(a) - turn(b));
    for (const whole of inTurn) this.#untold.add(whole);
    for (const whole of inTurn) {
      this.#untold.delete(whole);
      whole.look();
    }
  }

  /** Whether another request of its gate makes it one that is not made as any other (I3). */
  #coalesces(whole: Whole): boolean {
    const others = this.#groupOf(whole).filter(({ phase }) => phase !== 'over');
    const isLatest = whole.of.coalesces?.startsWith('latest');
    const { ifAvailable } = whole.of.conditions;
    this.#groups.set(whole.of.coalesces, isLatest && ifAvailable ? others : [...others, whole]);
    const waiting = others.find(({ waits }) => waits);
    if (ifAvailable || !(isLatest ? waiting : others[0])) return false;
    if (!isLatest && whole.isRefused) return false;
    if (isLatest && waiting) whole.takePlace(waiting);
    else whole.coalesce();
    return true;
  }

  #groupOf({ of }: Whole): Whole[] {
    const group = this.#groups.get(of.coalesces) ?? [];
    this.#groups.set(of.coalesces, group);
    return group;
  }

  /** It listens to its signal as the last one. */
  #listen(whole: Whole): void {
    const { signal } = whole.of.conditions;
    const listeners = signal === undefined ? [] : (this.#signals.get(signal) ?? []);
    if (signal === undefined || listeners === 'aborted') return;
    // A live read listens from the start.
    if (whole instanceof LiveWhole && listeners.includes(whole)) return;
    this.#signals.set(signal, [...listeners.filter((other) => other !== whole), whole]);
  }

  #deliver(whole: Whole, deliver: () => void): void {
    const { scheduler } = this.terms;
    const { parts } = whole;
    const call = () => {
      if (whole.parts === parts) deliver();
    };
    if (scheduler === 'none') {
      call();
      return;
    }
    if (whole.of.form !== 'action') this.#listen(whole);
    if (scheduler === 'asap') this.#clock.soon(call);
    else this.#clock.after(0, call);
  }
}

/** The name of a choice of gates. */
export function nameOf(gates: readonly GateSpec[]): string {
  return gates.map(({ place, mode }) => `${place} ${mode}`).join();
}

/** Which of the keys of a change comes first that a request is for. */
function turnOf({ parts }: Whole, lock: PartLock, modes: Part['modes']): number {
  const changed = modes.has(ALL) ? ['x', ALL, 'y'] : [...modes.keys(), ALL];
  const keys = parts.flatMap((part) => (part.lock === lock ? [...part.modes.keys()] : []));
  return Math.min(...changed.flatMap((key, i) => (keys.includes(key) ? i : Infinity)));
}

function kindOf(form: Form): typeof Whole {
  if (form === 'live') return LiveWhole;
  return form === 'yielding' ? YieldingWhole : Whole;
}

/** The strongest mode that is wanted of each key of a lock; all keys stand for each of them. */
function merged(wishes: readonly KeyMode[]): Part['modes'] {
  const named = [...new Set(wishes.map(([key]) => key))];
  const keys = named.includes(ALL) ? [ALL] : named;
  const modeOf = (key: string) => {
    const ofKey = wishes.filter(([other]) => overlap(other, key));
    return strongest(ofKey.map(([, mode]) => mode)) ?? 'read';
  };
  return new Map(keys.map((key) => [key, modeOf(key)]));
}

function wish({ place, mode }: GateSpec): KeyMode {
  return [keyOf(place), mode];
}

/** A lock without keys is requested as all keys are. */
function keyOf(place: Place): string {
  return isKey(place) ? place : ALL;
}

/** How long an action waits before it makes its request. */
export function delayOf({ waitTimeout }: Conditions): number {
  return waitTimeout === Infinity ? 0 : waitTimeout;
}
