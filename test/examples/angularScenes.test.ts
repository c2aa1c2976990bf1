import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = 'examples/angular/src/app/scenes';

describe('the lines that a scene of the Angular example shows', () => {
  it.each(readdirSync(folder))('are lines of its services: %s', (file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    const shown = [...source.matchAll(/ code: `\n([^]*?)`,\n/g)].map(([, code = '']) => code);
    const [services = ''] = source.split('export const ');
    const lines = linesOf(services);
    expect(shown).toHaveLength(2);
    for (const code of shown)
      expect(
        linesOf(code.replace(/\\([`$])/g, '$1')).filter((line) => !lines.includes(line)),
      ).toEqual([]);
  });
});

function linesOf(code: string): string[] {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
