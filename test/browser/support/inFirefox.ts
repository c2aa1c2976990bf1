import { existsSync } from 'node:fs';
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import type { OpenSite } from './inChromium.js';
import { Site } from './Site.js';

// Playwright drives a Firefox of its own only; puppeteer drives any, by WebDriver BiDi.

const places = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];
const firefoxPath = [process.env['FIREFOX'] ?? places].flat().find(existsSync);

/** What the tests of a suite have: a Firefox, and a site with the pages of the suite. */
export class FirefoxBrowsing {
  /** What the pages of a test share: cookies, storage and locks. It is new for each test. */
  context!: BrowserContext;
  browser!: Browser;
  site!: OpenSite;

  /** Opens a page of the site in a new tab. */
  async open(name: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.site.origin}/${name}`);
    return page;
  }
}

/**
 * Declares a suite that runs in Firefox. Where there is no Firefox the suite is skipped, with a
 * warning.
 *
 * @param pages - the file of the script of each page, by the name of the page
 */
export function describeInFirefox(
  title: string,
  pages: Readonly<Record<string, string>>,
  declare: (browsing: FirefoxBrowsing) => void,
): void {
  if (firefoxPath === undefined)
    console.warn(`SKIPPED: "${title}", since Firefox is missing. Set FIREFOX to its path.`);
  (firefoxPath === undefined ? describe.skip : describe)(title, () => {
    const browsing = new FirefoxBrowsing();

    beforeAll(async () => {
      browsing.site = await Site.open(pages);
      browsing.browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: firefoxPath ?? '',
      });
    });

    beforeEach(async () => {
      browsing.context = await browsing.browser.createBrowserContext();
    });

    afterEach(() => browsing.context.close());

    afterAll(async () => {
      await browsing.browser.close();
      browsing.site.close();
    });

    declare(browsing);
  });
}
