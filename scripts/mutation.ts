// Puts every small fault that Stryker knows into the lock, one after the other, and runs the tests on
// each. Who survives must be in the list of survivors, with the reason; it takes some twenty minutes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { survivors } from './mutation/survivors.js';
import { type Report, unexplained } from './mutation/unexplained.js';

// It is no dependency: it weighs as much as all the others, and few need it.
const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/jest-runner@9.6.1'];
const CONFIG = 'scripts/mutation/stryker.config.json';
const REPORT = 'node_modules/.cache/mutation.json';
/** How many of a hundred mutants must be found. */
const LEAST = 95;

// Outside the checkout, where jest would find every package twice, and out of node_modules, where
// TypeScript is not compiled.
const folder = mkdtempSync(join(tmpdir(), 'rwlock-mutation-'));
try {
  const packages = STRYKER.flatMap((name) => ['-p', name]);
  const args = ['stryker', 'run', CONFIG, '--tempDirName', folder, ...process.argv.slice(2)];
  const { status } = spawnSync('npx', ['-y', ...packages, ...args], { stdio: 'inherit' });
  process.exitCode = status === 0 && judge() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function judge(): boolean {
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
  const { found, all, problems } = unexplained(report, survivors);
  const score = (100 * found) / all;
  console.log(`${found} of ${all} mutants are found: ${score.toFixed(1)} %`);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 && score >= LEAST;
}
