import type { Page } from 'playwright-core';
import type { Way, WorkerKind } from './pages/tab.js';
import { describeInChromium, type OpenSite } from './support/inChromium.js';
import { describeInFirefox } from './support/inFirefox.js';
import { Tab, type TabPage } from './support/Tab.js';

const WAYS: Way[] = [
  'withReadLock',
  'withUpgradableLock',
  'withWriteLock',
  'a function',
  'withLiveReadLock',
  'withYieldingReadLock',
  'withGate',
  'allOf',
  'latest',
  'drop',
  'acquire',
];
const KINDS: WorkerKind[] = ['dedicated', 'shared', 'service'];

/** What a page goes to. A page without a script stays in the back/forward cache. */
const AWAY = '/away';
const PAGES = { tab: 'test/browser/pages/tab.ts', away: 'test/browser/pages/away.ts' };

interface AnyBrowsing {
  readonly site: OpenSite;
  open(name: string): Promise<TabPage>;
}

async function openOne(browsing: AnyBrowsing): Promise<Tab> {
  return new Tab(await browsing.open('tab'));
}

function openAll(browsing: AnyBrowsing, count: number): Promise<Tab[]> {
  return Promise.all(Array.from({ length: count }, () => openOne(browsing)));
}

/** What is the same in all browsers. */
function itReachesOverTabs(browsing: AnyBrowsing): void {
  it('K1: whatever holds the lock in one tab excludes a writer in another one', async () => {
    const [here, there] = (await openAll(browsing, 2)) as [Tab, Tab];
    const now = { ifAvailable: true };
    for (const way of WAYS) {
      const granted = await here.tell('hold', way, way, 'lock');
      const refused = await there.tell('hold', `${way}, now`, 'withWriteLock', 'lock', now);
      await here.tell('end', way);
      const later = await there.tell('hold', `${way}, later`, 'withWriteLock', 'lock');
      await there.tell('end', `${way}, later`);
      expect([way, granted, refused, later]).toEqual([
        way,
        'granted',
        'LockUnavailableError',
        'granted',
      ]);
    }
  });

  it('K1: readers of two tabs hold the lock together', async () => {
    const [here, there] = (await openAll(browsing, 2)) as [Tab, Tab];
    expect(await here.tell('hold', 'one', 'withReadLock', 'lock')).toBe('granted');
    expect(await there.tell('hold', 'two', 'withReadLock', 'lock')).toBe('granted');
  });

  it('K1: pages and workers of each kind count without losing one', async () => {
    const pages = (await openAll(browsing, 3)) as [Tab, Tab, Tab];
    const tabs = [...pages, ...KINDS.map((kind) => pages[0].worker(kind))];
    const counted = tabs.map((tab) => tab.tell('count', 'lock', 50));
    const checked = await Promise.all(tabs.map((tab) => tab.tell('check', 'lock', 50)));
    await Promise.all(counted);
    expect(checked).toEqual(tabs.map(() => true));
    expect(await pages[0].tell('read')).toEqual({ a: 300, b: 300 });
  });

  it('K1: they lose none while other requests are cancelled at random times', async () => {
    const pages = (await openAll(browsing, 3)) as [Tab, Tab, Tab];
    const tabs = [...pages, ...KINDS.map((kind) => pages[1].worker(kind))];
    await Promise.all(
      tabs.flatMap((tab) => [tab.tell('storm', 'lock', 40), tab.tell('count', 'lock', 20)]),
    );
    expect(await pages[0].tell('read')).toEqual({ a: 120, b: 120 });
    expect(await pages[0].tell('check', 'lock', 1)).toBe(true);
  });

  it('K1: allOf in one order here and in the other order there does not deadlock', async () => {
    const [here, there] = (await openAll(browsing, 2)) as [Tab, Tab];
    await Promise.all([
      here.tell('both', 'a', 'b', 50),
      there.tell('both', 'b', 'a', 50),
      there.tell('both', 'a', 'b', 50),
    ]);
    expect(await here.tell('read')).toEqual({ a: 150, b: 150 });
  });

  it('K1: a request waits no longer than its timeout for another tab', async () => {
    const [here, there] = (await openAll(browsing, 2)) as [Tab, Tab];
    await here.tell('hold', 'one', 'withReadLock', 'lock');
    const soon = { waitTimeout: 20 };
    expect(await there.tell('hold', 'two', 'withWriteLock', 'lock', soon)).toBe('LockTimeoutError');
    expect(await there.tell('hold', 'three', 'withReadLock', 'lock')).toBe('granted');
  });

  it('K2: when a writer is cancelled in one tab, the readers of others are granted', async () => {
    const [holder, writer, ...readers] = (await openAll(browsing, 4)) as [Tab, Tab, Tab, Tab];
    await holder.tell('hold', 'first', 'withReadLock', 'lock');
    void writer.tell('hold', 'write', 'withWriteLock', 'lock');
    await writer.tell('waiting', 'lock', 1);
    const granted = readers.map((tab) => tab.tell('hold', 'read', 'withReadLock', 'lock'));
    await holder.tell('waiting', 'lock', 3);
    await writer.tell('end', 'write');
    expect(await Promise.all(granted)).toEqual(['granted', 'granted']);
  });

  describe('K3: a tab that is closed', () => {
    itPassesOn(browsing, (page) => page.close());
  });

  describe('K3: a tab that goes to another page', () => {
    itPassesOn(browsing, (page) => page.goto(`${browsing.site.origin}${AWAY}`));
  });

  it('K3: a lock that is stolen is lost', async () => {
    const [here, there] = (await openAll(browsing, 2)) as [Tab, Tab];
    await here.tell('hold', 'one', 'withWriteLock', 'lock');
    await there.tell('steal', 'lock');
    expect(await here.tell('ended', 'one')).toBe('LockLostError');
    expect(await here.tell('hold', 'two', 'withWriteLock', 'lock')).toBe('granted');
  });

  it('K4: a frame that has been removed errors its requests', async () => {
    const tab = await openOne(browsing);
    await tab.tell('makeInRemovedFrame', 'lock');
    expect(await tab.tell('hold', 'one', 'withWriteLock', 'lock')).toBe('LockEngineError');
  });

  it('K1: a live read sees what another tab has written, and reads once for its own', async () => {
    const [here, there] = (await openAll(browsing, 2)) as [Tab, Tab];
    await here.tell('watch', 'lock');
    expect(await here.tell('seen', 0)).toEqual([0]);
    await there.tell('count', 'lock', 1);
    expect(await here.tell('seen', 1)).toEqual([0, 1]);
    await here.tell('count', 'lock', 1);
    expect(await here.tell('seen', 2)).toEqual([0, 1, 2]);
    await there.tell('count', 'lock', 1);
    expect(await here.tell('seen', 3)).toEqual([0, 1, 2, 3]);
  });
}

/** The tests of a tab that goes away. */
function itPassesOn(browsing: AnyBrowsing, leave: (page: TabPage) => Promise<unknown>): void {
  it('passes the lock on', async () => {
    const [leaving, waiting] = (await openAll(browsing, 2)) as [Tab, Tab];
    await leaving.tell('hold', 'one', 'withWriteLock', 'lock');
    const granted = waiting.tell('hold', 'two', 'withWriteLock', 'lock');
    await waiting.tell('waiting', 'lock', 1);
    await leave(leaving.page);
    expect(await granted).toBe('granted');
  });

  it('no longer blocks the readers behind it if it waits to write', async () => {
    const [holder, leaving, reader] = (await openAll(browsing, 3)) as [Tab, Tab, Tab];
    await holder.tell('hold', 'one', 'withReadLock', 'lock');
    void leaving.tell('hold', 'two', 'withWriteLock', 'lock');
    await holder.tell('waiting', 'lock', 1);
    const granted = reader.tell('hold', 'three', 'withReadLock', 'lock');
    await holder.tell('waiting', 'lock', 2);
    await leave(leaving.page);
    expect(await granted).toBe('granted');
  });
}

describeInFirefox('a lock of tabs and workers in Firefox', PAGES, itReachesOverTabs);

describeInChromium('a lock of tabs and workers in Chromium', PAGES, (browsing) => {
  itReachesOverTabs(browsing);

  it('J3: in three tabs a cohort of 64 grants at least four times as often as one of 1', async () => {
    const tabs = (await openAll(browsing, 3)) as [Tab, Tab, Tab];
    const granted = async (grants: number) => {
      const name = `a cohort of ${grants}`;
      await Promise.all(tabs.map((tab) => tab.tell('make', name, { cohort: { grants } })));
      const counts = await Promise.all(tabs.map((tab) => tab.tell('hurry', name, 64, 500)));
      return counts.reduce((sum, one) => sum + one);
    };
    const [one, many] = [await granted(1), await granted(64)];
    expect(many / one).toBeGreaterThan(4);
  });

  it.each([
    { what: 'time', cohort: { grants: Infinity, time: 20 } },
    { what: 'grants', cohort: { grants: 4, time: Infinity } },
  ])(
    'J3: a tab waits for the budget of $what of each tab in front of it',
    async ({ what, cohort }) => {
      const [waiting, ...crowds] = (await openAll(browsing, 3)) as [Tab, Tab, Tab];
      for (const tab of crowds) {
        await tab.tell('make', 'lock', { cohort });
        void tab.tell('crowd', 'lock', 4, 5);
      }
      const waits: [number, number][] = [];
      for (let n = 0; n < 9; n++) waits.push(await waiting.tell('wait', 'lock'));
      const granted = (await Promise.all(crowds.map((tab) => tab.tell('rest')))).flat();
      const medianOf = (of: number[]) => of.sort((a, b) => a - b)[4];
      const passed = waits.map(
        ([from, to]) => granted.filter((time) => time > from && time < to).length,
      );
      const milliseconds = medianOf(waits.map(([from, to]) => to - from))?.toFixed(1);
      console.log(
        `budget of ${what}: waits ${milliseconds} ms, ${medianOf(passed)} grants of others`,
      );
      // How long that takes depends on the machine: it is printed. A hold takes at least 5 ms, so 20 ms
      // are at most four grants, and the one in which the time is up.
      expect(medianOf(passed)).toBeLessThanOrEqual(2 * (4 + 1));
      expect(Math.max(...passed)).toBeGreaterThan(0);
    },
  );

  describe('K3: a tab that crashes', () => {
    itPassesOn(browsing, async (page) => {
      const crashing = page as Page;
      const session = await browsing.context.newCDPSession(crashing);
      const crashed = crashing.waitForEvent('crash');
      session.send('Page.crash').catch(() => undefined);
      await crashed;
    });
  });

  it('K3: a page that comes back has lost its lease, and waits again with its requests', async () => {
    const [cached, other] = (await openAll(browsing, 2)) as [Tab, Tab];
    await cached.tell('hold', 'held', 'withWriteLock', 'lock');
    void cached.tell('hold', 'waits', 'withWriteLock', 'lock');
    const granted = other.tell('hold', 'other', 'withWriteLock', 'lock');
    await other.tell('waiting', 'lock', 1);
    await cached.page.goto(`${browsing.site.origin}${AWAY}`);
    expect(await granted).toBe('granted');
    await (cached.page as Page).goBack({ waitUntil: 'commit' });
    expect(await cached.tell('ended', 'held')).toBe('LockLostError');
    await cached.tell('waiting', 'lock', 1);
    await other.tell('end', 'other');
    await cached.tell('waiting', 'lock', 0);
  });
});
