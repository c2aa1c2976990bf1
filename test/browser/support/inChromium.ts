import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Site } from './Site.js';

/** A site that is served, as in `http://localhost:41234`. */
export interface OpenSite {
  readonly origin: string;
  close(): void;
}

/** Where Chromium is, or Chrome; the variable `CHROMIUM` goes before. */
const places = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
export const chromiumPath = [process.env['CHROMIUM'] ?? places].flat().find(existsSync);
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** What the tests of a suite have: a Chromium, and a site with the pages of the suite. */
export class Browsing {
  /** What the pages of a test share: cookies, storage and locks. It is new for each test. */
  context!: BrowserContext;
  browser!: Browser;
  site!: OpenSite;
  /** What pages have logged as an error, or have thrown; a test fails unless it takes them away. */
  errors: string[] = [];

  /** Opens a page of the site in a new tab. */
  async open(name: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.site.origin}/${name}`);
    return page;
  }
}

/**
 * Declares a suite that runs in Chromium. Where there is no Chromium the suite is skipped, with a
 * warning.
 *
 * @param pages - the file of the script of each page, by the name of the page; or a function that
 * opens another site
 */
export function describeInChromium(
  title: string,
  pages: Readonly<Record<string, string>> | (() => Promise<OpenSite>),
  declare: (browsing: Browsing) => void,
): void {
  if (chromiumPath === undefined)
    console.warn(`SKIPPED: "${title}", since Chromium is missing. Set CHROMIUM to its path.`);
  (chromiumPath === undefined ? describe.skip : describe)(title, () => {
    const browsing = new Browsing();

    beforeAll(async () => {
      browsing.site = await (typeof pages === 'function' ? pages() : Site.open(pages));
      browsing.browser = await chromium.launch({
        executablePath: chromiumPath ?? '',
        args,
        // Users have one.
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      });
    });

    beforeEach(async () => {
      browsing.errors = [];
      browsing.context = await browsing.browser.newContext();
      browsing.context.on('weberror', (error) => browsing.errors.push(String(error.error())));
      browsing.context.on('console', (message) => {
        if (message.type() === 'error') browsing.errors.push(message.text());
      });
    });

    afterEach(async () => {
      await browsing.context.close();
      expect(browsing.errors).toEqual([]);
    });

    afterAll(async () => {
      await browsing.browser.close();
      browsing.site.close();
    });

    declare(browsing);
  });
}
