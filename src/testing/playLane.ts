import {
  defer,
  finalize,
  map,
  Observable,
  of,
  repeat,
  type SchedulerAction,
  type SchedulerLike,
  Subscription,
  take,
  tap,
} from 'rxjs';
import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  type Gate,
  type Lease,
  type LockLike,
  type LockMode,
  type RequestOptions,
  type ReadWriteLock,
  withLiveReadLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  type WriteLease,
} from '../index.js';
import type { Mark, Window } from './diagram.js';
import { MarbleSyntaxError } from './MarbleSyntaxError.js';
import { named, ON_GATE } from './named.js';
import type { LaneScript } from './Scenario.js';
import type { LaneOutcome } from './Timeline.js';

/** What came of a lane. */
export interface LaneRecord {
  readonly holds: readonly Window[];
  readonly result: readonly Mark[];
  /** The name of the error, where there was one. */
  readonly error: string | undefined;
  readonly asks: readonly Ask[];
}

/** A request of a lane, as the lane knows it. */
export interface Ask {
  readonly frame: number;
  /** Whether it is that of an action on the gate. */
  readonly isAction: boolean;
  /** Its number in the trace; none where it was refused, or where nothing is traced. */
  readonly id: number | undefined;
  /** What the consumer saw of this one. */
  readonly values: readonly Mark[];
  /** How what it was granted for ended, where that did so by itself. */
  readonly outcome: LaneOutcome | undefined;
}

/** Where lanes play: a lock in virtual time. */
export interface Stage extends RunHelpers {
  readonly scheduler: TestScheduler;
  /** The lock, or that of all keys. */
  readonly lock: ReadWriteLock;
  readonly forKey: (key: string) => LockLike;
  /** The lanes through whose leases others ask, and these leases. */
  readonly lenders: ReadonlySet<string | undefined>;
  readonly leases: Map<string, Lease>;
  /** The request that is on its way to the lock, until the trace tells of it. */
  readonly asking: { last: OpenAsk | undefined };
}

interface OpenAsk extends Ask {
  id: number | undefined;
  readonly values: Mark[];
  outcome: LaneOutcome | undefined;
}

interface OpenWindow extends Window {
  end: number | undefined;
}

/** What is known of a lane while it plays. */
interface OpenRecord extends LaneRecord {
  readonly holds: OpenWindow[];
  readonly result: Mark[];
  error: string | undefined;
  readonly asks: OpenAsk[];
  /** The request under which something is sent to the consumer at this moment. */
  sending: OpenAsk | undefined;
}

const OPERATORS = {
  read: withReadLock,
  upgradable: withUpgradableLock,
  write: withWriteLock,
} as Record<LockMode, typeof withReadLock>;

const GATES = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

/** Plays a lane; what comes of it is in the record once the time of the stage has run. */
export function playLane(stage: Stage, lane: LaneScript): LaneRecord {
  const { scheduler } = stage;
  const { start, end } = lane.request;
  const record: OpenRecord = {
    holds: [],
    result: [],
    error: undefined,
    asks: [],
    sending: undefined,
  };
  const note = (symbol: string) => {
    const mark = { frame: scheduler.now(), symbol };
    record.result.push(mark);
    return mark;
  };
  const subscription = new Subscription();
  scheduler.schedule(() => {
    const consumer = below(lane, ask(stage, lane, record)).subscribe({
      next(symbol) {
        const mark = note(symbol);
        record.sending?.values.push(mark);
      },
      error(reason: unknown) {
        note('#');
        record.error = reason instanceof Error ? reason.name : String(reason);
      },
      complete: () => note('|'),
    });
    subscription.add(consumer);
  }, start);
  if (end !== undefined) scheduler.schedule(() => subscription.unsubscribe(), end);
  return record;
}

/** What a lane subscribes: its source behind the lock. */
function ask(stage: Stage, lane: LaneScript, record: OpenRecord): Observable<string> {
  const { kind, mode, on, above, source, inner, name, place } = lane;
  const cold = (text: string): Observable<string> => stage.cold(text);
  const operator = OPERATORS[mode];
  const options = optionsOf(stage, lane);
  const lock = lockOf(stage, lane);
  const gate: Gate = lock[GATES[mode]];
  const onGate = (operator: string) =>
    named(ON_GATE, 'operator', operator, place)(asLane(stage, record, gate));
  if (on) return watch(stage, cold(source), record).pipe(onGate(on));
  if (kind === 'each') {
    const asks$ = cold(source).pipe(map(() => newAsk(stage, record)));
    return asks$.pipe(operator(lock, (ask) => watch(stage, cold(inner), record, ask), options));
  }
  if (kind === 'live') {
    const read$ = defer(() => watch(stage, cold(source), record, addAsk(stage, record)));
    // It makes its requests itself; in a trace they are known by their label.
    return read$.pipe(withLiveReadLock(lock, { ...options, label: name }));
  }
  return defer(() => {
    const ask = newAsk(stage, record);
    if (kind === 'acquire') return acquire(stage, lane, gate.acquire(options), record, ask);
    const held = watch(stage, cold(source), record, ask);
    if (above) return held.pipe(onGate(above), operator(lock, options));
    if (!stage.lenders.has(name)) return held.pipe(operator(lock, options));
    const lend = (_: unknown, lease: Lease) => {
      stage.leases.set(name, lease);
      return held;
    };
    return of(0).pipe(operator(lock, lend, options));
  });
}

function newAsk(stage: Stage, record: OpenRecord, isAction = false): OpenAsk {
  const ask = addAsk(stage, record, isAction);
  stage.asking.last = ask;
  return ask;
}

function addAsk({ scheduler }: Stage, { asks }: OpenRecord, isAction = false): OpenAsk {
  const frame = scheduler.now();
  const ask = { frame, isAction, id: undefined, values: [], outcome: undefined };
  asks.push(ask);
  return ask;
}

/** A gate whose actions are known to be those of a lane. */
function asLane(stage: Stage, record: OpenRecord, gate: Gate): SchedulerLike {
  return {
    now: () => gate.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T) {
      const ask = newAsk(stage, record, true);
      const noted = function (this: SchedulerAction<T>, state: T) {
        sendUnder(record, ask, () => work.call(this, state));
      };
      return gate.schedule(noted, delay, state);
    },
  };
}

function sendUnder(record: OpenRecord, ask: OpenAsk | undefined, send: () => void): void {
  const { sending } = record;
  record.sending = ask;
  send();
  record.sending = sending;
}

/** What a lane asks: the lock, or the lease of another lane. */
function lockOf({ lock, forKey, leases }: Stage, { of, key, place }: LaneScript): LockLike {
  if (key !== undefined) return forKey(key);
  if (of === undefined) return lock;
  const lease = leases.get(of);
  if (!lease) throw new MarbleSyntaxError(place, `"${of}" has no lease yet`);
  return lease;
}

function optionsOf({ scheduler }: Stage, { options, abort }: LaneScript): RequestOptions {
  if (abort === undefined) return options;
  const controller = new AbortController();
  const { signal } = controller;
  const wait = abort - scheduler.now();
  if (wait < 0) controller.abort('aborted');
  else scheduler.schedule(() => controller.abort('aborted'), wait);
  return { ...options, signal };
}

function acquire(
  stage: Stage,
  lane: LaneScript,
  lease$: Observable<Lease>,
  { holds }: OpenRecord,
  ask: OpenAsk,
): Observable<string> {
  return lease$.pipe(
    map((lease) => {
      const start = stage.scheduler.now();
      holds.push({ start, end: undefined });
      ask.values.push({ frame: start, symbol: 'L' });
      useLease(stage, lane, lease as WriteLease);
      return 'L';
    }),
    tap({ complete: () => (ask.outcome = 'completed') }),
    finalize(() => closeLast(stage, holds)),
  );
}

/**
 * Releases and downgrades a lease in the frames that the lane says, or at once where these are
 * over.
 */
function useLease({ scheduler, leases }: Stage, lane: LaneScript, lease: WriteLease): void {
  const { name, release, downgrade } = lane;
  leases.set(name, lease);
  const at = (frame: number, use: () => void) =>
    scheduler.schedule(use, Math.max(0, frame - scheduler.now()));
  if (release !== undefined) at(release, () => lease.release());
  if (downgrade) at(downgrade.frame, () => lease.downgrade(downgrade.mode as 'read'));
}

function below({ take: count, repeat: times }: LaneScript, lane$: Observable<string>) {
  const taken = count === undefined ? lane$ : lane$.pipe(take(count));
  return times === undefined ? taken : taken.pipe(repeat(times));
}

/**
 * Notes when a source is subscribed, what it sends under which request, and when its teardown has
 * run.
 */
function watch(
  { scheduler }: Stage,
  source: Observable<string>,
  record: OpenRecord,
  ask?: OpenAsk,
): Observable<string> {
  const ends = (outcome: LaneOutcome) => {
    if (ask) ask.outcome = outcome;
  };
  return new Observable((subscriber) => {
    const window: OpenWindow = { start: scheduler.now(), end: undefined };
    record.holds.push(window);
    const watched = source.subscribe({
      next(symbol) {
        sendUnder(record, ask, () => subscriber.next(symbol));
      },
      error(error: unknown) {
        ends('errored');
        subscriber.error(error);
      },
      complete() {
        ends('completed');
        subscriber.complete();
      },
    });
    subscriber.add(watched);
    subscriber.add(() => (window.end = scheduler.now()));
  });
}

function closeLast({ scheduler }: Stage, holds: OpenWindow[]): void {
  const last = holds.at(-1);
  if (last) last.end ??= scheduler.now();
}
