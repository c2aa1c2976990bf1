import { colorsFor } from '../../examples/bank/colors.js';
import type { Lane } from 'rxjs-rwlock/devtools';
import { drawTimeline } from '../../examples/bank/timeline.js';

const read = { mode: 'read' } as const;
const write = { mode: 'write' } as const;
const done = { label: 'A', requested: 0, granted: 0, ended: 10, values: [] } as const;
const cancelled = { ...done, outcome: 'cancelled' } as const;

/** Draws on 24 columns, of which 10 are for the bars: one for each millisecond. */
function bars(...lanes: Lane[]): string[] {
  const [, , , ...rows] = drawTimeline({ lanes, first: 1 }, 24, colorsFor({}, {})).split('\n');
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
    const withdrawn = { ...waiting, requested: 2, ended: 6 };

    expect(bars({ ...done, ...write }, { ...withdrawn, ...read })).toEqual([
      '█████████',
      '  ┄┄┄┄✕',
    ]);
  });

  it('draws a request cancelled while it holds the lock', () => {
    const stopped = { ...cancelled, granted: 2, ended: 6 };

    expect(bars({ ...done, ...read }, { ...stopped, ...read })).toEqual(['━━━━━━━━━', '┄┄━━━✕']);
  });

  it('draws even the shortest hold, also where it was given up', () => {
    const short = { ...done, granted: 5, ended: 5, ...write };

    expect(bars({ ...done, ...read }, short)).toEqual(['━━━━━━━━━', '┄┄┄┄┄█']);
    for (const ended of [5, 6])
      expect(bars({ ...done, ...read }, { ...short, ended, outcome: 'cancelled' })).toEqual([
        '━━━━━━━━━',
        '┄┄┄┄┄█✕',
      ]);
  });

  it.each([
    [1, 1, 'Request 1 with the lock'],
    [1, 2, 'The first 2 requests with the lock'],
    [1_234, 2, 'Requests 1,234 to 1,235 with the lock'],
  ])('says which requests are drawn: from %d on, %d', (first, count, heading) => {
    const lanes = Array.from({ length: count }, () => ({ ...done, ...read }));
    const [line, ...more] = drawTimeline({ lanes, first }, 80, colorsFor({}, {})).split('\n');

    expect(line).toBe(`  ${heading}`);
    expect(more.at(-2)).toMatch(new RegExp(`^ +${first + count - 1} read +━`));
  });

  it('needs no more than the columns that it is given', () => {
    const lanes = [
      { ...done, ...read },
      { ...cancelled, granted: 10, ...write },
    ];
    const lines = drawTimeline({ lanes, first: 123_456 }, 80, colorsFor({}, {})).split('\n');

    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('names the milliseconds', () => {
    const lanes = [{ ...done, ...read }];
    const drawing = drawTimeline({ lanes, first: 1 }, 80, colorsFor({}, {}));

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
