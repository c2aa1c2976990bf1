import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { illustrateAll } from '../../scripts/illustrate.js';

// `marbles/README.md` lists the promises. Each links to the blocks that show it, and names the test
// files that do: a link to these would be dead in the package. Their titles begin with its number.

const marbles = join(__dirname, '../../marbles');
const tests = join(__dirname, '..');
const list = readFileSync(join(marbles, 'README.md'), 'utf8');

/** A promise of the list: where its links lead, and the test files that it names. */
interface Promised {
  readonly id: string;
  readonly shownBy: readonly string[];
}

/** A block or a test file: the promises that it shows, and its link or name in the list. */
interface Check {
  readonly ids: readonly string[];
  readonly place: string;
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

/** The files named in code font, as in `test/lock/leases.test.ts`. */
function testsIn(markdown: string): string[] {
  return [...markdown.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file);
}

function testFile(file: string): Check {
  const titles = readFileSync(join(tests, file), 'utf8').matchAll(/\(\s*['"`]([A-Z]\d+[^'"`]*)/g);
  return { ids: [...titles].flatMap(([, title = '']) => idsOf(title)), place: `test/${file}` };
}

const checks: readonly Check[] = [
  ...illustrateAll(marbles).flatMap(({ file, pictures }) =>
    pictures.map(({ claim }) => ({ ids: idsOf(claim), place: `${file}#${anchorOf(claim)}` })),
  ),
  ...readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map(testFile),
];

const promises: readonly Promised[] = [
  ...list.matchAll(/^- \*\*([A-Z]\d+)\*\* (.*(?:\n {2}.*)*)/gm),
].map(([, id = '', text = '']) => ({ id, shownBy: [...linksIn(text), ...testsIn(text)] }));

it('every promise that has a check is listed, once', () => {
  const listed = promises.map(({ id }) => id);
  const checked = new Set(checks.flatMap(({ ids }) => ids));
  expect([...listed].sort()).toEqual([...checked].sort());
});

it.each(promises)('whatever promise $id links to or names checks it', ({ id, shownBy }) => {
  const sound = checks.filter(({ ids }) => ids.includes(id)).map(({ place }) => place);
  expect(shownBy).not.toEqual([]);
  expect(shownBy.filter((place) => !sound.includes(place))).toEqual([]);
});

it('every page and picture that the list links to exists', () => {
  const files = linksIn(list).map((link) => link.replace(/#.*/, ''));
  expect(files.filter((file) => !existsSync(join(marbles, file)))).toEqual([]);
});
