import { colorsFor } from '../../examples/bank/colors.js';
import type { Lane } from 'rxjs-rwlock/testing';
import { drawTimeline } from '../../examples/bank/timeline.js';

const read = { mode: 'read' } as const;
const write = { mode: 'write' } as const;
const done = { label: 'A', asked: 0, granted: 0, ended: 10, values: [] } as const;
const cancelled = { ...done, outcome: 'cancelled' } as const;

/** Draws on 24 columns, of which 10 are for the bars: one for each millisecond. */
function bars(...lanes: Lane[]): string[] {
  const [, , ...rows] = drawTimeline(lanes, 24, colorsFor({}, {})).split('\n');
  return rows.slice(0, -1).map((row) => row.slice(13));
}

describe('drawTimeline', () => {
  it('draws a hold from the grant to the end', () => {
    expect(bars({ ...done, ...read })).toEqual(['━━━━━━━━━']);
  });

  it('tells a write from a read, and a wait from a hold', () => {
    const waits = { ...done, granted: 4, ...write };

    expect(bars({ ...done, ended: 4, ...read }, waits)).toEqual(['━━━━', '┄┄┄┄█████']);
  });

  it('draws a request cancelled while it waits', () => {
    const { granted: _, ...waiting } = cancelled;
    const withdrawn = { ...waiting, asked: 2, ended: 6 };

    expect(bars({ ...done, ...write }, { ...withdrawn, ...read })).toEqual([
      '█████████',
      '  ┄┄┄┄✕',
    ]);
  });

  it('draws a request cancelled while it holds the lock', () => {
    const stopped = { ...cancelled, granted: 2, ended: 6 };

    expect(bars({ ...done, ...read }, { ...stopped, ...read })).toEqual(['━━━━━━━━━', '┄┄━━━✕']);
  });

  it('draws even the shortest hold', () => {
    const short = { ...done, granted: 5, ended: 5 };

    expect(bars({ ...done, ...read }, { ...short, ...write })).toEqual(['━━━━━━━━━', '┄┄┄┄┄█']);
  });

  it('names the milliseconds', () => {
    const drawing = drawTimeline([{ ...done, ...read }], 80, colorsFor({}, {}));

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
