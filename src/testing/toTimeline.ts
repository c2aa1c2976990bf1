import { type Mark, parseDiagram, type Window } from './diagram.js';
import type { LaneScript, Scenario } from './Scenario.js';
import type { Lane, LaneOutcome, Timeline } from './Timeline.js';

/**
 * Makes the picture of a scenario: what its block says, not what came of it.
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
  const { state, input } = scenario.lock;
  const lanes = scenario.lanes.flatMap(toLanes);
  const states = state?.value.map(({ frame, label }) => ({ at: frame, label })) ?? [];
  const [end] = input;
  const frames = [
    ...lanes.flatMap(({ asked, granted, ended }) => [asked, granted, ended]),
    ...scenario.lanes.flatMap(({ result }) => result.value.map(({ frame }) => frame)),
    ...[...states].map(({ at }) => at),
    end?.frame,
  ].filter((frame) => frame !== undefined);
  return {
    title,
    end: Math.max(...frames) + 1,
    lanes,
    ...(states.length > 0 && { states }),
    ...(end && { input: { at: end.frame, kind: end.symbol === '|' ? 'complete' : 'error' } }),
  };
}

/** A lane asks once for each of its holds, and where it has none, once in vain. */
function toLanes(lane: LaneScript): Lane[] {
  if (lane.on) return toActions(lane);
  const asked = requests(lane);
  return asked.map((frame, i) => ({
    label: asked.length > 1 ? `${lane.name}${i + 1}` : lane.name,
    mode: lane.mode,
    ...(lane.note && { note: lane.note }),
    asked: frame,
    ...ending(lane, frame, lane.holds.value[i]),
  }));
}

/** On a gate as its scheduler a lane holds for a moment: once, or for each notification. */
function toActions(lane: LaneScript): Lane[] {
  const { name, mode, note, asks, holds, result, place } = lane;
  const [subscribed] = holds.value;
  const sent = parseDiagram(lane.source, place);
  const moments =
    lane.on === 'subscribeOn'
      ? [{ asked: asks.start, at: subscribed?.start, text: '' }]
      : sent.map(({ frame, symbol }, i) => ({
          asked: asks.start + frame,
          at: result.value[i]?.frame,
          text: symbol,
        }));
  return moments.map(({ asked, at, text }, i) => ({
    label: moments.length > 1 ? `${name}${i + 1}` : name,
    mode,
    note,
    asked,
    ...(at !== undefined && { granted: at, ended: at }),
    values: at !== undefined && /\w/.test(text) ? [{ at, text }] : [],
  }));
}

function requests({ kind, asks, source, holds, repeat, place }: LaneScript): number[] {
  if (kind === 'each')
    return values(parseDiagram(source, place)).map(({ frame }) => asks.start + frame);
  const again = repeat === undefined ? [] : holds.value.slice(0, -1).map(({ end }) => end ?? 0);
  return [asks.start, ...again];
}

type Ending = Pick<Lane, 'granted' | 'ended' | 'outcome' | 'values'>;

function ending(lane: LaneScript, asked: number, hold: Window | undefined): Ending {
  const { asks, result } = lane;
  if (!hold) {
    const ended = asks.end ?? result.value.find(({ symbol }) => symbol === '#')?.frame;
    const outcome = asks.end === undefined ? 'errored' : 'cancelled';
    return {
      values: [],
      ...(ended !== undefined && ended >= asked && { ended, outcome }),
    } as const;
  }
  const { start, end } = hold;
  const inside = result.value.filter(({ frame }) => frame >= start && frame <= (end ?? Infinity));
  const emitted = lane.kind === 'each' ? innerValues(lane, hold) : values(inside);
  return {
    granted: start,
    values: emitted.map(({ frame, symbol }) => ({ at: frame, text: symbol })),
    ...(end !== undefined && { ended: end, outcome: outcomeOf(lane, end) }),
  };
}

function outcomeOf({ asks, result, kind }: LaneScript, end: number): LaneOutcome {
  if (result.value.some(({ frame, symbol }) => symbol === '#' && frame === end)) return 'errored';
  return asks.end === end && kind !== 'acquire' ? 'cancelled' : 'completed';
}

/** The results of overlapping holds mingle, so each hold is given the values of its own source. */
function innerValues({ inner, place }: LaneScript, { start, end = Infinity }: Window) {
  return values(parseDiagram(inner, place))
    .map(({ frame, symbol }) => ({ frame: start + frame, symbol }))
    .filter(({ frame }) => frame <= end);
}

function values(marks: readonly Mark[]): Mark[] {
  return marks.filter(({ symbol }) => !'|#^!'.includes(symbol));
}
