import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from '../codeBlocks.js';
import { install, pinned } from './install.js';
import { run } from './run.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, unknown>;
  overrides: Record<string, string>;
};
const formats = ['esm', 'cjs'];
const oldestRxjs = '7.2.0';
/** Older releases don't know `Disposable`, which a lease is. */
const oldestTypescript = '5.2.2';
/** The newer types of pg don't know the oldest TypeScript. */
const oldTypesOfPg = ['@types/pg@8.11.0', 'pg-protocol@1.6.0'];

/** Installs the tarball into a new project at `folder` and uses it there as a stranger would. */
export function tryInEmptyProject(tarball: string, folder: string): void {
  const { overrides } = manifest;
  mkdirSync(folder);
  for (const format of formats) {
    cpSync(join('test/package', format), join(folder, format), { recursive: true });
    writeSources(join(folder, format));
  }
  cpSync('test/testing/jestGlobals.test.ts', join(folder, 'cjs', 'jestGlobals.test.ts'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  // jest brings the types of Node, whose newest version needs a newer TypeScript than the oldest.
  const needed = ['rxjs', 'typescript', 'jest', '@types/node', 'pg', '@types/pg'];
  install([tarball, ...needed.map(pinned)], folder);
  compileInBothFormats(folder);
  useInBothFormats(folder);
  install([`typescript@${oldestTypescript}`, ...oldTypesOfPg], folder);
  compileInBothFormats(folder);
  // Only run, since TypeScript's newer ways of resolution don't find the types of this rxjs.
  install([`rxjs@${oldestRxjs}`], folder);
  useInBothFormats(folder);
}

/** Writes the examples of the README, and a file that refers to the types of every entry point. */
function writeSources(folder: string): void {
  const examples = codeBlocks(readFileSync('README.md', 'utf8'), 'ts').filter((code) =>
    code.includes("'rxjs-rwlock'"),
  );
  for (const [i, code] of examples.entries()) writeFileSync(join(folder, `readme${i}.ts`), code);
  const types = Object.keys(manifest.exports)
    // The types of Angular need a newer TypeScript, and `npm run check:angular` looks at them.
    .filter((path) => !path.endsWith('.json') && path !== './angular')
    .map(
      (path, i) => `export type T${i} = typeof import('${path.replace('.', 'rxjs-rwlock')}');\n`,
    );
  writeFileSync(join(folder, 'types.ts'), types.join(''));
}

function compileInBothFormats(folder: string): void {
  for (const format of formats) run('npx', ['tsc', '-p', format], folder);
}

function useInBothFormats(folder: string): void {
  for (const format of formats) {
    run('node', [join(format, 'readme0.js')], folder);
    run('node', [join(format, 'entryPoints.js')], folder);
    run('node', [join(format, 'devtools.js')], folder);
    run('node', ['--conditions=production', join(format, 'devtools.js')], folder);
  }
  run('node', [join('esm', 'bothFormats.js')], folder);
  // The compiled tests only.
  run('npx', ['jest', 'cjs.*[.]js$'], folder);
}
