import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  KeyedReadWriteLock,
  type Lease,
  type LockEvent,
  type LockLike,
  type LockState,
  ReadWriteLock,
  type ReadWriteLockOptions,
  traceLock,
} from '../index.js';
import { localDriver, RemoteReadWriteLock } from '../remote/index.js';
import type { Mark } from './diagram.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
import { named, POLICIES, SCHEDULERS } from './named.js';
import { type LaneRecord, playLane, type Stage } from './playLane.js';
import { ProcessDriver } from './ProcessDriver.js';
import type { LaneScript, LockScript, Scenario } from './Scenario.js';

/** What happened in a scenario. */
export interface Outcome {
  readonly states: readonly StateEvent[];
  /** The states of the engine, if several processes share the lock. */
  readonly engine: readonly StateEvent[];
  /** In the order of the lanes. */
  readonly lanes: readonly LaneRecord[];
  /** The events of `traceLock`; none if the lock was not traced. */
  readonly trace: readonly LockEvent[];
}

/** Makes the lock of a scenario. */
export type NewLock = (options: ReadWriteLockOptions) => ReadWriteLock;

/** What a lock emitted: a state, or `|` or `#` at its end. */
export interface StateEvent {
  readonly frame: number;
  readonly state: LockState | '|' | '#';
}

/**
 * Runs a scenario with the real lock and operators in virtual time, where a frame is 1 ms.
 *
 * @param traced - whether to trace the lock
 * @param newLock - makes a lock without keys
 */
export function runScenario(
  scenario: Scenario,
  traced = false,
  newLock: NewLock = (options) => new ReadWriteLock(options),
): Outcome {
  // Its own assertions are not used: checkScenario compares row by row.
  const scheduler = new TestScheduler(() => undefined);
  return scheduler.run((helpers) => {
    const { lock, forKey, processes } = makeLock(scenario, newLock);
    const lenders = new Set(scenario.lanes.map(({ of }) => of));
    const stage = {
      ...helpers,
      scheduler,
      lock,
      forKey,
      forProcess: (name: string) => (processes.get(name) as Process).lock,
      lenders,
      leases: new Map<string, Lease>(),
      coalescing: new Map<string, LockLike>(),
      untraced: { last: undefined },
    };
    const { lock: script } = scenario;
    const trace = traced ? traceOf(stage, processes) : [];
    const states = playLock(stage, script, processes);
    const lanes = scenario.lanes.map((lane) => playLane(stage, lane));
    flush(helpers, scenario.lock.place);
    return {
      states: script.remote ? [] : states,
      engine: script.remote ? states : [],
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

function traceOf(
  { scheduler, lock, untraced }: Stage,
  processes: ReadonlyMap<string, Process>,
): LockEvent[] {
  const trace: LockEvent[] = [];
  const locks = processes.size > 0 ? [...processes.values()].map(({ lock }) => lock) : [lock];
  for (const [i, traced] of locks.entries()) {
    // Each process counts its own requests.
    const idOf = (id: number) => id * locks.length + i;
    const others = new Set<number>();
    traceLock(traced, scheduler).subscribe({
      next({ id, blockedBy, ...event }) {
        if (event.label === 'elsewhere') others.add(id);
        if (others.has(id)) return;
        const blockers = blockedBy.filter((blocker) => blocker > 1 && !others.has(blocker));
        const ids = processes.size > 0 ? blockers.map(idOf) : blockedBy;
        trace.push({ ...event, id: idOf(id), blockedBy: ids });
        // Only live and yielding lanes have a label.
        if (event.type !== 'requested' || event.label !== undefined || !untraced.last) return;
        untraced.last.id = trace.length - 1;
        untraced.last = undefined;
      },
      // The block itself has failed the lock.
      error: () => undefined,
    });
  }
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

/** A process of a scenario: its lock, and its way to the engine. */
interface Process {
  readonly lock: ReadWriteLock;
  readonly driver: ProcessDriver;
}

interface Made extends Pick<Stage, 'lock' | 'forKey'> {
  /** By their names; none if the lock is not shared. */
  readonly processes: ReadonlyMap<string, Process>;
}

function makeLock({ lock: script, lanes }: Scenario, newLock: NewLock): Made {
  const { policy, maxWaiting, scheduler, keyed, remote, place } = script;
  const options = {
    policy: named(POLICIES, 'policy', policy, place),
    ...(maxWaiting !== undefined && { maxWaiting }),
    ...(scheduler && { scheduler: named(SCHEDULERS, 'scheduler', scheduler, place) }),
  };
  const processes = new Map<string, Process>();
  const locks = new KeyedReadWriteLock<string>(options);
  if (keyed) return { lock: locks.all, forKey: (key) => locks.for(key), processes };
  const forKey = () => {
    throw new MarbleSyntaxError(place, 'a lane with a key needs "lock <policy> keyed"');
  };
  if (!remote) return { lock: newLock(options), forKey, processes };
  const engine = new ReadWriteLock();
  const shared = localDriver(engine);
  const { grants, time, linger } = script;
  for (const { in: name = '' } of lanes) {
    if (processes.has(name)) continue;
    const driver = new ProcessDriver(shared);
    const cohort = { grants, time, linger };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it has the same methods
    processes.set(name, { driver, lock: new RemoteReadWriteLock(driver, { ...options, cohort }) });
  }
  return { lock: engine, forKey, processes };
}

function playLock(
  { scheduler, lock }: Stage,
  { input, state, engine, lose, fail, place }: LockScript,
  processes: ReadonlyMap<string, Process>,
): StateEvent[] {
  const events: StateEvent[] = [];
  const note = (state: StateEvent['state']) => events.push({ frame: scheduler.now(), state });
  if (state ?? engine)
    lock.subscribe({ next: note, error: () => note('#'), complete: () => note('|') });
  for (const { frame, symbol } of input)
    scheduler.schedule(() => (symbol === '|' ? lock.complete() : lock.error('error')), frame);
  const each = (marks: readonly Mark[], act: (driver: ProcessDriver) => void) => {
    for (const { frame, symbol } of marks) {
      const process = processes.get(symbol);
      if (!process) throw new MarbleSyntaxError(place, `no lane is in the process "${symbol}"`);
      scheduler.schedule(() => act(process.driver), frame);
    }
  };
  each(lose, (driver) => driver.lose(new Error('the lease was lost')));
  each(fail, (driver) => {
    driver.fail(new Error('the engine has failed'));
    driver.mend();
  });
  return events;
}
