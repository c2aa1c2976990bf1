import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const read = (file: string) => readFileSync(join(__dirname, file), 'utf8');

it('the table and the tests name the same faults', () => {
  const rows = [...read('README.md').matchAll(/^\| .* \| +(.*?) +\|$/gm)].slice(1);
  const listed = rows.map(([, title]) => title).filter((title) => !/^-+$/.test(title ?? ''));
  const files = readdirSync(__dirname).filter(
    (file) => file.endsWith('.test.ts') && file !== basename(__filename),
  );
  const titles = files.flatMap((file) => [...read(file).matchAll(/\bit\(\s*'(.*)',/g)]);
  expect(titles.length).toBeGreaterThan(10);
  expect(listed.sort()).toEqual(titles.map(([, title]) => title).sort());
});
