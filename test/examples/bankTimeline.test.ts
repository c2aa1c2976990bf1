import { colorsFor } from '../../examples/bank/colors.js';
import { drawTimeline, type Lane } from '../../examples/bank/timeline.js';

const read = { mode: 'read' } as const;
const write = { mode: 'write', from: 0, to: 1, amount: 1 } as const;
const done = { askedAt: 0, grantedAt: 0, endedAt: 10, outcome: 'done' } as const;
const cancelled = { ...done, outcome: 'cancelled' } as const;

/** Draws on 24 columns, of which 10 are for the bars: one for each millisecond. */
function bars(...lanes: Lane[]): string[] {
  const [, , ...rows] = drawTimeline(lanes, 24, colorsFor({}, {})).split('\n');
  return rows.slice(0, -1).map((row) => row.slice(13));
}

describe('drawTimeline', () => {
  it('draws a hold from the grant to the end', () => {
    expect(bars({ ...done, operation: read })).toEqual(['━━━━━━━━━']);
  });

  it('tells a write from a read, and a wait from a hold', () => {
    const waits = { ...done, grantedAt: 4, operation: write };

    expect(bars({ ...done, endedAt: 4, operation: read }, waits)).toEqual(['━━━━', '┄┄┄┄█████']);
  });

  it('draws a request cancelled while it waits', () => {
    const withdrawn = { ...cancelled, askedAt: 2, grantedAt: undefined, endedAt: 6 };

    expect(bars({ ...done, operation: write }, { ...withdrawn, operation: read })).toEqual([
      '█████████',
      '  ┄┄┄┄✕',
    ]);
  });

  it('draws a request cancelled while it holds the lock', () => {
    const stopped = { ...cancelled, grantedAt: 2, endedAt: 6 };

    expect(bars({ ...done, operation: read }, { ...stopped, operation: read })).toEqual([
      '━━━━━━━━━',
      '┄┄━━━✕',
    ]);
  });

  it('draws even the shortest hold', () => {
    const short = { ...done, grantedAt: 5, endedAt: 5 };

    expect(bars({ ...done, operation: read }, { ...short, operation: write })).toEqual([
      '━━━━━━━━━',
      '┄┄┄┄┄█',
    ]);
  });

  it('names the milliseconds', () => {
    const drawing = drawTimeline([{ ...done, operation: read }], 80, colorsFor({}, {}));

    expect(drawing).toMatch(/ 0 +2 +4 +6 +8 ms$/);
  });
});

describe('colorsFor', () => {
  it.each([
    ['a terminal', { isTTY: true }, {}, true],
    ['a terminal with NO_COLOR set', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
    ['a pipe', {}, {}, false],
  ])('decides on colours for %s', (_where, stream, env, colored) => {
    expect(colorsFor(stream, env).isColorSupported).toBe(colored);
  });
});
