export { checkScenario, MarbleMismatchError } from './checkScenario.js';
export type { Mark, Window } from './diagram.js';
export { expectLock, type LockExpectation } from './expectLock.js';
export { formatState } from './formatState.js';
export {
  type HasLockState,
  type LockMatchers,
  lockMatchers,
  type MatcherResult,
} from './lockMatchers.js';
export { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
export { occupyLock } from './occupyLock.js';
export { parseScenario } from './parseScenario.js';
export { type Block, type Chapter, readChapter } from './readChapter.js';
export { checkMarbles, runMarbles, type TestRunner } from './runMarbles.js';
export type {
  Expected,
  LaneKind,
  LaneScript,
  LockScript,
  Scenario,
  StateMark,
} from './Scenario.js';
export { toTimeline } from './toTimeline.js';
