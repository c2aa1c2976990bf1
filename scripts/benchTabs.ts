// npm run bench:tabs measures a lock of tabs in Chromium, and prints the tables of bench/README.md.
import { chromium, type Page } from 'playwright-core';
import type { Acts, Tell } from '../test/browser/pages/tab.js';
import { chromiumPath } from '../test/browser/support/inChromium.js';
import { Site } from '../test/browser/support/Site.js';

declare const tell: Tell;

if (chromiumPath === undefined) throw new Error('Chromium is missing: set CHROMIUM to its path');

const site = await Site.open({ tab: 'test/browser/pages/tab.ts' });
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext();

async function open(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.origin}/tab`);
  return page;
}

const told = (page: Page, act: keyof Acts, ...args: unknown[]) =>
  page.evaluate(([act, args]) => tell({ act, args }), [act, args] as const);

const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] ?? NaN;
const print = (...cells: unknown[]) => console.log(`| ${cells.join(' | ')} |`);

const tabs = [await open(), await open(), await open()];

console.log('64 writers in each of three tabs that do nothing while they hold the lock:\n');
print('cohort', 'grants in a second');
print('---:', '---:');
for (const grants of [1, 8, 64]) {
  const rounds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const name = `${grants} ${round}`;
    for (const tab of tabs) await told(tab, 'make', name, { cohort: { grants } });
    const counts = tabs.map((tab) => told(tab, 'hurry', name, 64, 1000) as Promise<number>);
    rounds.push((await Promise.all(counts)).reduce((sum, one) => sum + one));
  }
  print(grants, median(rounds).toLocaleString('en'));
}

console.log(
  '\nA writer waits for two tabs with four writers each, which hold the lock for 5 ms:\n',
);
print('cohort', 'two budgets and holds', 'median', 'longest of 50');
print('---', '---:', '---:', '---:');
const cohorts = [
  { grants: 1, time: 50 },
  { grants: 64, time: 20 },
  { grants: 64, time: 50 },
];
for (const cohort of cohorts) {
  const name = JSON.stringify(cohort);
  const [waiting, ...crowds] = tabs as [Page, Page, Page];
  const busy = crowds.map(async (tab) => {
    await told(tab, 'make', name, { cohort });
    await told(tab, 'crowd', name, 4, 5);
  });
  const waits: number[] = [];
  for (let n = 0; n < 50; n++) waits.push((await told(waiting, 'wait', name)) as number);
  await Promise.all([...crowds.map((tab) => told(tab, 'rest')), ...busy]);
  const bound = 2 * (Math.min(cohort.time, 5 * (cohort.grants - 1)) + 5);
  const [middle, longest] = [median(waits), Math.max(...waits)].map(Math.round);
  print(
    `${cohort.grants} grants, ${cohort.time} ms`,
    `${bound} ms`,
    `${middle} ms`,
    `${longest} ms`,
  );
}

await browser.close();
site.close();
