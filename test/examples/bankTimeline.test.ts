import { stripVTControlCharacters } from 'node:util';
import type { Lane } from 'rxjs-rwlock/devtools';
import { drawTimeline } from '../../examples/bank/timeline.js';

const read = { label: 'A', mode: 'read', requested: 0, granted: 0, ended: 10, values: [] } as const;
const write = { ...read, mode: 'write' } as const;

function draw(lanes: readonly Lane[], width: number, first = 1): string[] {
  return stripVTControlCharacters(drawTimeline({ lanes, first }, width)).split('\n');
}

/** Draws on 21 columns, of which 10 are for the bars: one for each millisecond. */
function bars(...lanes: Lane[]): string[] {
  return draw(lanes, 21)
    .slice(3, -1)
    .map((row) => row.slice(10));
}

describe('drawTimeline', () => {
  it('draws reads and writes, and waits before them', () => {
    expect(bars({ ...read, ended: 4 }, { ...write, granted: 4 })).toEqual(['━━━━', '┄┄┄┄█████']);
  });

  it('draws a request that is cancelled while it waits', () => {
    const { granted: _, ...waiting } = { ...read, requested: 2, ended: 6 };

    expect(bars(write, { ...waiting, outcome: 'cancelled' })).toEqual(['█████████', '  ┄┄┄┄✕']);
  });

  it('draws a request that is cancelled at work', () => {
    const stopped: Lane = { ...read, granted: 2, ended: 6, outcome: 'cancelled' };

    expect(bars(read, stopped)).toEqual(['━━━━━━━━━', '┄┄━━━✕']);
  });

  it('draws even the shortest hold, also if it is cancelled', () => {
    const short: Lane = { ...write, granted: 5, ended: 5 };

    expect(bars(read, short, { ...short, outcome: 'cancelled' }).slice(1)).toEqual([
      '┄┄┄┄┄█',
      '┄┄┄┄┄█✕',
    ]);
  });

  it('says which requests are drawn', () => {
    const lines = draw([read, read], 80, 1_234);

    expect(lines[0]).toBe('  From request 1,234 on, with the lock');
    expect(lines.at(-2)).toMatch(/^ +1235 read +━/);
  });

  it('needs no more than the columns that it is given', () => {
    const lanes: Lane[] = [read, { ...write, granted: 10, outcome: 'cancelled' }];

    expect(draw(lanes, 80, 123_456).filter((line) => line.length > 80)).toEqual([]);
  });

  it('marks the milliseconds', () => {
    expect(draw([read], 80).at(-1)).toMatch(/ 0 +2 +4 +6 +8 ms$/);
  });
});
