import type { LockEvent } from '../index.js';
import type { Mark } from './diagram.js';
import { type LaneRecord, runScenario } from './runScenario.js';
import type { LaneScript, Scenario } from './Scenario.js';
import type { Lane, LaneValue, Timeline } from './Timeline.js';
import { lanesOf } from './timelineOf.js';

/**
 * Runs a scenario under `traceLock`, and makes the picture of what it told. The values, and how
 * each hold ended, are those that the consumers saw; the states are named as the block names them.
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
  const trace: LockEvent[] = [];
  const records = runScenario(scenario, trace).lanes;
  const traced = lanesOf(trace, 0);
  const lanes = scenario.lanes.flatMap((script, i) =>
    toLanes(script, records[i] as LaneRecord, traced),
  );
  const { state, input } = scenario.lock;
  const states = state?.value.map(({ frame, label }) => ({ at: frame, label })) ?? [];
  const [end] = input;
  const frames = [
    ...lanes.flatMap(({ asked, granted, ended }) => [asked, granted, ended]),
    ...records.flatMap(({ result }) => result.map(({ frame }) => frame)),
    ...states.map(({ at }) => at),
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

/** The requests of a lane, with what its consumer saw of each. */
function toLanes(script: LaneScript, record: LaneRecord, traced: readonly Lane[]): Lane[] {
  const requests = traced.filter(({ label }) => label === script.name);
  const known = requests.length > 0 ? requests : refused(script, record);
  const holds = [...record.holds];
  return known.map((request, i) => {
    const hold = isWithin(request, holds[0]?.start) ? holds.shift() : undefined;
    const sent = script.on === 'observeOn' ? record.result.slice(i, i + 1) : (hold?.values ?? []);
    return {
      ...request,
      label: known.length > 1 ? `${script.name}${i + 1}` : script.name,
      ...(script.note && { note: script.note }),
      ...(!script.on && outcomeOf(script, record, request)),
      values: toValues(
        sent.filter((mark) => isWithin(request, mark.frame) && isSeen(mark, record)),
      ),
    };
  });
}

/** What is refused at once is in no trace. */
function refused({ name, mode }: LaneScript, { result }: LaneRecord): Lane[] {
  const at = result.find(({ symbol }) => symbol === '#')?.frame;
  return at === undefined ? [] : [{ label: name, mode, asked: at, ended: at, values: [] }];
}

function isWithin({ granted = Infinity, ended = Infinity }: Lane, frame = -Infinity): boolean {
  return frame >= granted && frame <= ended;
}

/** An operator below the source may keep a value back. */
function isSeen({ frame, symbol }: Mark, { result }: LaneRecord): boolean {
  return result.some((mark) => mark.frame === frame && mark.symbol === symbol);
}

function outcomeOf(script: LaneScript, record: LaneRecord, lane: Lane): Pick<Lane, 'outcome'> {
  const { asks, kind } = script;
  const { granted, ended } = lane;
  if (ended === undefined) return {};
  const failed = record.result.some(({ symbol, frame }) => symbol === '#' && frame === ended);
  const cancelled = granted === undefined || (asks.end === ended && kind !== 'acquire');
  return { outcome: failed ? 'errored' : cancelled ? 'cancelled' : 'completed' };
}

function toValues(marks: readonly Mark[]): LaneValue[] {
  return marks
    .filter(({ symbol }) => /\w/.test(symbol))
    .map(({ frame, symbol }) => ({ at: frame, text: symbol }));
}
