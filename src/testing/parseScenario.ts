import type { LockMode } from '../index.js';
import { parseDiagram, parseWindow } from './diagram.js';
import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';
import type { LaneKind, LaneScript, LockScript, Scenario, StateMark } from './Scenario.js';
import { parseSections, type Row, rowsOf, type Section } from './sections.js';

const MODES: readonly string[] = ['read', 'upgradable', 'write'];
const KINDS: readonly string[] = ['each', 'acquire'];

/**
 * Reads a marble block.
 *
 * @example
 * ```ts
 * import { parseScenario } from 'rxjs-rwlock/testing';
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
 * const { lanes } = parseScenario(block, { file: 'tokens.md', line: 1 });
 * console.log(lanes.map(({ name, mode }) => `${name} ${mode}`).join()); // A write,B read
 * ```
 *
 * @param text - the block without its fences
 * @param first - where its first line stands
 * @throws MarbleSyntaxError with the file and line of the first mistake
 */
export function parseScenario(text: string, first: Place): Scenario {
  const [lock, ...lanes] = parseSections(text, first);
  if (lock?.words[0] !== 'lock')
    throw new MarbleSyntaxError(lock?.place ?? first, 'a block begins with a line "lock <policy>"');
  checkNames(lanes);
  const scenario = { lock: parseLock(lock), lanes: lanes.map(parseLane) };
  if (lanes.length === 0 && !scenario.lock.state)
    throw new MarbleSyntaxError(
      lock.place,
      'a block without a lane and without "state" says nothing',
    );
  return scenario;
}

function checkNames(lanes: readonly Section[]): void {
  const names = new Set<string | undefined>();
  for (const { words, place } of lanes) {
    if (names.has(words[0])) throw new MarbleSyntaxError(place, `a second lane "${words[0]}"`);
    names.add(words[0]);
  }
}

function parseLock(section: Section): LockScript {
  const { words, place } = section;
  const rows = rowsOf(section, ['input', 'state', 'where']);
  const input = rows.find('input');
  const state = rows.find('state');
  const where = rows.find('where');
  if (where && !state)
    throw new MarbleSyntaxError(where.place, 'the row "where" names the letters of a row "state"');
  const [, policy = 'fifo', ...options] = words;
  return {
    policy,
    place,
    ...parseOptions(options, LOCK_OPTIONS, place),
    input: input ? parseInput(input) : [],
    ...(state && { state: { value: parseStates(state, rows.need('where')), place: state.place } }),
  };
}

function parseInput({ text, place }: Row) {
  const marks = parseDiagram(text, place);
  for (const { symbol } of marks)
    if (symbol !== '|' && symbol !== '#')
      throw new MarbleSyntaxError(place, `the input of a lock is | or #, not ${symbol}`);
  return marks;
}

function parseStates({ text, place }: Row, where: Row): readonly StateMark[] {
  const labels = new Map([
    ['|', '|'],
    ['#', '#'],
  ]);
  for (const word of where.text.split(/\s+/)) {
    const [, symbol, label] = /^(\w)=([ruw/@|\d-]+)$/.exec(word) ?? [];
    if (!symbol || !label)
      throw new MarbleSyntaxError(where.place, `"${word}" does not name a state, as a=rr/w does`);
    labels.set(symbol, label);
  }
  return parseDiagram(text, place).map(({ frame, symbol }) => {
    const label = labels.get(symbol);
    if (!label) throw new MarbleSyntaxError(where.place, `the state "${symbol}" is not named`);
    return { frame, symbol, label };
  });
}

function parseLane(section: Section): LaneScript {
  const { words, place } = section;
  const [name = '', mode = '', ...rest] = words;
  if (!MODES.includes(mode))
    throw new MarbleSyntaxError(place, `"${mode}" is no mode: a lane is "<name> <mode>"`);
  const of = rest[0] === 'of' ? rest.splice(0, 2)[1] : undefined;
  const kind = KINDS.includes(rest[0] ?? '') ? (rest.shift() as LaneKind) : 'pipe';
  const { take, repeat, key, on, above, ...options } = parseOptions(rest, LANE_OPTIONS, place);
  return {
    name,
    mode: mode as LockMode,
    kind,
    place,
    note: words.slice(2).join(' '),
    ...(of !== undefined && { of }),
    ...(take !== undefined && { take }),
    ...(repeat !== undefined && { repeat }),
    ...(key && { key }),
    ...(on && { on }),
    ...(above && { above }),
    options,
    ...parseRows(section, kind),
  };
}

/** Reads words such as `take=1`; those that are known, and how each is read. */
function parseOptions<T extends Record<string, (text: string) => unknown>>(
  words: readonly string[],
  known: T,
  place: Place,
): { [K in keyof T]?: ReturnType<T[K]> } {
  const read = (word: string) => {
    const [key = '', text = ''] = word.split('=');
    const value = Object.hasOwn(known, key) ? known[key]?.(text) : undefined;
    if (value === undefined || Number.isNaN(value))
      throw new MarbleSyntaxError(place, `unknown option "${word}"`);
    return [key, value];
  };
  return Object.fromEntries(words.map(read)) as { [K in keyof T]?: ReturnType<T[K]> };
}

const number = (text: string) => (text === '' ? NaN : Number(text));
const LOCK_OPTIONS = { maxWaiting: number, scheduler: String, keyed: () => true };
const LANE_OPTIONS = {
  take: number,
  key: String,
  on: String,
  above: String,
  repeat: number,
  waitTimeout: number,
  priority: number,
  ifAvailable: () => true,
};

function parseRows(section: Section, kind: LaneKind) {
  const own = {
    pipe: ['source'],
    each: ['source', 'inner'],
    acquire: ['release', 'downgrade'],
  }[kind];
  const rows = rowsOf(section, ['asks', 'abort', ...own, 'holds', 'result', 'error'], ['holds']);
  const holds = rows.need('holds');
  const result = rows.need('result');
  const [abort, release] = [rows.find('abort'), rows.find('release')];
  const downgrade = rows.find('downgrade');
  const error = rows.find('error');
  const marks = parseDiagram(result.text, result.place);
  if (error && !marks.some(({ symbol }) => symbol === '#'))
    throw new MarbleSyntaxError(error.place, 'the row "error" names a # of the result');
  return {
    asks: windowOf(rows.find('asks')) ?? { start: 0, end: undefined },
    source: kind === 'acquire' ? '' : diagramOf(rows.need('source')),
    inner: kind === 'each' ? diagramOf(rows.need('inner')) : '',
    ...(abort && { abort: frameOf(abort) }),
    ...(release && { release: frameOf(release) }),
    ...(downgrade && { downgrade: downgradeOf(downgrade) }),
    holds: {
      value: rows.all('holds').flatMap((row) => windowOf(row) ?? []),
      place: holds.place,
    },
    result: { value: marks, place: result.place },
    error: error?.text ?? 'error',
  };
}

const windowOf = (row: Row | undefined) => row && parseWindow(row.text, row.place);

function diagramOf({ text, place }: Row): string {
  for (const { symbol } of parseDiagram(text, place))
    if (symbol === '^' || symbol === '!')
      throw new MarbleSyntaxError(place, `a source emits no ${symbol}`);
  return text;
}

function frameOf({ text, keyword, place }: Row): number {
  const [mark, ...more] = parseDiagram(text, place);
  if (mark?.symbol !== '!' || more.length > 0)
    throw new MarbleSyntaxError(place, `the row "${keyword}" holds one !, not ${text}`);
  return mark.frame;
}

function downgradeOf({ text, place }: Row): { frame: number; mode: LockMode } {
  const [mark, ...more] = parseDiagram(text, place);
  const mode = MODES.find((mode) => mode.startsWith(mark?.symbol ?? '-'));
  if (!mark || !mode || more.length > 0)
    throw new MarbleSyntaxError(place, `a downgrade is to one of r and u, not ${text}`);
  return { frame: mark.frame, mode: mode as LockMode };
}
