// Redraws the pictures of the specification, their places in the chapters, and the index.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { illustrateAll } from './chapters.js';
import { illustrateIndex } from './illustrate.js';

const MARBLES = 'marbles';
const chapters = illustrateAll(MARBLES);
rmSync(join(MARBLES, 'pictures'), { recursive: true, force: true });
mkdirSync(join(MARBLES, 'pictures'));
for (const { file, markdown, pictures } of chapters) {
  writeFileSync(join(MARBLES, file), markdown);
  for (const { path, svg } of pictures) writeFileSync(join(MARBLES, path), svg);
}
const index = join(MARBLES, 'README.md');
writeFileSync(index, illustrateIndex(readFileSync(index, 'utf8'), chapters));
console.log(`drew ${chapters.flatMap(({ pictures }) => pictures).length} pictures`);
