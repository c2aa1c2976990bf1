import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const published =
  /^(dist\/|src\/|marbles\/|(docs|bench)\/[^/]+\.md$|(package\.json|LICENSE|(README|CHANGELOG|CONTRIBUTING)\.md)$)/;
const forTests = /\.test\.|(^|\/)(test|__tests__|__mocks__)\//;
const absolutePath = /file:\/\/|(?<=["'`\s(])(\/(home|Users|root)\/|[A-Za-z]:\\)/;

/**
 * Throws if the unpacked package in `folder` has a file that must not be published, a path of this
 * machine, or a source map, link or picture that leads to a missing file.
 */
export function checkContents(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  for (const file of files) {
    assert.match(file, published, `${file} must not be published`);
    assert.doesNotMatch(file, forTests, `${file} belongs to the tests`);
    checkFile(join(folder, file));
  }
  console.log(`contents: ${files.length} files, without foreign paths and dead links`);
}

function checkFile(path: string): void {
  const text = readFileSync(path, 'utf8');
  assert.doesNotMatch(text, absolutePath, `${path} names an absolute path`);
  for (const own of [process.cwd(), homedir()]) {
    assert.ok(!text.includes(`${own}/`), `${path} names a path of this machine`);
  }
  if (path.endsWith('.map')) checkSources(path, text);
  if (path.endsWith('.md')) checkLinks(path, text);
}

function checkLinks(path: string, text: string): void {
  for (const [, link = ''] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
    if (/^https?:/.test(link)) continue;
    assert.ok(existsSync(join(dirname(path), link)), `${path} leads to a missing ${link}`);
  }
}

function checkSources(path: string, text: string): void {
  const { sources } = JSON.parse(text) as { sources: string[] };
  for (const source of sources) {
    assert.ok(existsSync(join(dirname(path), source)), `${path} leads to a missing ${source}`);
  }
}
