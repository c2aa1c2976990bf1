import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  KeyedReadWriteLock,
  type Lease,
  type LockEvent,
  type LockLike,
  type LockState,
  ReadWriteLock,
  traceLock,
} from '../index.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
import { named, POLICIES, SCHEDULERS } from './named.js';
import { type LaneRecord, playLane, type Stage } from './playLane.js';
import type { LaneScript, LockScript, Scenario } from './Scenario.js';

/** What happened in a scenario. */
export interface Outcome {
  readonly states: readonly StateEvent[];
  /** In the order of the lanes. */
  readonly lanes: readonly LaneRecord[];
  /** The events of `traceLock`; none if the lock was not traced. */
  readonly trace: readonly LockEvent[];
}

/** What a lock emitted: a state, or `|` or `#` at its end. */
export interface StateEvent {
  readonly frame: number;
  readonly state: LockState | '|' | '#';
}

/**
 * Runs a scenario with the real lock and operators in virtual time, where a frame is 1 ms.
 *
 * @param traced - whether to trace the lock
 */
export function runScenario(scenario: Scenario, traced = false): Outcome {
  // Its own assertions are not used: checkScenario compares row by row.
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
      coalescing: new Map<string, LockLike>(),
      untraced: { last: undefined },
    };
    const trace = traced ? traceOf(stage) : [];
    const states = playLock(stage, scenario.lock);
    const lanes = scenario.lanes.map((lane) => playLane(stage, lane));
    flush(helpers, scenario.lock.place);
    return {
      states,
      lanes: lanes.map((lane, i) => withTrace(lane, scenario.lanes[i], trace)),
      trace,
    };
  });
}

/** Lets the time pass. An error that nothing handles, such as that of an action, ends the run. */
function flush(helpers: RunHelpers, { file, line }: Place): void {
  try {
    helpers.flush();
  } catch (cause) {
    if (cause instanceof MarbleSyntaxError) throw cause;
    throw new Error(`${file}:${line}: this error was not handled: ${String(cause)}`, { cause });
  }
}

function traceOf({ scheduler, lock, untraced }: Stage): LockEvent[] {
  const trace: LockEvent[] = [];
  traceLock(lock, scheduler).subscribe({
    next(event) {
      trace.push(event);
      // Only live and yielding lanes have a label.
      if (event.type !== 'requested' || event.label !== undefined || !untraced.last) return;
      untraced.last.id = trace.length - 1;
      untraced.last = undefined;
    },
    // The block itself has failed the lock.
    error: () => undefined,
  });
  return trace;
}

/** The record of a live or yielding lane, with the requests that the trace tells of. */
function withTrace(
  record: LaneRecord,
  lane: LaneScript | undefined,
  trace: readonly LockEvent[],
): LaneRecord {
  if (lane?.kind !== 'live' && lane?.kind !== 'yielding') return record;
  const made = [...trace.entries()].filter(
    ([, { type, label }]) => type === 'requested' && label === lane.name,
  );
  const requests = made.map(([id, { time: frame }], i) => {
    // The last one may have been cancelled while it waited.
    const run = record.requests[i] ?? { isAction: false, values: [], outcome: undefined };
    return { ...run, id, frame };
  });
  return { ...record, requests };
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
