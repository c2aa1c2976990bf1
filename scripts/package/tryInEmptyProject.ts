import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from '../codeBlocks.js';
import { run } from './run.js';

const { devDependencies, overrides } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>;
  overrides: Record<string, string>;
};
const formats = ['esm', 'cjs'];
const oldestRxjs = '7.2.0';

/** Installs the tarball into a new project at `folder` and uses it there as a stranger would. */
export function tryInEmptyProject(tarball: string, folder: string): void {
  mkdirSync(folder);
  for (const format of formats) {
    cpSync(join('test/package', format), join(folder, format), { recursive: true });
    writeFileSync(join(folder, format, 'readme.ts'), readmeExample());
  }
  cpSync('test/testing/jestGlobals.test.ts', join(folder, 'cjs', 'jestGlobals.test.ts'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  install([tarball, ...['rxjs', 'typescript', 'jest'].map(pinned)], folder);
  for (const format of formats) run('npx', ['tsc', '-p', format], folder);
  useInBothFormats(folder);
  // Only run, as the types of this rxjs are not found by TypeScript's newer resolutions.
  install([`rxjs@${oldestRxjs}`], folder);
  useInBothFormats(folder);
}

function readmeExample(): string {
  const [first] = codeBlocks(readFileSync('README.md', 'utf8'), 'ts');
  if (first === undefined) throw new Error('README.md has no block of ts');
  return first;
}

function pinned(name: string): string {
  const version = devDependencies[name];
  if (version === undefined) throw new Error(`${name} is no devDependency`);
  return `${name}@${version}`;
}

function install(packages: string[], folder: string): void {
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], folder);
}

function useInBothFormats(folder: string): void {
  for (const format of formats) {
    run('node', [join(format, 'readme.js')], folder);
    run('node', [join(format, 'entryPoints.js')], folder);
  }
  run('node', [join('esm', 'bothFormats.js')], folder);
  // The compiled tests only.
  run('npx', ['jest', 'cjs.*[.]js$'], folder);
}
