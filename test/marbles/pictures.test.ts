import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { illustrateAll, illustrateChapter } from '../../scripts/illustrate.js';

const folder = join(__dirname, '../../marbles');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const chapters = illustrateAll(folder);
const pictures = chapters.flatMap((chapter) => chapter.pictures);

// Where one of these fails, `npm run marbles` redraws.
it.each(chapters)('$file shows the picture of each block under it', ({ file, markdown }) => {
  expect(read(file)).toBe(markdown);
});

it.each(pictures)('$path is up to date', ({ path, svg }) => {
  expect(existsSync(join(folder, path))).toBe(true);
  expect(read(path)).toBe(svg);
});

it('there is no picture without a block, and no two blocks share one', () => {
  const paths = pictures.map(({ path }) => path).sort();
  expect(readdirSync(join(folder, 'pictures')).map((name) => `pictures/${name}`)).toEqual(paths);
  expect(new Set(paths).size).toBe(paths.length);
});

describe('drawing a chapter', () => {
  const block = (source: string) => `# C

### A1 Claim

\`\`\`marbles
lock fifo

A read
  source  ${source}
  holds   ^--!
  result  ${source}
\`\`\`
`;

  it('puts the picture under its block, and replaces the one that stood there', () => {
    const once = illustrateChapter(block('--a|'), 'c.md');
    expect(once.markdown).toContain('```\n\n![A1 Claim](pictures/c-a1-claim.svg)\n');
    expect(illustrateChapter(once.markdown, 'c.md').markdown).toBe(once.markdown);
  });

  it('draws another picture when the text changes', () => {
    const [one] = illustrateChapter(block('--a|'), 'c.md').pictures;
    const [other] = illustrateChapter(block('-a-|'), 'c.md').pictures;
    expect(other?.path).toBe(one?.path);
    expect(other?.svg).not.toBe(one?.svg);
  });
});
