import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkScenario } from '../../src/testing/checkScenario.js';
import { readChapter } from '../../src/testing/readChapter.js';

const folder = join(__dirname, '../../marbles');

for (const name of readdirSync(folder).filter((name) => name.endsWith('.md'))) {
  const chapter = readChapter(readFileSync(join(folder, name), 'utf8'), `marbles/${name}`);
  if (chapter.blocks.length === 0) continue;
  describe(chapter.title, () => {
    for (const { heading, scenario } of chapter.blocks) it(heading, () => checkScenario(scenario));
  });
}
