import { parseScenario } from '../../src/testing/parseScenario.js';
import { toTimeline } from '../../src/testing/toTimeline.js';

function lanesOf(block: string) {
  const scenario = parseScenario(block, { file: 'tokens.md', line: 1 });
  return toTimeline('A picture', scenario).lanes;
}

it('draws what the lock did, even if the block expects something else', () => {
  const lanes = lanesOf(`
lock fifo

A write
  source  --a|
  holds   ^--!
  result  --a|

B read
  source  b--|
  holds   ^--!
  result  b--|
`);
  expect(lanes).toMatchObject([
    { label: 'A', requested: 0, granted: 0, ended: 3, outcome: 'completed' },
    { label: 'B', requested: 0, granted: 3, ended: 6, values: [{ at: 3, text: 'b' }] },
  ]);
});

it('gives every request of a lane the values of its own hold', () => {
  const lanes = lanesOf(`
lock fifo

A read each
  source  ab--|
  inner   x-y|
  holds   ^--!
  holds   -^--!
  result  xxyy|
`);
  expect(lanes).toEqual([
    {
      label: 'A 1',
      mode: 'read',
      note: 'each',
      requested: 0,
      granted: 0,
      ended: 3,
      outcome: 'completed',
      values: [
        { at: 0, text: 'x' },
        { at: 2, text: 'y' },
      ],
    },
    {
      label: 'A 2',
      mode: 'read',
      note: 'each',
      requested: 1,
      granted: 1,
      ended: 4,
      outcome: 'completed',
      values: [
        { at: 1, text: 'x' },
        { at: 3, text: 'y' },
      ],
    },
  ]);
});

it('shows the two requests of a lane that waits for itself, and not the value that never arrives', () => {
  const lanes = lanesOf(`
lock fifo

A write above=observeOn
  source  -a
  holds   ^
  result
`);
  expect(lanes).toMatchObject([
    { label: 'A 1', requested: 0, granted: 0, values: [] },
    { label: 'A 2', requested: 1, values: [] },
  ]);
  expect(lanes.every(({ ended }) => ended === undefined)).toBe(true);
  expect(lanes[1]?.granted).toBeUndefined();
});

it('distinguishes the actions of two lanes on gates', () => {
  const lanes = lanesOf(`
lock fifo

A write on=observeOn
  source  -a-b|
  holds   ^---!
  result  -a-b|

B write on=observeOn
  source  --c|
  holds   ^--!
  result  --c|
`);
  expect(lanes.map(({ label, granted, values }) => [label, granted, values[0]?.text])).toEqual([
    ['A 1', 1, 'a'],
    ['A 2', 3, 'b'],
    ['A 3', 4, undefined],
    ['B 1', 2, 'c'],
    ['B 2', 3, undefined],
  ]);
});

it('draws a request that was refused at once where it was made', () => {
  const lanes = lanesOf(`
lock fifo

A write
  source  --a|
  holds   ^--!
  result  --a|

B read ifAvailable
  request -^
  source  b|
  holds
  result  -#
  error   LockUnavailableError
`);
  expect(lanes[1]).toEqual({
    label: 'B',
    mode: 'read',
    note: 'ifAvailable',
    requested: 1,
    ended: 1,
    outcome: 'errored',
    values: [],
  });
});

it('draws each request of a lane, also one that is refused after another was granted', () => {
  const lanes = lanesOf(`
lock fifo

A write each ifAvailable
  source  ab
  inner   ---|
  holds   ^!
  result  -#
  error   LockUnavailableError
`);
  expect(lanes).toMatchObject([
    { label: 'A 1', requested: 0, granted: 0, ended: 1, outcome: 'cancelled' },
    { label: 'A 2', requested: 1, ended: 1, outcome: 'errored' },
  ]);
  expect(lanes[1]).not.toHaveProperty('granted');
});

it('draws each read of a live lane, also one that is cancelled while it waits', () => {
  const lanes = lanesOf(`
lock fifo

A read live
  request ^------!
  source  a|
  holds   ^!
  holds   ----^!
  result  a---a

B read ifAvailable
  request ---^
  source  b|
  holds
  result  ---#
  error   LockUnavailableError

C write
  request --^
  source  --|
  holds   --^-!
  result  ----|

D write
  request -----^
  source  -|
  holds   -----^!
  result  ------|

E write
  request -----^
  source  ---|
  holds   ------^--!
  result  ---------|
`);
  expect(lanes).toMatchObject([
    { label: 'A 1', requested: 0, granted: 0, ended: 1, values: [{ at: 0, text: 'a' }] },
    { label: 'A 2', requested: 4, granted: 4, ended: 5, values: [{ at: 4, text: 'a' }] },
    { label: 'A 3', requested: 6, ended: 7, outcome: 'cancelled', values: [] },
    { label: 'B', requested: 3, ended: 3, outcome: 'errored' },
    { label: 'C', requested: 2, granted: 2, ended: 4 },
    { label: 'D', requested: 5, granted: 5, ended: 6 },
    { label: 'E', requested: 5, granted: 6, ended: 9 },
  ]);
  expect(lanes[2]).not.toHaveProperty('granted');
});

it('draws no request if none was made', () => {
  const block = `
lock fifo

A write each
  source  --#
  inner   |
  holds
  result  --#
`;
  expect(lanesOf(block)).toEqual([]);
  const scenario = parseScenario(
    'lock fifo\n\nA read each\n  source  -\n  inner   |\n  holds\n  result',
    {
      file: 'tokens.md',
      line: 1,
    },
  );
  expect(toTimeline('no request', scenario).end).toBe(1);
});

it.each(['on', 'above'])(
  'gives the value to the action of %s=observeOn that delivered it',
  (at) => {
    const lanes = lanesOf(`
lock fifo

A read ${at}=observeOn
  source  -a-|
  holds   ^--!
  result  -a-|
`);
    const actions = lanes.slice(at === 'above' ? 1 : 0);
    expect(actions).toMatchObject([
      { granted: 1, ended: 1, values: [{ at: 1, text: 'a' }] },
      { granted: 3, ended: 3, values: [] },
    ]);
    expect(actions.filter(({ outcome }) => outcome)).toEqual([]);
  },
);

it('gives the values of a repeated source to the actions of each repetition', () => {
  const lanes = lanesOf(`
lock fifo

A read on=observeOn repeat=2
  source  -a|
  holds   ^-!
  holds   --^-!
  result  -a-a|
`);
  expect(lanes.map(({ values }) => values.map(({ text }) => text).join())).toEqual([
    'a',
    '',
    'a',
    '',
  ]);
});

it('distinguishes a lease that was released from one that was unsubscribed', () => {
  const lanes = lanesOf(`
lock fifo

A read acquire
  release --!
  holds   ^-!
  result  L-|

B read acquire
  request ^--!
  holds   ^--!
  result  L
`);
  expect(lanes.map(({ outcome }) => outcome)).toEqual(['completed', 'cancelled']);
});

it('draws no error for a request that was ended by the error of another', () => {
  const lanes = lanesOf(`
lock fifo

A read each
  source  ab
  inner   --#
  holds   ^-!
  holds   -^!
  result  --#
`);
  expect(lanes.map(({ outcome }) => outcome)).toEqual(['errored', 'cancelled']);
});

it('names the requests of one lane as no other lane can be named', () => {
  const lanes = lanesOf(`
lock fifo

A write repeat=2
  source  -|
  holds   ^!
  holds   -^!
  result  --|

A1 read
  request ----^
  source  |
  holds   ----(^!)
  result  ----|
`);
  expect(lanes.map(({ label }) => label)).toEqual(['A 1', 'A 2', 'A1']);
});

it('draws the states that the lock had, even if the block expects others', () => {
  const block = `
lock fifo
  state   a--------b
  where   a=w@7 b=u

A read
  source  --|
  holds   ^-!
  result  --|
`;
  const scenario = parseScenario(block, { file: 'tokens.md', line: 1 });
  expect(toTimeline('states', scenario).states).toEqual([
    { at: 0, label: '-@0' },
    { at: 0, label: 'r' },
    { at: 2, label: '-@0' },
  ]);
});
