import { checkScenario } from '../../src/testing/checkScenario.js';
import { parseScenario } from '../../src/testing/parseScenario.js';
import { readChapter } from '../../src/testing/readChapter.js';

const CORRECT = `lock fifo
  state   (ab)c-d---e
  where   a=-@0 b=r@0 c=r/w@0 d=w@0 e=-@1

A read
  source  --a---|
  holds   ^-----!
  result  --a---|

W write
  request ----^
  source  -w--#
  holds   ------^---!
  result  -------w--#
  error   error
`;

const check = (text: string) => checkScenario(parseScenario(text, { file: 'a.md', line: 10 }));

describe('a block that is right passes, and fails once a row is corrupted', () => {
  it('passes as it stands', () => {
    expect(() => check(CORRECT)).not.toThrow();
  });

  it.each([
    ['a hold that ends later', 'holds   ^-----!', 'holds   ^------!', 'A holds'],
    ['a hold that begins earlier', 'holds   ------^---!', 'holds   -----^----!', 'W holds'],
    ['a hold that is missing', 'holds   ------^---!', 'holds', 'W holds'],
    ['a value in another frame', 'result  --a---|', 'result  -a----|', 'A result'],
    ['another value', 'result  --a---|', 'result  --b---|', 'A result'],
    ['another end', 'result  --a---|', 'result  --a---#', 'A result'],
    ['a result that stops short', 'result  --a---|', 'result  --a', 'A result'],
    ['another error', 'error   error', 'error   LockClosedError', 'W error'],
    ['another state', 'c=r/w@0', 'c=r/r@0', 'lock state'],
    ['another version', 'e=-@1', 'e=-@2', 'lock state'],
    ['a state too few', 'd---e', 'd', 'lock state'],
    ['a state too many', 'd---e', 'd---ee', 'lock state'],
  ])('fails for %s', (_, right, wrong, row) => {
    expect(CORRECT).toContain(right);
    expect(() => check(CORRECT.replace(right, wrong))).toThrow(row);
  });

  it('shows the expected and the actual marbles one above the other, with file and line', () => {
    expect(() => check(CORRECT.replace('holds   ^-----!', 'holds   ^--!'))).toThrow(
      'a.md:16: A holds\n  expected  ^--!\n  actual    ^-----!',
    );
  });

  it('names a state that was not expected', () => {
    expect(() => check(CORRECT.replace('c=r/w@0', 'c=r/r@0'))).toThrow('? is r/w@0');
  });
});

describe("a block that can't be read is an error with its line", () => {
  it.each([
    ['an unknown row', 'holds   ^-----!', 'hodls   ^-----!', 'a.md:16: unknown row "hodls"'],
    [
      'a misaligned diagram',
      '  holds   ^-----!',
      '  holds    ^-----!',
      'a.md:16: the diagrams of a block',
    ],
    [
      'two gates',
      'A read',
      'A read latest drop',
      `a.md:14: a lane can't have both "latest" and "drop"`,
    ],
    ['a missing row', '  holds   ^-----!\n', '', 'a.md:14: the row "holds" is missing'],
    [
      'a row that stands twice',
      '  source  --a---|',
      '  source  -|\n  source  -|',
      'a.md:16: a second',
    ],
    ['an unknown mode', 'A read', 'A reed', 'a.md:14: "reed" is not a mode'],
    [
      'an unknown option',
      'A read',
      'A read take=x',
      'a.md:14: take must be a whole number from 0, got "x"',
    ],
    [
      'an unknown policy',
      'lock fifo',
      'lock lifo',
      'a.md:10: unknown policy "lifo"; known: fifo, phaseFair,',
    ],
    ['no lock', 'lock fifo', 'luck fifo', 'a.md:10: a block begins with'],
    ['a character without a meaning', '--a---|', '--a-.-|', 'a.md:15: unexpected "."'],
    ['an open group', '(ab)c', '(ab', 'a.md:11: '],
    [
      'a hold that ends before it begins',
      'holds   ^-----!',
      'holds   !-----^',
      'a.md:16: expected ^ and then',
    ],
    ['a second end', 'holds   ^-----!', 'holds   ^--!--!', 'a.md:16: expected ^ and then'],
    [
      'an end of a source',
      'source  --a---|',
      'source  --a---!',
      "a.md:15: a source can't contain !",
    ],
    ['a state without a name', 'b=r@0 ', '', 'a.md:12: the state "b" has no meaning'],
    [
      'a name that is not a state',
      'b=r@0',
      'b=reader',
      'a.md:12: "b=reader" does not name a state',
    ],
  ])('%s', (_, right, wrong, message) => {
    expect(CORRECT).toContain(right);
    expect(() => check(CORRECT.replace(right, wrong))).toThrow(message);
  });

  it('a row that stands before any lane', () => {
    expect(() => check('  source  a')).toThrow('a.md:10: a block begins with a line');
  });
});

describe('a block of several processes', () => {
  const REMOTE = `lock fifo remote
  engine  abcbcb---a
  lose    -----a
  fail    ---b
  where   a=- b=w c=w/w

A write acquire in=a
  request -^
  holds   -^---!
  result  -L---#
  error   LockLostError

B write acquire in=b
  request --^
  holds
  result  ---#
  error   LockEngineError

C write acquire in=c
  request ----^
  release ---------!
  holds   -----^---!
  result  -----L---|
`;
  const replaced = (right: string, wrong: string) => {
    expect(REMOTE).toContain(right);
    return REMOTE.replace(right, wrong);
  };

  it.each([
    ['another state of the engine', 'c=w/w', 'c=w/r', 'engine'],
    ['a loss that comes later', 'lose    -----a', 'lose    ------a', 'A holds'],
    ['a loss of another process', 'lose    -----a', 'lose    -----b', 'A holds'],
    ['a failure that comes later', 'fail    ---b', 'fail    ----b', 'B result'],
    ['a failure of another process', 'fail    ---b', 'fail    ---a', 'B '],
    ['a lane in another process', 'C write acquire in=c', 'C write acquire in=a', 'engine'],
  ])('fails for %s', (_, right, wrong, row) => {
    expect(() => check(REMOTE)).not.toThrow();
    expect(() => check(replaced(right, wrong))).toThrow(row);
  });

  it.each([
    [
      'a loss of a process without a lane',
      'lose    -----a',
      'lose    -----z',
      'a.md:10: no lane is in',
    ],
    ['a failure of such a process', 'fail    ---b', 'fail    ---z', 'a.md:10: no lane is in the'],
    ['a lane without a process', ' in=a', '', 'a.md:16: a lane has "in=<process>" if the lock'],
    ['a process without a name', ' in=a', ' in=', 'a.md:16: "in" has no value'],
    ['a row for one process', 'lose    -----a', 'state   a', 'a lock that is "remote" has no row'],
    ['states without names', '  where   a=- b=w c=w/w\n', '', 'the row "where" is missing'],
    ['a state of the engine without a name', ' c=w/w', '', 'the state "c" has no meaning'],
    ['a budget without a number', 'remote', 'remote grants=', 'grants must be a whole number'],
  ])('is an error with its line if it has %s', (_, right, wrong, message) => {
    expect(() => check(replaced(right, wrong))).toThrow(message);
  });

  it.each(['engine  a', 'lose    a', 'fail    a'])('a lock of one process has no row %s', (row) => {
    const one = CORRECT.replace('  state', `  ${row}\n  state`);
    const [keyword] = row.split(' ');
    expect(() => check(one)).toThrow(
      `a.md:11: a lock that is not "remote" has no row "${keyword}"`,
    );
  });
});

describe('reading a chapter', () => {
  const chapter = (body: string) => readChapter(`# Title\n\n${body}`, 'c.md');
  const fence = '```marbles\nlock fifo\n\nA read\n  source  a|\n  holds   ^!\n  result  a|\n```\n';

  it('gives each block its heading and line', () => {
    const { title, blocks } = chapter(`### A1 One\n\n${fence}\n### A2 Two\n\n${fence}`);
    expect(title).toBe('Title');
    expect(blocks.map(({ heading, nextLine }) => [heading, nextLine])).toEqual([
      ['A1 One', 13],
      ['A2 Two', 24],
    ]);
  });

  it('refuses a block without a heading of its own', () => {
    expect(() => chapter(`### A1 One\n\n${fence}\n${fence}`)).toThrow(
      'c.md:15: a marbles block needs',
    );
  });

  it('refuses a block that is not closed', () => {
    expect(() => chapter('### A1 One\n\n```marbles\nlock fifo')).toThrow(
      'c.md:5: the block is not',
    );
  });

  it('counts lines from the beginning of the file', () => {
    const broken = fence.replace('holds', 'hodls');
    expect(() => chapter(`### A1 One\n\n${broken}`)).toThrow('c.md:10: unknown row "hodls"');
  });
});
