import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { type Browsing, describeInChromium } from '../../../test/browser/support/inChromium.js';
import { serve } from '../server/serve.js';

const folder = join(__dirname, '..');
const shots = join(folder, 'screenshots');
const WITHOUT = 'Without the lock';
const WITH = 'With the lock';

/** Finds what people with disabilities would stumble over. */
const axe = readFileSync(join(folder, 'node_modules/axe-core/axe.min.js'), 'utf8');

const violations = `axe.run().then(({ violations }) =>
  violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => [help, html])))`;

/** The pages of a build. */
const built = (configuration: string) => () =>
  serve(join(folder, 'dist', configuration, 'browser'));

// The scenes take real time, which a machine with too much else to do may not give them.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

describeInChromium('the Angular example', built('development'), (browsing) => {
  it('brings the old title back without the lock, and keeps the new one with it', async () => {
    const page = await open(browsing, 'save-and-reload');
    await play(page);

    expect(await verdict(page, WITHOUT)).toBe(
      '✘ Wrong. “New title” is stored, but the screen shows “Old title”, beside the word “Saved”.',
    );
    expect(await column(page, WITHOUT).locator('app-part strong').allInnerTexts()).toEqual(
      Array(3).fill('Old title'),
    );
    expect(await verdict(page, WITH)).toBe(
      '✔ Right. “New title” is stored, and all three parts show it.',
    );
    expect(await shown(page, WITH)).toEqual(['Old title', 'New title']);
    const requests = page.getByRole('region', { name: 'The lock' }).getByRole('option');
    expect(await requests.allInnerTexts()).toEqual([
      expect.stringContaining('Header reloads'),
      expect.stringContaining('Outline reloads'),
      expect.stringContaining('Preview reloads'),
      expect.stringContaining('Save'),
    ]);
    await shoot(page, 'save-and-reload');
  });

  it('takes an optimistic tick back without the lock, and keeps it with it', async () => {
    const page = await open(browsing, 'optimistic-update');
    await play(page);

    expect(await verdict(page, WITHOUT)).toMatch(/^✘ Wrong/);
    expect(await shown(page, WITHOUT)).toEqual(['open', 'done', 'open', 'done']);
    expect(await verdict(page, WITH)).toMatch(/^✔ Right/);
    expect(await shown(page, WITH)).toEqual(['open', 'done']);
    expect(await column(page, WITH).getByRole('checkbox').isChecked()).toBe(true);
    await shoot(page, 'optimistic-update');
  });

  it('sends half a letter twice without the lock, and the whole one once with it', async () => {
    const page = await open(browsing, 'autosave-and-submit');
    await play(page);

    expect(await verdict(page, WITHOUT)).toBe(
      '✘ Wrong. The person wrote “Dear Ann, thank you!”, and “Dear Ann,” and “Dear Ann,” were sent.',
    );
    expect(await verdict(page, WITH)).toBe(
      '✔ Right. One letter was sent, and it is whole: “Dear Ann, thank you!”.',
    );
    await shoot(page, 'autosave-and-submit');
  });

  it('charges an unsaved basket without the locks, and the whole one with them', async () => {
    const page = await open(browsing, 'keyed-list');
    await play(page);

    expect(await verdict(page, WITHOUT)).toMatch(
      /^✘ Wrong. The screen says 2 tea, 1 milk. Stored are 1 tea, 1 milk/,
    );
    expect(await verdict(page, WITH)).toBe(
      '✔ Right. 2 tea, 1 milk are stored and charged, as the screen says.',
    );
    await shoot(page, 'keyed-list');
  });

  it.each([
    [
      'The tile that began the refresh is closed',
      '✘ Wrong. 5 tiles load for ever.',
      'One tile was',
    ],
    ['The refresh fails', '✘ Wrong. 5 tiles load for ever.', 'All six tiles say that they failed'],
    ['Six requests, nothing else', '✔ Right. All six', 'All six tiles loaded after one refresh.'],
    ['One request is slow', '✔ Right. The other five', 'The other five loaded after one refresh'],
  ])('refreshes the token when this happens: %s', async (upset, without, withLock) => {
    const page = await open(browsing, 'token-refresh');
    await page.getByLabel(upset).check();
    await play(page);
    forget401s(browsing);

    expect(await verdict(page, WITHOUT)).toContain(without);
    expect(await verdict(page, WITH)).toContain(`✔ Right. ${withLock}`);
    expect(
      await column(page, WITH)
        .getByText(/: Refresh, /)
        .count(),
    ).toBe(1);
    await shoot(page, `token-refresh ${upset}`);
  });

  it('signs a tab out without the lock, and refreshes once for all tabs with it', async () => {
    const page = await open(browsing, 'tabs');
    await play(page);
    forget401s(browsing);

    expect(await verdict(page, WITHOUT)).toBe(
      '✘ Wrong. The third tab asks the person to sign in again: 3 refreshes were sent with a token that works once.',
    );
    expect(await tabsOf(page, WITHOUT)).toEqual({
      'First tab': 'Orders: loaded',
      'Second tab': 'Closed.',
      'Third tab': 'Please sign in again.',
    });
    expect(await verdict(page, WITH)).toBe(
      '✔ Right. The first and the third tab loaded after one refresh, and the second one, which was closed while it waited, stopped nobody.',
    );
    expect(await tabsOf(page, WITH)).toEqual({
      'First tab': 'Orders: loaded',
      'Second tab': 'Closed.',
      'Third tab': 'Orders: loaded',
    });
    const sent = column(page, WITH).locator('app-timeline li > .visually-hidden');
    expect(await sent.filter({ hasText: 'Second: ' }).allInnerTexts()).toEqual([
      expect.stringMatching(/: Second: Load, refused 401/),
    ]);
    expect(await sent.filter({ hasText: ': Refresh, ' }).allInnerTexts()).toEqual([
      expect.stringMatching(/: First: Refresh, answered/),
    ]);
    await shoot(page, 'tabs');
  });

  it('forgets a run by Reset, also in the middle of it', async () => {
    const page = await open(browsing, 'save-and-reload');
    await page.getByRole('button', { name: 'Play' }).click();
    await column(page, WITHOUT).getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'Reset' }).click();
    await column(page, WITHOUT).getByText('Not saved.').waitFor();
    await page.waitForTimeout(2_500);
    expect(await page.getByText('Nothing has happened yet.').count()).toBe(2);
  });

  it('can be used by keyboard alone', async () => {
    const page = await open(browsing, 'token-refresh');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // the link to the scene
    await page.keyboard.press('Tab'); // what the script does
    await page.keyboard.press('Tab'); // the radio buttons
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('The refresh fails').isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Playing…' }).waitFor();
    await page.getByRole('link', { name: 'Optimistic update' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Optimistic update' }).waitFor();
    forget401s(browsing);
  });
});

describeInChromium('a production build of the Angular example', built('production'), (browsing) => {
  it('runs, and has nothing of the devtools', async () => {
    const page = await open(browsing, 'save-and-reload');
    await play(page);

    expect(await verdict(page, WITH)).toMatch(/^✔ Right/);
    expect(scriptsOf('development')).toContain(OF_THE_PANEL);
    expect(scriptsOf('production')).not.toContain(OF_THE_PANEL);
  });
});

/** A text that the panel of the devtools shows. */
const OF_THE_PANEL = 'Choose a request to see what it waits for.';

function scriptsOf(configuration: string): string {
  const scripts = join(folder, 'dist', configuration, 'browser');
  return readdirSync(scripts)
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(scripts, file), 'utf8'))
    .join('\n');
}

/** The browser logs each of them, and they are what the scene is about. */
function forget401s(browsing: Browsing): void {
  browsing.errors = browsing.errors.filter((error) => !/status of 40[13]/.test(error));
}

async function open(browsing: Browsing, path: string): Promise<Page> {
  const page = await browsing.context.newPage();
  await page.goto(`${browsing.site.origin}/${path}`);
  return page;
}

/** Plays the script of a scene, and waits for its end. A screen reader is told what came of it. */
async function play(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Play' }).click();
  await column(page, WITH)
    .getByText(/^. (Right|Wrong)\./)
    .waitFor({ timeout: 20_000 });
  for (const name of [WITHOUT, WITH]) {
    const [, isRight = '', text = ''] = /^. (\w+)\. (.*)/.exec(await verdict(page, name)) ?? [];
    await page
      .locator('app-scene-page > [role=status]')
      .getByText(`${name}: ${isRight.toLowerCase()}. ${text}`)
      .waitFor({ state: 'attached' });
  }
}

function column(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

async function verdict(page: Page, name: string): Promise<string> {
  return (await column(page, name).locator('.verdict').innerText()).trim();
}

/** What the screen has shown, one after the other, as the timeline has it. */
async function shown(page: Page, name: string): Promise<string[]> {
  return column(page, name).locator('.bar.screen').allInnerTexts();
}

/** What a person sees in each tab of a column. */
async function tabsOf(page: Page, name: string): Promise<Record<string, string>> {
  const figures = await column(page, name).locator('figure').all();
  const seen = figures.map(async (figure) => {
    const isOpen = (await figure.locator('iframe').count()) > 0;
    const text = isOpen ? figure.frameLocator('iframe').getByRole('status') : figure.locator('p');
    return [await figure.locator('figcaption').innerText(), await text.innerText()] as const;
  });
  return Object.fromEntries(await Promise.all(seen));
}

/**
 * Keeps screenshots, to look at: light and dark, wide and narrow. Nothing is cut off at the side, and
 * no rule of axe is broken.
 */
async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  for (const frame of page.frames()) await frame.evaluate(axe);
  for (const [size, width] of Object.entries({ wide: 1_400, narrow: 390 })) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = join(shots, `${name}, ${size}, ${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      expect(await page.evaluate(violations)).toEqual([]);
    }
  }
}
