import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults, unbroken } from '../../scripts/faults/list.js';
import { faultTable, withTable } from '../../scripts/faults/table.js';

const root = join(__dirname, '../..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

it('every seeded fault has its place in the sources, exactly once', () => {
  const lost = faults.filter(({ file, find }) => read('src', file).split(find).length !== 2);
  expect(lost.map(({ fault }) => fault)).toEqual([]);
});

it('every promise is broken by a fault', () => {
  expect(unbroken()).toEqual([]);
});

it('the table of faults in CONTRIBUTING.md is that of the list', () => {
  const markdown = read('CONTRIBUTING.md');
  expect(withTable(markdown, faultTable(faults))).toBe(markdown);
  expect(markdown).toContain(faultTable(faults));
});
