import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  KeyedReadWriteLock,
  type Lease,
  type LockEvent,
  type LockState,
  ReadWriteLock,
  traceLock,
} from '../index.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
import { named, POLICIES, SCHEDULERS } from './named.js';
import { type LaneRecord, playLane, type Stage } from './playLane.js';
import type { LaneScript, LockScript, Scenario } from './Scenario.js';

/** What came of a scenario. */
export interface Outcome {
  readonly states: readonly StateEvent[];
  /** In the order of the lanes. */
  readonly lanes: readonly LaneRecord[];
  /** What `traceLock` told, where it was to be told. */
  readonly trace: readonly LockEvent[];
}

/** Something that a lock emitted: a state, or `|` or `#` at its end. */
export interface StateEvent {
  readonly frame: number;
  readonly state: LockState | '|' | '#';
}

/**
 * Runs a scenario against the real lock and operators, in virtual time: a frame is 1 ms.
 *
 * @param traced - whether the lock is traced
 */
export function runScenario(scenario: Scenario, traced = false): Outcome {
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
      asking: { last: undefined },
    };
    const trace = traced ? traceOf(stage) : [];
    const states = playLock(stage, scenario.lock);
    const lanes = scenario.lanes.map((lane) => playLane(stage, lane));
    flush(helpers, scenario.lock.place);
    const withReads = lanes.map((record, i) => withTrace(record, scenario.lanes[i], trace));
    return { states, lanes: withReads, trace };
  });
}

/** What has nobody to go to, as the error of an action on a lock that fails, ends the run. */
function flush(helpers: RunHelpers, { file, line }: Place): void {
  try {
    helpers.flush();
  } catch (cause) {
    if (cause instanceof MarbleSyntaxError) throw cause;
    throw new Error(`${file}:${line}: nobody handles this error: ${String(cause)}`, { cause });
  }
}

function traceOf({ scheduler, lock, asking }: Stage): LockEvent[] {
  const trace: LockEvent[] = [];
  traceLock(lock, scheduler).subscribe({
    next(event) {
      trace.push(event);
      // Only the requests of a live lane have a label. No lane has announced them.
      if (event.type !== 'requested' || event.label !== undefined || !asking.last) return;
      asking.last.id = event.id;
      asking.last = undefined;
    },
    // It is the block that has failed the lock.
    error: () => undefined,
  });
  return trace;
}

/** The record of a live lane, with the numbers that its requests have in the trace, in order. */
function withTrace(
  record: LaneRecord,
  lane: LaneScript | undefined,
  trace: readonly LockEvent[],
): LaneRecord {
  if (lane?.kind !== 'live') return record;
  const made = trace.filter(({ type, label }) => type === 'requested' && label === lane.name);
  const asks = made.map(({ id, time: frame }, i) => {
    // The last one may have been cancelled while it waited.
    const read = record.asks[i] ?? { isAction: false, values: [], outcome: undefined };
    return { ...read, id, frame };
  });
  return { ...record, asks };
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

function playLock({ scheduler, lock }: Stage, { input, state }: LockScript): StateEvent[] {
  const events: StateEvent[] = [];
  const note = (state: StateEvent['state']) => events.push({ frame: scheduler.now(), state });
  if (state) lock.subscribe({ next: note, error: () => note('#'), complete: () => note('|') });
  for (const { frame, symbol } of input)
    scheduler.schedule(() => (symbol === '|' ? lock.complete() : lock.error('error')), frame);
  return events;
}
