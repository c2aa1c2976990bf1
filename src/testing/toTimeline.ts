import { greatest } from '../devtools/greatest.js';
import { framesOf, type Lane, type Timeline } from '../devtools/Timeline.js';
import { lanesOf } from '../devtools/timelineOf.js';
import { labelOf } from './checkScenario.js';
import type { LaneRecord, LaneRequest } from './playLane.js';
import { runScenario } from './runScenario.js';
import type { LaneScript, Scenario } from './Scenario.js';

/**
 * Runs a scenario and makes a timeline of what happened, whatever its block expects. When each
 * request was made, granted and released is known from the trace.
 */
export function toTimeline(title: string, scenario: Scenario): Timeline {
  const { trace, lanes: records, states } = runScenario(scenario, true);
  const traced = lanesOf(trace, 0);
  const lanes = scenario.lanes.flatMap((script, i) =>
    toLanes(script, records[i] as LaneRecord, traced),
  );
  const { state, input } = scenario.lock;
  const [end] = input;
  const timeline: Timeline = {
    title,
    end: Math.max(0, greatest(records.flatMap(({ result }) => result.map(({ frame }) => frame)))),
    lanes,
    // The version is written if the block writes it.
    states: states.map(({ frame, state: actual }, i) => ({
      at: frame,
      label: labelOf(actual, state?.value[i]?.label.includes('@')),
    })),
    ...(end && { input: { at: end.frame, kind: end.symbol === '|' ? 'complete' : 'error' } }),
  };
  return { ...timeline, end: greatest(framesOf(timeline)) + 1 };
}

/** Makes a lane of the picture for each request of a lane of the block. */
function toLanes(
  script: LaneScript,
  record: LaneRecord,
  traced: ReadonlyMap<number, Lane>,
): Lane[] {
  const { name, mode, note } = script;
  return record.requests.map((request, i) => {
    // A request that was refused at once is not traced.
    const { frame, id = NaN, values } = request;
    const lane = traced.get(id) ?? { mode, requested: frame, ended: frame };
    const outcome = outcomeOf(script, record, request, lane);
    return {
      ...lane,
      label: record.requests.length > 1 ? `${name} ${i + 1}` : name,
      ...(note && { note }),
      ...(outcome && { outcome }),
      values: values.map(({ frame, symbol }) => ({ at: frame, text: symbol })),
    };
  });
}

function outcomeOf(
  { kind }: LaneScript,
  { result }: LaneRecord,
  { isAction, outcome }: LaneRequest,
  { granted, ended }: Pick<Lane, 'granted' | 'ended'>,
): Lane['outcome'] {
  if (outcome || ended === undefined || isAction) return outcome;
  // It was cut short: by the subscriber, by an operator below, or by its lock. What the subscriber of
  // `each` received may come from another request.
  const known = kind === 'each' && granted !== undefined ? [] : result;
  const seen = known.filter(({ frame }) => frame === ended).at(-1)?.symbol;
  // A request that was replaced or dropped completes without a grant.
  if (seen === '|') return granted === undefined ? 'cancelled' : 'completed';
  return seen === '#' ? 'errored' : 'cancelled';
}
