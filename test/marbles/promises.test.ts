import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { illustrateAll } from '../../scripts/illustrate.js';

// `marbles/README.md` lists the promises. Each links to the blocks and tests that show it, whose
// titles begin with its number.

const marbles = join(__dirname, '../../marbles');
const tests = join(__dirname, '..');
const list = readFileSync(join(marbles, 'README.md'), 'utf8');

/** A promise of the list, and where its links lead. */
interface Promised {
  readonly id: string;
  readonly links: readonly string[];
}

/** A block or a test file: the promises that it shows, and what a link to it looks like. */
interface Check {
  readonly ids: readonly string[];
  readonly link: string;
}

/** `A3` and `B1` of `A3, B1: a reader …`; the heading of a block has no colon. */
function idsOf(title: string): readonly string[] {
  return /^[A-Z]\d+(?:, [A-Z]\d+)*(?=:? )/.exec(title)?.[0].split(', ') ?? [];
}

/** The anchor that a heading has on GitHub. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function linksIn(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
}

function testFile(file: string): Check {
  const titles = readFileSync(join(tests, file), 'utf8').matchAll(/\(\s*['"`]([A-Z]\d+[^'"`]*)/g);
  return { ids: [...titles].flatMap(([, title = '']) => idsOf(title)), link: `../test/${file}` };
}

const checks: readonly Check[] = [
  ...illustrateAll(marbles).flatMap(({ file, pictures }) =>
    pictures.map(({ claim }) => ({ ids: idsOf(claim), link: `${file}#${anchorOf(claim)}` })),
  ),
  ...readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map(testFile),
];

const promises: readonly Promised[] = [
  ...list.matchAll(/^- \*\*([A-Z]\d+)\*\* (.*(?:\n {2}.*)*)/gm),
].map(([, id = '', text = '']) => ({ id, links: linksIn(text) }));

it('every promise that has a check is listed, once', () => {
  const listed = promises.map(({ id }) => id);
  const checked = new Set(checks.flatMap(({ ids }) => ids));
  expect([...listed].sort()).toEqual([...checked].sort());
});

it.each(promises)('each link of promise $id leads to a check of it', ({ id, links }) => {
  const sound = checks.filter(({ ids }) => ids.includes(id)).map(({ link }) => link);
  expect(links).not.toEqual([]);
  expect(links.filter((link) => !sound.includes(link))).toEqual([]);
});

it('every page and picture that the list links to exists', () => {
  const files = linksIn(list).map((link) => link.replace(/#.*/, ''));
  expect(files.filter((file) => !existsSync(join(marbles, file)))).toEqual([]);
});
