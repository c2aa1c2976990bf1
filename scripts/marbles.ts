// Redraws the pictures of the specification and their places in the chapters.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { illustrateAll } from './illustrate.js';

const MARBLES = 'marbles';
const chapters = illustrateAll(MARBLES);
rmSync(join(MARBLES, 'pictures'), { recursive: true, force: true });
mkdirSync(join(MARBLES, 'pictures'));
for (const { file, markdown, pictures } of chapters) {
  writeFileSync(join(MARBLES, file), markdown);
  for (const { path, svg } of pictures) writeFileSync(join(MARBLES, path), svg);
}
console.log(`drew ${chapters.flatMap(({ pictures }) => pictures).length} pictures`);
