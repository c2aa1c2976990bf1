import { basename } from 'node:path';
import { drawTimeline } from 'rxjs-rwlock/devtools';
import { type Block, readChapter } from '../src/testing/readChapter.js';
import { toTimeline } from '../src/testing/toTimeline.js';

/** A chapter as it ought to be: the text with a picture under each block, and the pictures. */
export interface IllustratedChapter {
  readonly file: string;
  readonly title: string;
  readonly markdown: string;
  readonly pictures: readonly Picture[];
}

/** A picture and the claim that it shows. */
export interface Picture {
  readonly claim: string;
  /** Relative to the folder of the chapters. */
  readonly path: string;
  readonly svg: string;
}

/** Where the generated part of the index begins. */
const INDEX_MARK = '<!-- chapters: written by `npm run marbles` -->';

/** Draws a chapter. The text is the truth: what stood under a block as its picture is replaced. */
export function illustrateChapter(markdown: string, name: string): IllustratedChapter {
  const { title, blocks } = readChapter(markdown, name);
  const pictures = blocks.map((block) => draw(block, basename(name, '.md')));
  const lines = markdown.split('\n');
  // From the last block to the first, so that the lines of those to come stay where they are.
  for (const [i, { nextLine }] of [...blocks.entries()].reverse()) {
    const old = lines[nextLine]?.startsWith('![') ? 2 : 0;
    lines.splice(nextLine - 1, old, '', link(pictures[i] as Picture));
  }
  return { file: name, title, markdown: lines.join('\n'), pictures };
}

/** Writes the list of all chapters and pictures behind the mark in the index. */
export function illustrateIndex(markdown: string, chapters: readonly IllustratedChapter[]): string {
  const [head = ''] = markdown.split(INDEX_MARK);
  const parts = chapters.map(({ file, title, pictures }) =>
    [`## [${title}](${file})`, ...pictures.map(link)].join('\n\n'),
  );
  return `${head}${INDEX_MARK}\n\n${parts.join('\n\n')}\n`;
}

function draw({ heading, scenario }: Block, chapter: string): Picture {
  const path = `pictures/${chapter}-${slug(heading)}.svg`;
  return { claim: heading, path, svg: drawTimeline(toTimeline(heading, scenario)) };
}

function link({ claim, path }: Picture): string {
  return `![${claim}](${path})`;
}

function slug(heading: string): string {
  const words = heading.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(0, 9).join('-');
}
