import type { Page } from 'playwright-core';
import type * as rxjs_ from 'rxjs';
import type * as rwlock_ from 'rxjs-rwlock';
import type * as devtools_ from 'rxjs-rwlock/devtools';
import { describeInChromium } from './support/inChromium.js';

// What the page has: see `pages/panel.ts`.
declare const rxjs: typeof rxjs_;
declare const rwlock: typeof rwlock_;
declare const devtools: typeof devtools_;
declare const panel: HTMLElement & devtools_.LockPanel;
/** What the steps of a test leave for later ones. */
declare const made: Record<string, rxjs_.Unsubscribable> & {
  lock: rwlock_.ReadWriteLock;
  hold: (gate: rwlock_.Gate, label: string) => rxjs_.Subscription;
};

/** Where pictures are left for people; git ignores it. */
const PICTURES = 'coverage/browser';

interface ShownLane {
  readonly label: string;
  readonly has: readonly string[];
}

/** The visible lanes: the label, and which kinds of marks are drawn. */
function lanesOf(page: Page): Promise<ShownLane[]> {
  return page.getByRole('option').evaluateAll((options) =>
    options
      .sort((a, b) => Number(a.ariaPosInSet) - Number(b.ariaPosInSet))
      .map((option) => ({
        label: option.querySelector('.name')?.textContent ?? '',
        has: ['wait', 'hold', 'cross'].filter((kind) => option.querySelector(`.${kind}`)),
      })),
  );
}

function labelsOf(page: Page): Promise<string[]> {
  return lanesOf(page).then((lanes) => lanes.map(({ label }) => label));
}

/** The widths of the bars of holds: looked up in the page, which draws them anew all the time. */
function widthsOf(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const bars = panel.shadowRoot?.querySelectorAll<SVGGraphicsElement>('.lane .hold') ?? [];
    return Array.from(bars, (bar) => bar.getBBox().width);
  });
}

function round(pixels = NaN): number {
  return Math.round(pixels);
}

/** Waits until the panel has drawn what has changed. */
function drawn(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
      ),
  );
}

describeInChromium('the panel', { panel: 'test/browser/pages/panel.ts' }, (browsing) => {
  /** Opens the page: `save` and `load` wait for `report`, and a cancelled request is among them. */
  async function open(): Promise<Page> {
    const page = await browsing.open('panel');
    await page.evaluate(() => {
      const lock = new rwlock.ReadWriteLock({ name: 'settings' });
      const hold = (gate: rwlock_.Gate, label: string) =>
        rxjs.NEVER.pipe(rwlock.withGate(gate, { label })).subscribe();
      panel.style.height = '400px';
      panel.locks = [lock];
      const report = hold(lock.reader, 'report');
      const save = hold(lock.writer, 'save');
      const cancelled = hold(lock.writer, 'cancelled');
      const load = hold(lock.reader, 'load');
      const moment = () => new Promise((resolve) => setTimeout(resolve, 60));
      Object.assign(globalThis, { made: { lock, hold, report, save, load } });
      return moment().then(() => {
        cancelled.unsubscribe();
        return moment();
      });
    });
    await drawn(page);
    return page;
  }

  it('N2: has a lane per request, with its wait, its hold, and a cross if it is cancelled', async () => {
    const page = await open();
    expect(await lanesOf(page)).toEqual([
      { label: 'report', has: ['hold'] },
      { label: 'save', has: ['wait'] },
      { label: 'cancelled', has: ['wait', 'cross'] },
      { label: 'load', has: ['wait'] },
    ]);
    await page.evaluate(() => made['report']?.unsubscribe());
    await drawn(page);
    expect((await lanesOf(page))[1]).toEqual({ label: 'save', has: ['wait', 'hold'] });
  });

  it('N2: an arrow leads from each wait to the lane that it waits for', async () => {
    const page = await open();
    await page.evaluate(() => (panel.paused = true));
    await drawn(page);
    /** The rows in which the arrows begin and end. */
    const arrows = await page.locator('.pointer').evaluateAll((paths) =>
      paths.map((path) => {
        const [, from, to] = /^M\S+ (\S+)V([^m]+)/.exec(path.getAttribute('d') ?? '') ?? [];
        return [from, to].map((y) => Math.floor(Number(y) / 28));
      }),
    );
    expect(arrows).toEqual([
      [1, 0],
      [2, 0],
      [3, 1],
    ]);
  });

  it('N2: is live, and stands still while it is paused', async () => {
    const page = await open();
    const widths = async () => (await widthsOf(page))[0] ?? 0;
    const before = await widths();
    await page.waitForTimeout(300);
    expect(await widths()).toBeGreaterThan(before);

    await page.getByRole('button', { name: 'Pause' }).click();
    await drawn(page);
    const paused = await widths();
    await page.evaluate(() => void made.hold(made.lock.reader, 'later'));
    await page.waitForTimeout(200);
    expect(await widths()).toBe(paused);
    expect(await labelsOf(page)).not.toContain('later');

    await page.getByRole('button', { name: 'Go on' }).click();
    await drawn(page);
    expect(await labelsOf(page)).toContain('later');
    expect(await widths()).toBeGreaterThan(paused);
  });

  it('N2: zooms by buttons, keys and the wheel, moves in time, and shows all', async () => {
    const page = await open();
    await page.evaluate(() => {
      made['report']?.unsubscribe();
      panel.paused = true;
    });
    const width = async () => {
      await drawn(page);
      return (await widthsOf(page))[0] ?? 0;
    };
    const first = await width();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    // To within half a pixel: what is drawn is rounded to a tenth, and a slow machine draws a narrow bar.
    expect(await width()).toBeCloseTo(1.5 * first, 0);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('-');
    expect(await width()).toBeCloseTo(first, 0);
    await page.locator('.lane .hold').first().hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    expect(await width()).toBeGreaterThan(first);

    const left = () =>
      page
        .locator('.lane .hold')
        .first()
        .evaluate((bar) => bar.getBoundingClientRect().x);
    await page.keyboard.press('0');
    await drawn(page);
    const before = await left();
    await page.keyboard.press('ArrowRight');
    await drawn(page);
    expect(await left()).toBeLessThan(before);

    await page.getByRole('button', { name: 'Show all' }).click();
    await drawn(page);
    const edges = await page.locator('.lane .hold').evaluateAll((bars) => {
      const boxes = bars.map((bar) => bar.getBoundingClientRect());
      return [boxes[0]?.left, boxes.at(-1)?.right];
    });
    const { x = 0, width: all = 0 } = (await page.locator('lock-panel').boundingBox()) ?? {};
    expect([Number(edges[0]) - x, x + all - Number(edges[1])].map(Math.round)).toEqual([253, 29]);
  });

  it('N2: is filtered by label, lock, key and mode', async () => {
    const page = await open();
    await page.evaluate(() => {
      const accounts = new rwlock.KeyedReadWriteLock<string>({ name: 'accounts' });
      panel.locks = [made.lock, accounts];
      made.hold(accounts.for('ann').writer, 'deposit');
      made.hold(accounts.for('bob').writer, 'deposit');
    });
    const filter = page.getByRole('searchbox', { name: 'Filter' });
    const shown = async (text: string) => {
      await filter.fill(text);
      await drawn(page);
      return labelsOf(page);
    };
    expect(await shown('[ANN]')).toEqual(['deposit']);
    expect(await shown('settings write')).toEqual(['save', 'cancelled']);
    // What is made while it is filtered.
    await page.evaluate(() => void made.hold(made.lock.writer, 'save again'));
    expect(await shown('save')).toEqual(['save', 'save again']);
    await expect(page.locator('.count').textContent()).resolves.toBe('2 of 7 requests');
    expect(await shown('')).toHaveLength(7);
  });

  it('N2: is driven by the keyboard, and Enter goes to what blocks the request', async () => {
    const page = await open();
    await page.getByRole('listbox', { name: 'Requests' }).focus();
    const chosen = () =>
      page.getByRole('listbox').evaluate((list) => {
        const id = list.getAttribute('aria-activedescendant') ?? '';
        const option = (list.getRootNode() as ShadowRoot).getElementById(id);
        return [option?.ariaSelected, option?.querySelector('.name')?.textContent];
      });
    const press = async (key: string) => {
      await page.keyboard.press(key);
      await drawn(page);
      return chosen();
    };
    expect(await press('ArrowDown')).toEqual(['true', 'report']);
    expect(await press('End')).toEqual(['true', 'load']);
    await expect(page.locator('.detail').textContent()).resolves.toMatch(
      /^load \(read, settings\) requests the lock at \S+, waits on. It waits for save \(write\).$/,
    );
    expect(await press('Enter')).toEqual(['true', 'save']);
    expect(await press('Enter')).toEqual(['true', 'report']);
    expect(await press('Enter')).toEqual(['true', 'report']);
    expect(await press('Escape')).toEqual([undefined, undefined]);
    await press(' ');
    expect(await page.evaluate(() => panel.paused)).toBe(true);
  });

  it('N2: tells a screen reader what a lane shows, and speaks only when it is asked', async () => {
    const page = await open();
    const names = await page
      .getByRole('option', { name: /^(report|save|cancelled), / })
      .evaluateAll((options) =>
        options.map(({ ariaLabel }) => ariaLabel?.replace(/[\d.]+\d/g, '9')),
      );
    expect(names).toEqual([
      'report, read, settings: requests the lock at 9, is granted at 9, holds on.',
      'save, write, settings: requests the lock at 9, waits on.',
      'cancelled, write, settings: requests the lock at 9, is unsubscribed at 9.',
    ]);
    await page.evaluate(() => {
      const status = panel.shadowRoot?.querySelector('[role=status]') as Element;
      const heard: unknown[] = [];
      Object.assign(globalThis, { heard });
      new MutationObserver(() => heard.push(status.textContent)).observe(status, {
        childList: true,
        characterData: true,
        subtree: true,
      });
      for (let i = 0; i < 1000; i++) made.lock.reader.acquire({ label: `${i}` }).subscribe();
    });
    await page.waitForTimeout(1000);
    const heard = () => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
    expect(await heard()).toEqual([]);
    // A key after the other is heard as one word.
    await page.getByRole('searchbox').pressSequentially('save', { delay: 50 });
    await page.waitForTimeout(1000);
    expect(await heard()).toEqual(['1 request']);
  });

  it.each(['light', 'dark'] as const)('N2: can be read on a %s page', async (colorScheme) => {
    const page = await open();
    await page.emulateMedia({ colorScheme });
    await page.addStyleTag({ content: ':root { color-scheme: light dark }' });
    await page.getByRole('option').nth(1).click();
    await drawn(page);
    const [text, background] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(panel);
      return [color, backgroundColor].map((text) => Number(/\d+/.exec(text)?.[0]));
    });
    expect([Number(text) > 128, Number(background) > 128]).toEqual(
      colorScheme === 'dark' ? [true, false] : [false, true],
    );
    await page.screenshot({ path: `${PICTURES}/panel-${colorScheme}.png` });
  });

  it('N2: the name of a lane begins with the words that are seen', async () => {
    const page = await open();
    const options = await page.getByRole('option').evaluateAll((options) =>
      options.map(({ ariaLabel, textContent }) => ({
        seen: textContent.trim(),
        name: ariaLabel?.replace(/[,:]/g, '') ?? '',
      })),
    );
    expect(options.map(({ seen }) => seen)).toContain('save write settings');
    for (const { seen, name } of options) expect(name.slice(0, seen.length)).toBe(seen);
  });

  it.each([
    [390, 130],
    [1_000, 240],
  ])('N2: in a page of %d px the labels take %d px', async (width, labels) => {
    const page = await open();
    await page.evaluate(() => (panel.paused = true));
    await page.addStyleTag({ content: 'body { margin: 0 } lock-panel { border: 0 !important }' });
    await page.setViewportSize({ width, height: 600 });
    await drawn(page);
    const boxes = (selector: string) =>
      page.locator(selector).evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
    const [label] = await boxes('.label');
    const [pointers] = await boxes('.pointers');
    const [lane] = await boxes('.lane svg');
    expect(round(label?.width)).toBe(labels);
    // The bars and the arrows begin where the labels end, and fill the rest.
    expect([round(pointers?.left), round(lane?.left)]).toEqual([labels, labels]);
    expect([round(pointers?.right), round(lane?.right)]).toEqual([width, width]);
    // The times of the axis are above the lines of the grid.
    const middles = async (selector: string) =>
      (await boxes(selector)).map(({ left, right }) => (left + right) / 2);
    const lines = await middles('.pointers .grid');
    const times = await middles('.axis .grid');
    expect(times).toHaveLength(lines.length);
    for (const [i, time] of times.entries())
      expect(Math.abs(time - Number(lines[i]))).toBeLessThan(1);
    await page.screenshot({ path: `${PICTURES}/panel-${width}.png` });
  });

  it('N2: in a live panel, what is over stays in view while nothing goes on', async () => {
    const page = await open();
    await page.setViewportSize({ width: 390, height: 600 });
    await page.evaluate(() => {
      for (const request of ['report', 'save', 'load']) made[request]?.unsubscribe();
    });
    await drawn(page);
    const end = () =>
      page.evaluate(() => {
        const bar = panel.shadowRoot?.querySelector('.lane .hold');
        return Math.round(Number(bar?.getBoundingClientRect().right));
      });
    const before = await end();
    // Longer than the time that the panel has room for.
    await page.waitForTimeout(3_000);
    await page.setViewportSize({ width: 390, height: 620 });
    await page.evaluate(() => (panel.filter = 'e'));
    await drawn(page);
    expect(await end()).toBe(before);
  });

  it('N2: shows a timeline of a trace, as the SVG and the text of it do', async () => {
    const page = await browsing.open('panel');
    const drawings = await page.evaluate(() => {
      const lock = new rwlock.ReadWriteLock();
      const events: rwlock_.LockEvent[] = [];
      rwlock.traceLock(lock).subscribe((event) => events.push(event));
      const lease = lock.writer.tryAcquire({ label: 'save' });
      lock.reader.acquire({ label: 'load' }).subscribe();
      lease?.release();
      const timeline = devtools.timelineOf('A trace', events);
      panel.timeline = timeline;
      return devtools.drawTimeline(timeline);
    });
    await drawn(page);
    for (const label of ['save', 'load']) {
      expect(await labelsOf(page)).toContain(label);
      expect(drawings).toContain(`>${label}</text>`);
    }
  });

  it('N2: goes on with its locks when it is told once more that there is no timeline', async () => {
    const page = await open();
    await page.evaluate(() => (panel.timeline = undefined));
    expect(await page.evaluate(() => panel.locks.length)).toBe(1);
    expect(await page.evaluate(() => made.lock.core.observing)).toBe(1);
  });

  it('N2: watches only while it is in a page, also what was given before it was defined', async () => {
    const page = await open();
    const observers = () => page.evaluate(() => made.lock.core.observing);
    expect(await observers()).toBe(1);
    await page.evaluate(() => panel.remove());
    expect(await observers()).toBe(0);
    await page.evaluate(() => {
      const early = document.createElement('early-panel');
      Object.assign(early, { locks: [made.lock], filter: 'save' });
      document.body.append(early);
      devtools.defineLockPanel('early-panel');
    });
    expect(await observers()).toBe(1);
    await drawn(page);
    expect(await labelsOf(page)).toEqual(['save']);
  });

  it('N2: forgets what has ended when it is cleared', async () => {
    const page = await open();
    await page.evaluate(() => made['report']?.unsubscribe());
    await page.getByRole('button', { name: 'Clear' }).click();
    await drawn(page);
    expect(await labelsOf(page)).toEqual(['save', 'load']);
  });
});
