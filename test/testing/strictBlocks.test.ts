import { config } from 'rxjs';
import { checkScenario } from '../../src/testing/checkScenario.js';
import { parseScenario } from '../../src/testing/parseScenario.js';

const LANES = `
A read LANE
  request ^
  source  --a|
  holds   ^--!
  result  --a|

B upgradable acquire
  release --!
  holds   ^-!
  result  L-|
`;

const parse = (text: string) => parseScenario(text, { file: 'a.md', line: 1 });

const block = (lane: string, lock = 'fifo') => `lock ${lock}${LANES.replace(' LANE', lane)}`;

it('accepts the block that the others are made from', () => {
  expect(() => checkScenario(parse(block('')))).not.toThrow();
  expect(() =>
    checkScenario(parse(block(' take=5 ifAvailable', 'fifo maxWaiting=2'))),
  ).not.toThrow();
});

it.each([
  [' of', '"of" needs the name of a lane'],
  [' of Z', 'unknown lane "Z"'],
  [' of B key=b', `a lane can't have both "of" and "key"`],
  [' key', '"key" has no value'],
  [' key=', '"key" has no value'],
  [' ifAvailable=false', '"ifAvailable" takes no value'],
  [' take=1=2', 'take must be a whole number from 0, got "1=2"'],
  [' take=1 take=5', 'a second option "take"'],
  [' take=1.5', 'take must be a whole number from 0, got "1.5"'],
  [' repeat=-1', 'repeat must be a whole number from 0, got "-1"'],
  [' waitTimeout=-1', 'waitTimeout must be a number from 0, got "-1"'],
  [' priority=Infinity', 'priority must be a finite number, got "Infinity"'],
  [' restarts=1', 'a lane that restarts is "<name> read yielding"'],
  [' on=', '"on" has no value'],
  [' on=toString', 'unknown operator "toString"; known: observeOn, subscribeOn'],
  [' above=map', 'unknown operator "map"'],
  [' on=observeOn priority=3', `a lane with "on" can't have "priority"`],
  [' on=observeOn above=observeOn', `a lane with "on" can't have "above"`],
  [' acquire on=observeOn', `a lane with "on" can't have "acquire"`],
  [' live on=observeOn', `a lane with "on" can't have "live"`],
])('refuses a lane that is A read%s', (lane, message) => {
  expect(() => parse(block(lane))).toThrow(`a.md:2: ${message}`);
});

it.each([
  ['constructor', 'unknown policy "constructor"'],
  ['fifo scheduler=', '"scheduler" has no value'],
  ['fifo scheduler=toString', 'unknown scheduler "toString"'],
  ['fifo keyed=no', '"keyed" takes no value'],
  ['fifo maxWaiting=1 maxWaiting=2', 'a second option "maxWaiting"'],
  ['fifo maxWaiting=-1', 'maxWaiting must be a whole number from 0, got "-1"'],
  ['fifo maxWaiting=1.5', 'maxWaiting must be a whole number from 0, got "1.5"'],
])('refuses a lock that is %s', (lock, message) => {
  expect(() => parse(block('', lock))).toThrow(`a.md:1: ${message}`);
});

it.each([
  ['request ^', 'request', 'a.md:3: the row "request" needs a ^'],
  ['source  --a|', 'source  --a|-b', 'a.md:4: there is something after the end in --a|-b'],
  ['source  --a|', 'source  --(a|#)', 'a.md:4: there is something after the end in --(a|#)'],
  ['result  --a|', 'result  --#a', 'a.md:6: there is something after the end in --#a'],
  ['release --!', 'downgrade -w', 'a.md:9: the row "downgrade" must be one r or u, got -w'],
  ['release --!', 'downgrade -u', "a.md:9: upgradable can't be downgraded to upgradable"],
  [
    'release --!',
    'release --!\n  downgrade ---r',
    'a.md:10: the downgrade comes after the release',
  ],
])('refuses %s replaced by %s', (row, wrong, message) => {
  // Diagrams stay in their column.
  const wide = block('').replaceAll(/^ {2}(\w+) +/gm, (_, word: string) => `  ${word.padEnd(10)}`);
  const [keyword = '', text = ''] = row.split(/ +/);
  const written = wrong
    .split('\n')
    .map((line) => line.trim().split(/ +/))
    .map(([word = '', diagram = '']) => `  ${word.padEnd(10)}${diagram}`)
    .join('\n');
  const old = `  ${keyword.padEnd(10)}${text}`;
  expect(wide).toContain(old);
  expect(() => parse(wide.replace(old, written))).toThrow(message);
});

it.each([
  ['a=-@0 b=r a=w', 'a second meaning of "a"'],
  ['a=wr/@@ b=r', '"a=wr/@@" does not name a state'],
])('refuses states named by %s', (where, message) => {
  const states = `lock fifo\n  state   ab\n  where   ${where}\n`;
  expect(() => parse(states)).toThrow(`a.md:3: ${message}`);
});

it('refuses a live lane that does not read', () => {
  const text = 'lock fifo\n\nA write live\n  source  a|\n  holds   ^!\n  result  a\n';
  expect(() => parse(text)).toThrow('a.md:3: a live lane is "<name> read live"');
});

it('reports another error at the line that names it', () => {
  const text = `lock fifo

A read
  source  --#
  holds   ^-!
  result  --#
  error   LockClosedError
`;
  expect(() => checkScenario(parse(text))).toThrow('a.md:7: A error');
});

it('names the line of a block in which nothing handles an error', () => {
  const text = `lock fifo
  input   --#

A write on=observeOn
  source  ---a|
  holds   ^---!
  result
`;
  const { onUnhandledError } = config;
  config.onUnhandledError = null;
  try {
    expect(() => checkScenario(parse(text))).toThrow('a.md:1: this error was not handled: error');
  } finally {
    config.onUnhandledError = onUnhandledError;
  }
});
