import { formatDiagram, formatWindow, type Mark, type Window } from './diagram.js';
import { formatState } from './formatState.js';
import { MarbleMismatchError } from './MarbleMismatchError.js';
import type { LaneRecord } from './playLane.js';
import { type NewLock, runScenario, type StateEvent } from './runScenario.js';
import type { Expected, LaneScript, Scenario, StateMark } from './Scenario.js';

/**
 * Runs a scenario and compares each row with what happened.
 *
 * @param newLock - makes a lock without keys
 * @throws MarbleMismatchError for the rows that differ
 */
export function checkScenario(scenario: Scenario, newLock?: NewLock): void {
  const outcome = runScenario(scenario, false, newLock);
  const mismatches = [
    ...checkStates('lock state', scenario.lock.state, outcome.states),
    ...checkStates('engine', scenario.lock.engine, outcome.engine),
    ...scenario.lanes.flatMap((lane, i) => checkLane(lane, outcome.lanes[i] as LaneRecord)),
  ];
  if (mismatches.length > 0) throw new MarbleMismatchError(mismatches.join('\n\n'));
}

function checkLane(lane: LaneScript, outcome: LaneRecord): string[] {
  const holds = compare(`${lane.name} holds`, lane.holds, outcome.holds, formatWindows);
  const result = compare(`${lane.name} result`, lane.result, outcome.result, formatDiagram);
  const named = compare(`${lane.name} error`, lane.error, outcome.error, (name) => name ?? 'none');
  // If the results differ, one may have no error, and the marbles show that already.
  return [...holds, ...result, ...(result.length > 0 ? [] : named)];
}

function checkStates(
  what: string,
  expected: Expected<readonly StateMark[]> | undefined,
  actual: readonly StateEvent[],
): string[] {
  if (!expected) return [];
  const marks = actual.map((event, i) => stateMark(event, expected.value[i]));
  const unnamed = actual
    .filter((_, i) => marks[i]?.symbol === '?')
    .map(({ state }) => labelOf(state));
  const mismatch = compare(
    what,
    { ...expected, value: expected.value.map(({ frame, symbol }) => ({ frame, symbol })) },
    marks,
    formatDiagram,
  );
  return mismatch.map((text) =>
    unnamed.length > 0 ? `${text}\n  ? is ${unnamed.join(', ')}` : text,
  );
}

/** Names an emitted state by the letter of the expected one, or by `?` if the two differ. */
function stateMark({ frame, state }: StateEvent, expected: StateMark | undefined): Mark {
  if (typeof state === 'string') return { frame, symbol: state };
  const agrees = expected?.label === labelOf(state, expected?.label.includes('@'));
  return { frame, symbol: agrees ? expected.symbol : '?' };
}

/** Writes a state, or the end of the states. */
export function labelOf(state: StateEvent['state'], withVersion = true): string {
  return typeof state === 'string' ? state : formatState(state, withVersion);
}

function compare<T>(
  what: string,
  expected: Expected<T>,
  actual: T,
  format: (value: T) => string,
): string[] {
  if (JSON.stringify(expected.value) === JSON.stringify(actual)) return [];
  const { file, line } = expected.place;
  return [
    `${file}:${line}: ${what}\n` +
      `  expected  ${format(expected.value) || '(nothing)'}\n` +
      `  actual    ${format(actual) || '(nothing)'}`,
  ];
}

function formatWindows(windows: readonly Window[]): string {
  return windows.map(formatWindow).join(' and ');
}
