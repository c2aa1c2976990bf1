import {
  asapScheduler,
  asyncScheduler,
  finalize,
  map,
  type MonoTypeOperatorFunction,
  Observable,
  observeOn,
  of,
  repeat,
  type SchedulerLike,
  subscribeOn,
  Subscription,
  take,
  tap,
} from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  fifo,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockEvent,
  type LockLike,
  type LockMode,
  type LockPolicy,
  type LockState,
  phaseFair,
  readersFirst,
  ReadWriteLock,
  type RequestOptions,
  traceLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  type WriteLease,
  writersFirst,
} from '../index.js';
import type { Mark, Window } from './diagram.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
import type { LaneScript, LockScript, Scenario } from './Scenario.js';

/** What came of a scenario. */
export interface Outcome {
  readonly states: readonly StateEvent[];
  /** In the order of the lanes. */
  readonly lanes: readonly LaneRecord[];
}

/** Something that a lock emitted: a state, or `|` or `#` at its end. */
export interface StateEvent {
  readonly frame: number;
  readonly state: LockState | '|' | '#';
}

/** What came of a lane. */
export interface LaneRecord {
  readonly holds: readonly Hold[];
  readonly result: readonly Mark[];
  /** The name of the error, where there was one. */
  readonly error: string | undefined;
}

/** When a source was subscribed under the lock, and what it emitted there. */
export interface Hold extends Window {
  readonly values: readonly Mark[];
}

const POLICIES: Record<string, LockPolicy> = { fifo, phaseFair, readersFirst, writersFirst };

const SCHEDULERS: Record<string, SchedulerLike> = { async: asyncScheduler, asap: asapScheduler };

const OPERATORS = {
  read: withReadLock,
  upgradable: withUpgradableLock,
  write: withWriteLock,
} as Record<LockMode, typeof withReadLock>;

const ON_GATE: Record<string, (gate: SchedulerLike) => MonoTypeOperatorFunction<string>> = {
  observeOn,
  subscribeOn,
};

const GATES = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

/**
 * Runs a scenario against the real lock and operators, in virtual time: a frame is 1 ms.
 *
 * @param trace - where it is given, the lock is traced, and each event is added under the name of
 * the lane that asked
 */
export function runScenario(scenario: Scenario, trace?: LockEvent[]): Outcome {
  // The scheduler's own assertions are not used: outcomes are compared row by row elsewhere.
  const scheduler = new TestScheduler(() => undefined);
  return scheduler.run((helpers) => {
    const { lock, forKey } = makeLock(scenario.lock);
    const lenders = new Set(scenario.lanes.map(({ of }) => of));
    const stage = {
      ...helpers,
      scheduler,
      lock,
      forKey,
      lenders,
      leases: new Map<string, Lease>(),
      acting: { name: undefined },
    };
    if (trace) traceUnderNames(stage, trace);
    const states = playLock(stage, scenario.lock);
    const lanes = scenario.lanes.map((lane) => playLane(stage, lane));
    helpers.flush();
    return { states, lanes: lanes.map((outcome) => outcome()) };
  });
}

interface Stage extends RunHelpers {
  readonly scheduler: TestScheduler;
  /** The lock, or that of all keys. */
  readonly lock: ReadWriteLock;
  readonly forKey: (key: string) => LockLike;
  /** The lanes through whose leases others ask, and these leases. */
  readonly lenders: ReadonlySet<string | undefined>;
  readonly leases: Map<string, Lease>;
  /** The lane that has scheduled on a gate last: such a request has no label. */
  readonly acting: { name: string | undefined };
}

function traceUnderNames({ scheduler, lock, acting }: Stage, trace: LockEvent[]): void {
  traceLock(lock, scheduler).subscribe({
    next: (event) => trace.push({ ...event, label: event.label ?? acting.name }),
    // The lock has been failed on purpose.
    error: () => undefined,
  });
}

function makeLock(script: LockScript): Pick<Stage, 'lock' | 'forKey'> {
  const { policy, maxWaiting, scheduler, keyed, place } = script;
  const options = {
    policy: named(POLICIES, 'policy', policy, place),
    ...(maxWaiting !== undefined && { maxWaiting }),
    ...(scheduler && { scheduler: named(SCHEDULERS, 'scheduler', scheduler, place) }),
  };
  const locks = new KeyedReadWriteLock<string>(options);
  if (keyed) return { lock: locks.all, forKey: (key) => locks.for(key) };
  const noKeys = () => {
    throw new MarbleSyntaxError(place, 'a lane with a key needs "lock <policy> keyed"');
  };
  return { lock: new ReadWriteLock(options), forKey: noKeys };
}

function named<T>(known: Record<string, T>, what: string, name: string, place: Place): T {
  const value = known[name];
  if (!value) throw new MarbleSyntaxError(place, `unknown ${what} "${name}"`);
  return value;
}

function playLock({ scheduler, lock }: Stage, { input, state }: LockScript): StateEvent[] {
  const events: StateEvent[] = [];
  const note = (state: StateEvent['state']) => events.push({ frame: scheduler.now(), state });
  if (state) lock.subscribe({ next: note, error: () => note('#'), complete: () => note('|') });
  for (const { frame, symbol } of input)
    scheduler.schedule(() => (symbol === '|' ? lock.complete() : lock.error('error')), frame);
  return events;
}

function playLane(stage: Stage, lane: LaneScript): () => LaneRecord {
  const { scheduler } = stage;
  const { start, end } = lane.asks;
  const holds: OpenHold[] = [];
  const result: Mark[] = [];
  let error: string | undefined;
  const note = (symbol: string) => result.push({ frame: scheduler.now(), symbol });
  const subscription = new Subscription();
  scheduler.schedule(() => {
    const consumer = below(lane, ask(stage, lane, holds)).subscribe({
      next: note,
      error(reason: unknown) {
        note('#');
        error = reason instanceof Error ? reason.name : String(reason);
      },
      complete: () => note('|'),
    });
    subscription.add(consumer);
  }, start);
  if (end !== undefined) scheduler.schedule(() => subscription.unsubscribe(), end);
  return () => ({ holds, result, error });
}

interface OpenHold extends Hold {
  end: number | undefined;
  readonly values: Mark[];
}

/** What a lane subscribes: its source behind the lock. */
function ask(stage: Stage, lane: LaneScript, holds: OpenHold[]): Observable<string> {
  const cold = (text: string): Observable<string> => stage.cold(text);
  const operator = OPERATORS[lane.mode];
  const options = optionsOf(stage, lane);
  const lock = lockOf(stage, lane);
  if (lane.kind === 'acquire') return acquire(stage, lane, lock[GATES[lane.mode]], options, holds);
  const held = (text: string) => watch(stage, cold(text), holds);
  const onGate = (name: string) =>
    held(lane.source).pipe(
      named(ON_GATE, 'operator', name, lane.place)(asLane(stage, lane, lock[GATES[lane.mode]])),
    );
  if (lane.on) return onGate(lane.on);
  if (lane.above) return onGate(lane.above).pipe(operator(lock, options));
  if (lane.kind === 'each')
    return cold(lane.source).pipe(operator(lock, () => held(lane.inner), options));
  if (!stage.lenders.has(lane.name)) return held(lane.source).pipe(operator(lock, options));
  const lend = (_: unknown, lease: Lease) => {
    stage.leases.set(lane.name, lease);
    return held(lane.source);
  };
  return of(0).pipe(operator(lock, lend, options));
}

/** A gate that tells which lane has scheduled on it. */
function asLane({ acting }: Stage, { name }: LaneScript, gate: Gate): SchedulerLike {
  return {
    now: () => gate.now(),
    schedule(work, delay, state) {
      acting.name = name;
      return gate.schedule(work, delay, state);
    },
  };
}

/** What a lane asks: the lock, or the lease of another lane. */
function lockOf({ lock, forKey, leases }: Stage, { of, key, place }: LaneScript): LockLike {
  if (key !== undefined) return forKey(key);
  if (of === undefined) return lock;
  const lease = leases.get(of);
  if (!lease) throw new MarbleSyntaxError(place, `"${of}" has no lease yet`);
  return lease;
}

function optionsOf({ scheduler }: Stage, script: LaneScript): RequestOptions {
  const { abort, name } = script;
  const options = { ...script.options, label: name };
  if (abort === undefined) return options;
  const controller = new AbortController();
  scheduler.schedule(() => controller.abort('aborted'), abort - scheduler.now());
  return { ...options, signal: controller.signal };
}

function acquire(
  stage: Stage,
  lane: LaneScript,
  gate: Gate,
  options: RequestOptions,
  holds: OpenHold[],
): Observable<string> {
  return gate.acquire(options).pipe(
    map((lease) => showLease(stage, lane, lease as WriteLease, holds)),
    finalize(() => closeLast(stage, holds)),
  );
}

/** Shows a lease as `L`; releases and downgrades it in the frames that the lane says. */
function showLease(stage: Stage, lane: LaneScript, lease: WriteLease, holds: OpenHold[]) {
  const { release, downgrade } = lane;
  const start = stage.scheduler.now();
  holds.push({ start, end: undefined, values: [{ frame: start, symbol: 'L' }] });
  stage.leases.set(lane.name, lease);
  if (release !== undefined) stage.scheduler.schedule(() => lease.release(), release - start);
  if (downgrade) {
    const { frame, mode } = downgrade;
    stage.scheduler.schedule(() => lease.downgrade(mode as 'read'), frame - start);
  }
  return 'L';
}

function below({ take: count, repeat: times }: LaneScript, lane$: Observable<string>) {
  const taken = count === undefined ? lane$ : lane$.pipe(take(count));
  return times === undefined ? taken : taken.pipe(repeat(times));
}

/** Notes when a source is subscribed, what it emits and when its teardown has run. */
function watch({ scheduler }: Stage, source: Observable<string>, holds: OpenHold[]) {
  return new Observable<string>((subscriber) => {
    const hold: OpenHold = { start: scheduler.now(), end: undefined, values: [] };
    holds.push(hold);
    const note = tap((symbol: string) => hold.values.push({ frame: scheduler.now(), symbol }));
    subscriber.add(source.pipe(note).subscribe(subscriber));
    subscriber.add(() => (hold.end = scheduler.now()));
  });
}

function closeLast({ scheduler }: Stage, holds: OpenHold[]): void {
  const last = holds.at(-1);
  if (last) last.end ??= scheduler.now();
}
