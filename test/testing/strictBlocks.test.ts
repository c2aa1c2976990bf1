import { config } from 'rxjs';
import { checkScenario, parseScenario } from 'rxjs-rwlock/testing';

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
  [' of', '"of" names no lane'],
  [' of Z', 'there is no lane "Z"'],
  [' of B key=b', 'a lane requests through the lease of a lane or of a key, not of both'],
  [' key', '"key" has no value'],
  [' key=', '"key" has no value'],
  [' ifAvailable=false', '"ifAvailable" takes no value'],
  [' take=1=2', '"1=2" is no number for take'],
  [' take=1 take=5', 'a second option "take"'],
  [' take=1.5', '"1.5" is no number for take'],
  [' repeat=-1', '"-1" is no number for repeat'],
  [' waitTimeout=-1', '"-1" is no number for waitTimeout'],
  [' priority=Infinity', '"Infinity" is no number for priority'],
  [' on=', '"on" has no value'],
  [' on=toString', 'unknown operator "toString"'],
  [' above=map', 'unknown operator "map"'],
  [' on=observeOn priority=3', 'an action on a gate has no "priority"'],
  [' on=observeOn above=observeOn', 'an action on a gate has no "above"'],
  [' acquire on=observeOn', 'an action on a gate has no "acquire"'],
  [' live on=observeOn', 'an action on a gate has no "live"'],
])('refuses a lane that is A read%s', (lane, message) => {
  expect(() => parse(block(lane))).toThrow(`a.md:2: ${message}`);
});

it.each([
  ['constructor', 'unknown policy "constructor"'],
  ['fifo scheduler=', '"scheduler" has no value'],
  ['fifo scheduler=toString', 'unknown scheduler "toString"'],
  ['fifo keyed=no', '"keyed" takes no value'],
  ['fifo maxWaiting=1 maxWaiting=2', 'a second option "maxWaiting"'],
  ['fifo maxWaiting=-1', '"-1" is no number for maxWaiting'],
  ['fifo maxWaiting=1.5', '"1.5" is no number for maxWaiting'],
])('refuses a lock that is %s', (lock, message) => {
  expect(() => parse(block('', lock))).toThrow(`a.md:1: ${message}`);
});

it.each([
  ['request ^', 'request', 'a.md:3: the row "request" holds ^, and ! where it is unsubscribed'],
  ['source  --a|', 'source  --a|-b', 'a.md:4: nothing comes behind the end in --a|-b'],
  ['source  --a|', 'source  --(a|#)', 'a.md:4: nothing comes behind the end in --(a|#)'],
  ['result  --a|', 'result  --#a', 'a.md:6: nothing comes behind the end in --#a'],
  ['release --!', 'downgrade -w', 'a.md:9: a downgrade is to one of r and u, not -w'],
  ['release --!', 'downgrade -u', 'a.md:9: upgradable can not be downgraded to upgradable'],
  [
    'release --!',
    'release --!\n  downgrade ---r',
    'a.md:10: it is downgraded when it has been released',
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
    expect(() => checkScenario(parse(text))).toThrow('a.md:1: nobody handles this error: error');
  } finally {
    config.onUnhandledError = onUnhandledError;
  }
});
