import type { LockMode } from '../index.js';
import { parseDiagram, parseMarks, parseWindow, type Window } from './diagram.js';
import { STATE } from './lettersOf.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
import { named, ON_GATE, POLICIES, SCHEDULERS } from './named.js';
import type { LaneKind, LaneScript, LockScript, Scenario, StateMark } from './Scenario.js';
import { parseSections, type Row, rowsOf, type Section } from './sections.js';

const MODES: readonly string[] = ['read', 'upgradable', 'write'];
const KINDS: readonly string[] = ['each', 'live', 'yielding', 'acquire'];

/**
 * Reads a marbles block.
 *
 * @param text - the block without its fences
 * @param first - the place of its first line
 * @throws MarbleSyntaxError for the first mistake
 */
export function parseScenario(text: string, first: Place): Scenario {
  const [lock, ...lanes] = parseSections(text, first);
  if (lock?.words[0] !== 'lock')
    throw new MarbleSyntaxError(lock?.place ?? first, 'a block begins with a line "lock <policy>"');
  checkNames(lanes);
  const scenario = { lock: parseLock(lock), lanes: lanes.map(parseLane) };
  for (const { in: process, place } of scenario.lanes)
    if ((process !== undefined) !== (scenario.lock.remote ?? false))
      throw new MarbleSyntaxError(place, 'a lane has "in=<process>" if the lock is "remote"');
  if (lanes.length === 0 && !scenario.lock.state)
    throw new MarbleSyntaxError(lock.place, 'a block needs a lane or a row "state"');
  return scenario;
}

function checkNames(lanes: readonly Section[]): void {
  const names = lanes.map(({ words }) => words[0]);
  for (const [i, { words, place }] of lanes.entries()) {
    const [name, , of, lender] = words;
    if (names.indexOf(name) < i) throw new MarbleSyntaxError(place, `a second lane "${name}"`);
    if (of !== 'of') continue;
    if (lender === undefined) throw new MarbleSyntaxError(place, '"of" needs the name of a lane');
    if (!names.includes(lender)) throw new MarbleSyntaxError(place, `unknown lane "${lender}"`);
  }
}

function parseLock(section: Section): LockScript {
  const { words, place } = section;
  const rows = rowsOf(section, ['input', 'lose', 'fail', 'state', 'engine', 'where']);
  const input = rows.find('input');
  const state = rows.find('state');
  const engine = rows.find('engine');
  const [lose, fail] = [rows.find('lose'), rows.find('fail')];
  const where = rows.find('where');
  if (where && !state && !engine)
    throw new MarbleSyntaxError(where.place, 'the row "where" needs a row "state"');
  const [, policy = 'fifo', ...rest] = words;
  const options = parseOptions(rest, LOCK_OPTIONS, place);
  named(POLICIES, 'policy', policy, place);
  const apart = options.remote ? [state, input] : [engine, lose, fail];
  for (const row of apart)
    if (row)
      throw new MarbleSyntaxError(
        row.place,
        `a lock that is ${options.remote ? '' : 'not '}"remote" has no row "${row.keyword}"`,
      );
  if (options.scheduler) named(SCHEDULERS, 'scheduler', options.scheduler, place);
  return {
    policy,
    place,
    ...options,
    input: input ? parseInput(input) : [],
    lose: lose ? parseDiagram(lose.text, lose.place) : [],
    fail: fail ? parseDiagram(fail.text, fail.place) : [],
    ...(engine && {
      engine: { value: parseStates(engine, rows.need('where')), place: engine.place },
    }),
    ...(state && { state: { value: parseStates(state, rows.need('where')), place: state.place } }),
  };
}

function parseInput({ text, place }: Row) {
  const marks = parseDiagram(text, place);
  for (const { symbol } of marks)
    if (symbol !== '|' && symbol !== '#')
      throw new MarbleSyntaxError(place, `the input of a lock is | or #, got ${symbol}`);
  return marks;
}

function parseStates({ text, place }: Row, where: Row): readonly StateMark[] {
  const labels = new Map<string, string>();
  for (const word of where.text.split(/\s+/)) {
    const [, symbol, label] = /^(\w)=(.+)$/.exec(word) ?? [];
    if (!symbol || !label || !STATE.test(label))
      throw new MarbleSyntaxError(where.place, `"${word}" does not name a state; expected a=rr/w`);
    if (labels.has(symbol))
      throw new MarbleSyntaxError(where.place, `a second meaning of "${symbol}"`);
    labels.set(symbol, label);
  }
  return parseMarks(text, place).map(({ frame, symbol }) => {
    const label = '|#'.includes(symbol) ? symbol : labels.get(symbol);
    if (!label) throw new MarbleSyntaxError(where.place, `the state "${symbol}" has no meaning`);
    return { frame, symbol, label };
  });
}

function parseLane(section: Section): LaneScript {
  const { words, place } = section;
  const [name = '', mode = '', ...rest] = words;
  if (!MODES.includes(mode))
    throw new MarbleSyntaxError(
      place,
      `"${mode}" is not a mode: a lane begins with "<name> <mode>"; known: ${MODES.join(', ')}`,
    );
  const of = rest[0] === 'of' ? rest.splice(0, 2)[1] : undefined;
  const kind = KINDS.includes(rest[0] ?? '') ? (rest.shift() as LaneKind) : 'pipe';
  const {
    take,
    repeat,
    restarts,
    key,
    in: process,
    on,
    above,
    latest,
    drop,
    ...options
  } = parseOptions(rest, LANE_OPTIONS, place);
  if (kind === 'live' && mode !== 'read')
    throw new MarbleSyntaxError(place, 'a live lane is "<name> read live"');
  if (kind === 'yielding' ? mode !== 'read' : restarts !== undefined)
    throw new MarbleSyntaxError(place, 'a lane that restarts is "<name> read yielding"');
  if (of !== undefined && key !== undefined)
    throw new MarbleSyntaxError(place, `a lane can't have both "of" and "key"`);
  if (latest && drop)
    throw new MarbleSyntaxError(place, `a lane can't have both "latest" and "drop"`);
  for (const operator of [on, above]) if (operator) named(ON_GATE, 'operator', operator, place);
  if (on !== undefined) checkAction({ above, ...options }, section, kind);
  return {
    name,
    mode: mode as LockMode,
    kind,
    place,
    note: words.slice(2).join(' '),
    ...(of !== undefined && { of }),
    ...(take !== undefined && { take }),
    ...(repeat !== undefined && { repeat }),
    ...(restarts !== undefined && { restarts }),
    ...(key && { key }),
    ...(process && { in: process }),
    ...(on && { on }),
    ...(above && { above }),
    ...(latest && { coalesces: 'latest' }),
    ...(drop && { coalesces: 'drop' }),
    options,
    ...parseRows(section, kind, mode),
  };
}

/** Refuses conditions of a lane with `on`: an action on a gate is a request without any. */
function checkAction(options: object, { place, rows }: Section, kind: LaneKind): void {
  const conditions = [
    ...KINDS.filter((word) => word === kind),
    ...Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : name)),
    ...rows.map(({ keyword }) => keyword).filter((keyword) => keyword === 'abort'),
  ];
  if (conditions[0] !== undefined)
    throw new MarbleSyntaxError(place, `a lane with "on" can't have "${conditions[0]}"`);
}

/** Reads the text after the `=` of an option, or calls `fail` with what is wrong with it. */
type Read<T> = (text: string | undefined, key: string, fail: (why: string) => never) => T;

/** Reads words such as `take=1`; `known` has a function for each option that reads its value. */
function parseOptions<T>(
  words: readonly string[],
  known: { readonly [K in keyof T]: Read<T[K]> },
  place: Place,
): Partial<T> {
  const fail = (why: string): never => {
    throw new MarbleSyntaxError(place, why);
  };
  const options: Partial<T> = {};
  for (const word of words) {
    const [name = '', text] = word.split(/=(.*)/);
    if (!Object.hasOwn(known, name)) fail(`unknown option "${word}"`);
    if (Object.hasOwn(options, name)) fail(`a second option "${name}"`);
    const key = name as keyof T;
    options[key] = known[key](text, name, fail);
  }
  return options;
}

const word: Read<string> = (text = '', key, fail) =>
  text === '' ? fail(`"${key}" has no value`) : text;
const flag: Read<boolean> = (text, key, fail) =>
  text === undefined || fail(`"${key}" takes no value`);
const number =
  (what: string, fits: (value: number) => boolean): Read<number> =>
  (text = '', key, fail) =>
    text !== '' && fits(Number(text))
      ? Number(text)
      : fail(`${key} must be ${what}, got "${text}"`);
const count = number('a whole number from 0', (value) => Number.isInteger(value) && value >= 0);

const LOCK_OPTIONS = {
  maxWaiting: count,
  scheduler: word,
  keyed: flag,
  remote: flag,
  grants: count,
  time: count,
  linger: count,
};
const LANE_OPTIONS = {
  take: count,
  key: word,
  in: word,
  on: word,
  above: word,
  latest: flag,
  drop: flag,
  repeat: count,
  restarts: count,
  waitTimeout: number('a number from 0', (value) => value >= 0),
  priority: number('a finite number', Number.isFinite),
  ifAvailable: flag,
};

function parseRows(section: Section, kind: LaneKind, mode: string) {
  const own = {
    pipe: ['source'],
    each: ['source', 'inner'],
    live: ['source'],
    yielding: ['source'],
    acquire: ['release', 'downgrade'],
  }[kind];
  const rows = rowsOf(section, ['request', 'abort', ...own, 'holds', 'result', 'error'], ['holds']);
  const holds = rows.need('holds');
  const result = rows.need('result');
  const [abort, release] = ['abort', 'release'].map((keyword) => frameOf(rows.find(keyword)));
  const downgrade = downgradeOf(rows.find('downgrade'), mode, release);
  const error = rows.find('error');
  const marks = parseMarks(result.text, result.place);
  const fails = marks.at(-1)?.symbol === '#';
  if (error && !fails)
    throw new MarbleSyntaxError(error.place, 'the row "error" needs a # in the result');
  return {
    request: requestOf(rows.find('request')),
    source: kind === 'acquire' ? '' : diagramOf(rows.need('source')),
    inner: kind === 'each' ? diagramOf(rows.need('inner')) : '',
    ...(abort !== undefined && { abort }),
    ...(release !== undefined && { release }),
    ...(downgrade && { downgrade }),
    holds: {
      value: rows.all('holds').flatMap((row) => windowOf(row) ?? []),
      place: holds.place,
    },
    result: { value: marks, place: result.place },
    error: { value: fails ? (error?.text ?? 'error') : undefined, place: (error ?? result).place },
  };
}

const windowOf = ({ text, place }: Row) => parseWindow(text, place);

function requestOf(row: Row | undefined): Window {
  if (!row) return { start: 0, end: undefined };
  const window = windowOf(row);
  if (window) return window;
  throw new MarbleSyntaxError(row.place, 'the row "request" needs a ^');
}

function diagramOf({ text, place }: Row): string {
  for (const { symbol } of parseMarks(text, place))
    if (symbol === '^' || symbol === '!')
      throw new MarbleSyntaxError(place, `a source can't contain ${symbol}`);
  return text;
}

function frameOf(row: Row | undefined): number | undefined {
  if (!row) return undefined;
  const { text, keyword, place } = row;
  const [mark, ...more] = parseDiagram(text, place);
  if (mark?.symbol !== '!' || more.length > 0)
    throw new MarbleSyntaxError(place, `the row "${keyword}" must be one !, got ${text}`);
  return mark.frame;
}

function downgradeOf(row: Row | undefined, from: string, release = Infinity) {
  if (!row) return undefined;
  const { text, place } = row;
  const [mark, ...more] = parseDiagram(text, place);
  const mode = { r: 'read', u: 'upgradable' }[mark?.symbol ?? ''] as LockMode | undefined;
  if (!mark || !mode || more.length > 0)
    throw new MarbleSyntaxError(place, `the row "downgrade" must be one r or u, got ${text}`);
  if (MODES.indexOf(mode) >= MODES.indexOf(from))
    throw new MarbleSyntaxError(place, `${from} can't be downgraded to ${mode}`);
  if (mark.frame > release)
    throw new MarbleSyntaxError(place, 'the downgrade comes after the release');
  return { frame: mark.frame, mode };
}
