import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { drawTimeline } from 'rxjs-rwlock/devtools';
import { type Block, readChapter } from '../src/testing/readChapter.js';
import { toTimeline } from '../src/testing/toTimeline.js';

/** A chapter with a link to a picture under each block, and the pictures. */
export interface IllustratedChapter {
  readonly file: string;
  readonly markdown: string;
  readonly pictures: readonly Picture[];
}

/** A picture, and the claim that it shows. */
export interface Picture {
  readonly claim: string;
  /** Relative to the folder of the chapters. */
  readonly path: string;
  readonly svg: string;
}

/** Reads and draws every chapter in a folder: every page but its README, which has no blocks. */
export function illustrateAll(folder: string): readonly IllustratedChapter[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => illustrateChapter(readFileSync(join(folder, name), 'utf8'), name));
}

/** Draws the blocks of a chapter. Links to earlier pictures are replaced. */
export function illustrateChapter(markdown: string, name: string): IllustratedChapter {
  const { blocks } = readChapter(markdown, name);
  const pictures = blocks.map((block) => draw(block, basename(name, '.md')));
  const lines = markdown.split('\n');
  // From the last block to the first, since an added line moves only the blocks below it.
  for (const [i, { nextLine }] of [...blocks.entries()].reverse()) {
    const old = lines[nextLine]?.startsWith('![') ? 2 : 0;
    const { claim, path } = pictures[i] as Picture;
    lines.splice(nextLine - 1, old, '', `![${claim}](${path})`);
  }
  return { file: name, markdown: lines.join('\n'), pictures };
}

function draw({ heading, scenario }: Block, chapter: string): Picture {
  const path = `pictures/${chapter}-${slug(heading)}.svg`;
  return { claim: heading, path, svg: drawTimeline(toTimeline(heading, scenario)) };
}

function slug(heading: string): string {
  const words = heading.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(0, 9).join('-');
}
