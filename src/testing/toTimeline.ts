import { labelOf } from './checkScenario.js';
import type { Ask, LaneRecord } from './playLane.js';
import { runScenario, type StateEvent } from './runScenario.js';
import type { LaneScript, Scenario, StateMark } from './Scenario.js';
import type { Lane, LaneOutcome, Timeline, TimelineState } from './Timeline.js';
import { lanesOf } from './timelineOf.js';

/**
 * Runs a scenario under `traceLock`, and makes the picture of what came of it, whatever its block
 * expects: when each request was made, granted and released is what the trace tells.
 *
 * @example
 * ```ts
 * import { drawTimeline, parseScenario, toTimeline } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 *
 * B read
 *   source  b--|
 *   holds   ---^--!
 *   result  ---b--|
 * `;
 * const scenario = parseScenario(block, { file: 'tokens.md', line: 1 });
 * const svg = drawTimeline(toTimeline('A refresh and a request', scenario));
 * console.log(svg.startsWith('<svg')); // true
 * ```
 *
 * @param title - what stands above the picture
 * @param scenario - what {@link parseScenario} has read
 * @returns what {@link drawTimeline} draws
 * @see {@link timelineOf} for the picture of a trace
 */
export function toTimeline(title: string, scenario: Scenario): Timeline {
  const { trace, lanes: records, states } = runScenario(scenario, true);
  const traced = lanesOf(trace, 0);
  const lanes = scenario.lanes.flatMap((script, i) =>
    toLanes(script, records[i] as LaneRecord, traced),
  );
  const { state, input } = scenario.lock;
  const [end] = input;
  const frames = [
    ...lanes.flatMap(({ requested, granted, ended }) => [requested, granted, ended]),
    ...records.flatMap(({ result }) => result.map(({ frame }) => frame)),
    ...states.map(({ frame }) => frame),
    end?.frame,
  ].filter((frame) => frame !== undefined);
  return {
    title,
    end: Math.max(0, ...frames) + 1,
    lanes,
    ...(state && { states: states.map((event, i) => toState(event, state.value[i])) }),
    ...(end && { input: { at: end.frame, kind: end.symbol === '|' ? 'complete' : 'error' } }),
  };
}

/** Writes the version where the block does. */
function toState({ frame, state }: StateEvent, expected: StateMark | undefined): TimelineState {
  return { at: frame, label: labelOf(state, expected?.label.includes('@')) };
}

/** A lane for each request of a lane of the block. */
function toLanes(
  script: LaneScript,
  record: LaneRecord,
  traced: ReadonlyMap<number, Lane>,
): Lane[] {
  const { name, mode, note } = script;
  return record.asks.map((ask, i) => {
    // Who was refused at once is in no trace.
    const { frame, id = NaN, values } = ask;
    const lane = traced.get(id) ?? { mode, requested: frame, ended: frame };
    const outcome = outcomeOf(script, record, ask, lane);
    return {
      ...lane,
      label: record.asks.length > 1 ? `${name} ${i + 1}` : name,
      ...(note && { note }),
      ...(outcome && { outcome }),
      values: values.map(({ frame, symbol }) => ({ at: frame, text: symbol })),
    };
  });
}

function outcomeOf(
  { kind }: LaneScript,
  { result }: LaneRecord,
  { isAction, outcome }: Ask,
  { granted, ended }: Pick<Lane, 'granted' | 'ended'>,
): LaneOutcome | undefined {
  if (outcome || ended === undefined || isAction) return outcome;
  // It was cut short: by the consumer, by an operator below, or by its lock. What the consumer of
  // `each` sees need not come of this one.
  const known = kind === 'each' && granted !== undefined ? [] : result;
  const seen = known.filter(({ frame }) => frame === ended).at(-1)?.symbol;
  // A request that was replaced or dropped completes without a grant.
  if (seen === '|') return granted === undefined ? 'cancelled' : 'completed';
  return seen === '#' ? 'errored' : 'cancelled';
}
