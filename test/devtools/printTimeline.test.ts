import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
import { type Lane, printTimeline, timelineOf } from 'rxjs-rwlock/devtools';

const lane: Lane = { label: 'A', mode: 'read', requested: 0, granted: 0, ended: 9, values: [] };

/** Draws on ten columns, one for each millisecond, and one more. */
function rowsOf(...lanes: Lane[]): string[] {
  return printTimeline({ title: '', end: 10, lanes }, { width: 13 }).split('\n').slice(0, -1);
}

it('N2: as text, a wait, a hold in each mode, and a cancellation have marks of their own', () => {
  expect(
    rowsOf(
      lane,
      { ...lane, label: 'B', mode: 'write', granted: 4 },
      { ...lane, label: 'C', mode: 'upgradable', granted: 1, ended: 5 },
      { ...lane, label: 'D', ended: 6, outcome: 'cancelled' },
    ),
  ).toEqual(['A ━━━━━━━━━', 'B ┄┄┄┄█████', 'C ┄▒▒▒▒', 'D ━━━━━✕']);
});

it('N2: as text, what goes on has a sign behind it', () => {
  const { ended: _, ...open } = lane;
  const { granted: __, ...waiting } = { ...open, requested: 3 };
  expect(rowsOf(open, { ...waiting, label: 'B' })).toEqual(['A ━━━━━━━━━━>', 'B    ┄┄┄┄┄┄┄>']);
});

it('N2: as text, lanes with one label are one row', () => {
  expect(rowsOf({ ...lane, ended: 3 }, { ...lane, requested: 5, granted: 6 })).toEqual([
    'A ━━━  ┄━━━',
  ]);
});

it('N2: as text, parts are painted by what they are', () => {
  const timeline = { title: 'A title', end: 9, lanes: [{ ...lane, granted: 4 }] };
  const paint = (text: string, what: string) => `<${what} ${text.trim()}>`;
  expect(printTimeline(timeline, { width: 40, paint }).split('\n')).toEqual([
    'A title',
    '<read A><wait ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄><read ━━━━━━━━━━━━━━━━━━━━>',
    '<axis 0       2       4       6 ms>',
  ]);
});

it('N2: a trace is drawn as text', () => {
  const lock = new ReadWriteLock();
  const events: LockEvent[] = [];
  traceLock(lock, { now: () => events.length }).subscribe((event) => events.push(event));
  const lease = lock.writer.tryAcquire({ label: 'save' });
  lock.reader.acquire({ label: 'load' }).subscribe();
  lease?.release();
  const [first, save, load] = printTimeline(timelineOf('A trace', events)).split('\n');
  expect([first, save?.slice(0, 8), load?.at(-1)]).toEqual(['A trace', 'save ███', '>']);
});

it('N2: an empty timeline is an axis, and a time must be a number', () => {
  expect(printTimeline({ title: '', end: 0, lanes: [] })).toMatch(/^ 0 ms$/);
  expect(() => rowsOf({ ...lane, ended: NaN })).toThrow(RangeError);
  for (const width of [NaN, Infinity])
    expect(() => printTimeline({ title: '', end: 0, lanes: [] }, { width })).toThrow(RangeError);
});

it('N2: as text, the width may be no whole number', () => {
  const { ended: _, ...open } = lane;
  const timeline = { title: '', end: 10, lanes: [open] };
  expect(printTimeline(timeline, { width: 13.9 })).toBe(printTimeline(timeline, { width: 13 }));
});

it('N2: as text, a trace of 50,000 requests is drawn', () => {
  const lanes = Array.from({ length: 50_000 }, (_, i) => ({
    ...lane,
    requested: i,
    granted: i,
    ended: i + 1,
  }));
  const [row] = printTimeline({ title: '', end: 0, lanes }, { width: 13 }).split('\n');
  expect(row).toBe('A ━━━━━━━━━━');
});
