import { ESLint } from 'eslint';

/** `file imports specifier`, and whether the layer rules must let it pass. */
const claims: [file: string, specifier: string, passes: boolean][] = [
  ['src/core/x.ts', './Queue.js', true],
  ['src/core/x.ts', './policies/fifo.js', true],
  ['src/core/x.ts', 'rxjs', false],
  ['src/core/x.ts', 'node:fs', false],
  ['src/core/x.ts', '../lock/ReadWriteLock.js', false],
  ['src/core/x.ts', './policies/../../lock/ReadWriteLock.js', false],
  ['src/core/x.ts', './../lock/ReadWriteLock.js', false],
  ['src/core/policies/x.ts', '../LockMode.js', true],
  ['src/core/policies/x.ts', './fifo.js', true],
  ['src/core/policies/x.ts', '../../lock/ReadWriteLock.js', false],
  ['src/core/policies/x.ts', 'rxjs', false],

  ['src/lock/x.ts', './ReadWriteLock.js', true],
  ['src/lock/x.ts', '../core/LockCore.js', true],
  ['src/lock/x.ts', 'rxjs', true],
  ['src/lock/x.ts', 'rxjs/operators', false],
  ['src/lock/x.ts', '../operators/withReadLock.js', false],
  ['src/lock/x.ts', '../index.js', false],
  ['src/lock/x.ts', '../testing/index.js', false],

  ['src/operators/x.ts', './withReadLock.js', true],
  ['src/operators/x.ts', '../core/LockMode.js', true],
  ['src/operators/x.ts', '../lock/ReadWriteLock.js', true],
  ['src/operators/x.ts', 'rxjs', true],
  ['src/operators/x.ts', '../index.js', false],
  ['src/operators/x.ts', '../testing/index.js', false],

  ['src/testing/x.ts', './index.js', true],
  ['src/testing/x.ts', '../index.js', true],
  ['src/testing/x.ts', 'rxjs/testing', true],
  ['src/testing/x.ts', '../core/LockCore.js', false],
  ['src/testing/x.ts', 'jest', false],
  ['src/testing/x.ts', '@jest/globals', false],
  ['src/testing/draw/x.ts', '../../index.js', true],
  ['src/testing/draw/x.ts', '../../core/LockCore.js', false],

  ['src/index.ts', './core/errors.js', true],
  ['src/index.ts', './testing/index.js', false],
  ['src/index.ts', '../test/x.js', false],
  ['src/index.ts', '../examples/bank/main.js', false],
];

// Without type information, so that the files need not exist.
const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-'),
});

async function passes(filePath: string, code: string): Promise<boolean> {
  const results = await eslint.lintText(code, { filePath });
  return results.every(({ errorCount }) => errorCount === 0);
}

const wrong: string[] = [];
for (const [file, specifier, expected] of claims) {
  for (const code of [`export * from '${specifier}';`, `import type { x } from '${specifier}';`]) {
    if ((await passes(file, code)) !== expected) {
      wrong.push(`${file} ${expected ? 'may' : 'must not'} have: ${code}`);
    }
  }
}
for (const code of ["void import('rxjs');", "import x = require('rxjs');", 'setTimeout(run);']) {
  if (await passes('src/core/x.ts', code)) wrong.push(`src/core/x.ts must not have: ${code}`);
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log(`layers: ${claims.length} claims hold`);
