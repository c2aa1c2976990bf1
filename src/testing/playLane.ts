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
import type { Lane } from '../devtools/Timeline.js';
import {
  drop,
  type Gate,
  latest,
  type Lease,
  type LockLike,
  type LockMode,
  type RequestOptions,
  type ReadWriteLock,
  withLiveReadLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
  type WriteLease,
} from '../index.js';
import type { Mark } from './diagram.js';
import { MarbleSyntaxError } from './MarbleSyntaxError.js';
import { named, ON_GATE } from './named.js';
import type { LaneScript } from './Scenario.js';

/** What a lane did. Its fields are filled as the time of the stage passes. */
export interface LaneRecord {
  readonly holds: { readonly start: number; end: number | undefined }[];
  readonly result: Mark[];
  /** The name of the error at the end of the result, if there is one. */
  error: string | undefined;
  readonly requests: LaneRequest[];
  /** The request that a value comes from, while it is emitted. */
  emitting: LaneRequest | undefined;
}

/** A request of a lane, as the lane knows it. */
export interface LaneRequest {
  readonly frame: number;
  /** Whether it was made by an action on the gate. */
  readonly isAction: boolean;
  /** The index of its `requested` event in the trace; undefined if it was refused, or if nothing is traced. */
  id: number | undefined;
  /** The values that the subscriber of the lane received from this request. */
  readonly values: Mark[];
  /** How its source or its lease ended, unless it was cut short. */
  outcome: Lane['outcome'];
}

/** Where lanes play: a lock in virtual time. */
export interface Stage extends RunHelpers {
  readonly scheduler: TestScheduler;
  /** The lock, or that of all keys. */
  readonly lock: ReadWriteLock;
  readonly forKey: (key: string) => LockLike;
  readonly forProcess: (name: string) => LockLike;
  /** The lanes through whose leases other lanes request the lock, and these leases. */
  readonly lenders: ReadonlySet<string | undefined>;
  readonly leases: Map<string, Lease>;
  /** The gates that coalesce, by the words that they are made of. */
  readonly coalescing: Map<string, LockLike>;
  /** The request made last, until its `requested` event arrives. */
  readonly untraced: { last: LaneRequest | undefined };
}

const OPERATORS = {
  read: withReadLock,
  upgradable: withUpgradableLock,
  write: withWriteLock,
} as Record<LockMode, typeof withReadLock>;

const GATES = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

/** Schedules what a lane does. Its record is complete once the time of the stage has passed. */
export function playLane(stage: Stage, lane: LaneScript): LaneRecord {
  const { scheduler } = stage;
  const { start, end } = lane.request;
  const record: LaneRecord = {
    holds: [],
    result: [],
    error: undefined,
    requests: [],
    emitting: undefined,
  };
  const note = (symbol: string) => {
    const mark = { frame: scheduler.now(), symbol };
    record.result.push(mark);
    return mark;
  };
  const subscription = new Subscription();
  scheduler.schedule(() => {
    const subscriber = below(lane, locked(stage, lane, record)).subscribe({
      next(symbol) {
        const mark = note(symbol);
        record.emitting?.values.push(mark);
      },
      error(reason: unknown) {
        note('#');
        record.error = reason instanceof Error ? reason.name : String(reason);
      },
      complete: () => note('|'),
    });
    subscription.add(subscriber);
  }, start);
  if (end !== undefined) scheduler.schedule(() => subscription.unsubscribe(), end);
  return record;
}

/** Builds the Observable of a lane: its source under the lock, or the lease. */
function locked(stage: Stage, lane: LaneScript, record: LaneRecord): Observable<string> {
  const { kind, mode, on, above, source, inner, name, place } = lane;
  const cold = (text: string): Observable<string> => stage.cold(text);
  const operator = OPERATORS[mode];
  const options = optionsOf(stage, lane);
  const lock = coalescingOf(stage, lane);
  const gate: Gate = lock[GATES[mode]];
  const onGate = (operator: string) =>
    named(ON_GATE, 'operator', operator, place)(asLane(stage, record, gate));
  if (on) return watch(stage, cold(source), record).pipe(onGate(on));
  if (kind === 'each') {
    return cold(source).pipe(
      map(() => newRequest(stage, record)),
      operator(lock, (request) => watch(stage, cold(inner), record, request), options),
    );
  }
  if (kind === 'live' || kind === 'yielding') {
    const run$ = defer(() => watch(stage, cold(source), record, newRun(stage, record)));
    // It makes its requests itself: they are known by their label in the trace.
    const labelled = { ...options, label: name };
    if (kind === 'live') return run$.pipe(withLiveReadLock(lock, labelled));
    return run$.pipe(withYieldingReadLock(lock, { ...labelled, restarts: lane.restarts }));
  }
  return defer(() => {
    const request = newRequest(stage, record);
    if (kind === 'acquire') return acquire(stage, lane, gate.acquire(options), record, request);
    const held = watch(stage, cold(source), record, request);
    if (above) return held.pipe(onGate(above), operator(lock, options));
    if (!stage.lenders.has(name)) return held.pipe(operator(lock, options));
    const lend = (_: unknown, lease: Lease) => {
      stage.leases.set(name, lease);
      return held;
    };
    return of(0).pipe(operator(lock, lend, options));
  });
}

function newRequest(stage: Stage, record: LaneRecord, isAction = false): LaneRequest {
  const request = newRun(stage, record, isAction);
  stage.untraced.last = request;
  return request;
}

function newRun({ scheduler }: Stage, { requests }: LaneRecord, isAction = false): LaneRequest {
  const frame = scheduler.now();
  const request = { frame, isAction, id: undefined, values: [], outcome: undefined };
  requests.push(request);
  return request;
}

/** Wraps a gate so that the actions on it are recorded as requests of a lane. */
function asLane(stage: Stage, record: LaneRecord, gate: Gate): SchedulerLike {
  return {
    now: () => gate.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T) {
      const request = newRequest(stage, record, true);
      const recorded = function (this: SchedulerAction<T>, state: T) {
        emitFrom(record, request, () => work.call(this, state));
      };
      return gate.schedule(recorded, delay, state);
    },
  };
}

function emitFrom(record: LaneRecord, request: LaneRequest | undefined, emit: () => void): void {
  const { emitting } = record;
  record.emitting = request;
  emit();
  record.emitting = emitting;
}

/** Finds the lock that a lane requests: the whole lock, that of a key, or the lease of a lane. */
function lockOf(
  { lock, forKey, forProcess, leases }: Stage,
  { of, key, in: process, place }: LaneScript,
): LockLike {
  if (key !== undefined) return forKey(key);
  if (of === undefined) return process === undefined ? lock : forProcess(process);
  const lease = leases.get(of);
  if (!lease) throw new MarbleSyntaxError(place, `"${of}" has no lease yet`);
  return lease;
}

/** The lock of a lane, or one with the gate that coalesces in place of each of its gates. */
function coalescingOf(stage: Stage, lane: LaneScript): LockLike {
  const lock = lockOf(stage, lane);
  const { coalesces, key = '', of = '', in: process = '' } = lane;
  if (!coalesces) return lock;
  const wrap = { latest, drop }[coalesces];
  const name = [coalesces, key, of, process].join(' ');
  const found = stage.coalescing.get(name);
  if (found) return found;
  const { reader, upgradable, writer } = lock;
  const made = { reader: wrap(reader), upgradable: wrap(upgradable), writer: wrap(writer) };
  stage.coalescing.set(name, made);
  return made;
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
  { holds }: LaneRecord,
  request: LaneRequest,
): Observable<string> {
  return lease$.pipe(
    map((lease) => {
      const start = stage.scheduler.now();
      holds.push({ start, end: undefined });
      request.values.push({ frame: start, symbol: 'L' });
      useLease(stage, lane, lease as WriteLease);
      return 'L';
    }),
    tap({ complete: () => (request.outcome = 'completed') }),
    finalize(() => closeLast(stage, holds)),
  );
}

/** Releases and downgrades a lease in the frames that the lane names; past frames mean at once. */
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

/** Records when a source is subscribed, what it emits, and when its teardown has run. */
function watch(
  { scheduler }: Stage,
  source: Observable<string>,
  record: LaneRecord,
  request?: LaneRequest,
): Observable<string> {
  const end = (outcome: Lane['outcome']) => {
    if (request) request.outcome = outcome;
  };
  return new Observable((subscriber) => {
    const hold: LaneRecord['holds'][number] = { start: scheduler.now(), end: undefined };
    record.holds.push(hold);
    const watched = source.subscribe({
      next(symbol) {
        emitFrom(record, request, () => subscriber.next(symbol));
      },
      error(error: unknown) {
        end('errored');
        subscriber.error(error);
      },
      complete() {
        end('completed');
        emitFrom(record, request, () => subscriber.complete());
      },
    });
    subscriber.add(watched);
    subscriber.add(() => (hold.end = scheduler.now()));
  });
}

function closeLast({ scheduler }: Stage, holds: LaneRecord['holds']): void {
  const last = holds.at(-1);
  if (last) last.end ??= scheduler.now();
}
