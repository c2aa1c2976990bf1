import { stripVTControlCharacters } from 'node:util';
import { of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { harms, works } from '../../examples/editor/figures.js';
import { drawStored, drawTimeline } from '../../examples/editor/report.js';
import { type Run, run, TEXT, type } from '../../examples/editor/run.js';
import { type Way, ways } from '../../examples/editor/ways.js';
import { drawTable, faultsIn } from '../../examples/shared/report.js';

/** Runs in virtual time. */
function runInTime(way: Way, text = TEXT): Run {
  let result: Run | undefined;
  new TestScheduler(() => undefined).run(({ flush }) => {
    run(way, type(text)).subscribe((value) => (result = value));
    flush();
  });
  return result as Run;
}

function figuresOf(run: Run): Record<string, number> {
  return Object.fromEntries([...harms, ...works].map(([label, of]) => [label, of(run)]));
}

describe('the editor', () => {
  const everyEdit = runInTime(ways['every edit']);
  const newestEdit = runInTime(ways['newest edit']);
  const latest = runInTime(ways.latest);

  it('sends a save for each edit, and its views starve, by hand with withWriteLock', () => {
    const { 'reads cut off': cutOff, ...figures } = figuresOf(everyEdit);

    expect(figures).toMatchObject({ 'saves sent': 20, 'keys missing': 0, 'stale views': 0 });
    // Each view shows the empty text of the start and the last one, and nothing between them.
    expect([...everyEdit.shown.values()]).toEqual([
      ['', TEXT],
      ['', TEXT],
    ]);
    expect(cutOff).toBeGreaterThan(30);
    expect(figures['last save, ms']).toBeGreaterThan(1_000);
  });

  it('cuts off saves, and loses the last key, by hand with switchMap', () => {
    const { 'saves cut off': cutOff, ...figures } = figuresOf(newestEdit);

    expect(cutOff).toBeGreaterThan(10);
    expect(figures['overlapping saves']).toBeGreaterThan(10);
    // The server has both of the last saves at the same time, and ends with the older one.
    expect(figures).toMatchObject({ 'keys missing': 1, 'stale views': 2 });
    expect(newestEdit.server.stored).toBe(TEXT.slice(0, -1));
  });

  it('cuts off nothing, and stores and shows the last text, with latest', () => {
    expect(faultsIn(latest, harms)).toEqual([]);
    expect(latest.server.stored).toBe(TEXT);
  });

  it('sends some of the saves, and all others are replaced', () => {
    expect(figuresOf(latest)).toMatchObject({ 'saves sent': 11, 'saves replaced': 9 });
  });

  it('shows what is stored while the person types', () => {
    for (const texts of latest.shown.values()) {
      expect(texts.length).toBeGreaterThan(5);
      expect(texts.filter((text) => !TEXT.startsWith(text))).toEqual([]);
      expect(texts).toEqual([...texts].sort((a, b) => a.length - b.length));
    }
  });

  it('finds every fault', () => {
    const { server, events } = latest;
    const broken: Run = {
      typed: 'ab',
      typedAt: 0,
      shown: new Map([
        ['view 1', ['', 'a']],
        ['view 2', ['']],
      ]),
      events: events.slice(0, 1).map((event) => ({ ...event, type: 'cancelled', mode: 'read' })),
      server: Object.assign(Object.create(server) as typeof server, {
        stored: 'a',
        saves: { sent: 2, cutOff: 1, overlapping: 1 },
        reads: { sent: 2, cutOff: 1 },
      }),
    };

    expect(faultsIn(broken, harms)).toEqual([
      'saves cut off: 1',
      'overlapping saves: 1',
      'reads cut off: 2',
      'keys missing: 1',
      'stale views: 1',
    ]);
  });

  it('fails if a request is forgotten', () => {
    let failure: unknown;
    new TestScheduler(() => undefined).run(({ flush }) => {
      const way: Way = { ...ways.latest, autosave: ({ lock }) => lock };
      run(way, of('a')).subscribe({ error: (error: unknown) => (failure = error) });
      flush();
    });

    expect(failure).toHaveProperty('name', 'TimeoutError');
  });

  it('draws a row for each save, and one for each view', () => {
    const rows = stripVTControlCharacters(drawTimeline(latest, 80)).split('\n').slice(3, -1);

    expect(rows).toHaveLength(TEXT.length + 2);
    expect(rows.filter((row) => /^ {2}save \d+ +┄+✕$/.test(row))).toHaveLength(9);
    expect(rows.filter((row) => /^ {2}save \d+ +┄*█+$/.test(row))).toHaveLength(11);
    expect(rows.slice(-2).filter((row) => /^ {2}view \d +━[ ┄━]+━$/.test(row))).toHaveLength(2);
  });

  it('says what is stored at the end', () => {
    expect(stripVTControlCharacters(drawStored({ newestEdit, latest }))).toContain(
      'newestEdit    "One writer at a tim"\n  latest        "One writer at a time"',
    );
  });

  it('sets the figures below the names', () => {
    const lines = stripVTControlCharacters(
      drawTable({ 'newest edit': newestEdit, latest }, harms, works),
    ).split('\n');

    expect(lines[0]).toMatch(/^ +newest edit +latest$/);
    expect(lines[2]).toMatch(/^ {2}saves cut off +17 +0 {3}and still go on$/);
    expect(lines[2]?.indexOf('17')).toBe((lines[0]?.indexOf('newest edit') ?? NaN) + 9);
  });
});
