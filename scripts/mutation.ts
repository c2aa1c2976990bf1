// Runs Stryker, which makes one small change to the lock at a time (a mutant) and runs the tests on it.
// Then tells for each clause how many mutants its tests kill. Takes some twenty minutes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killsByClause, readReport } from './mutation/killsByClause.js';

// It is not a dependency: it weighs as much as all the others, and few need it.
const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/jest-runner@9.6.1'];
const CONFIG = 'scripts/mutation/stryker.config.json';

const options = process.argv.slice(2);
process.exitCode = runStryker() && everyClauseKills() ? 0 : 1;

/** Whether enough mutants are killed: `thresholds` in the configuration. */
function runStryker(): boolean {
  // Outside the checkout, where jest would find every package twice, and out of node_modules, where
  // TypeScript is not compiled.
  const folder = mkdtempSync(join(tmpdir(), 'rwlock-mutation-'));
  try {
    const packages = STRYKER.flatMap((name) => ['-p', name]);
    const args = ['stryker', 'run', CONFIG, '--tempDirName', folder, ...options];
    return spawnSync('npx', ['-y', ...packages, ...args], { stdio: 'inherit' }).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function everyClauseKills(): boolean {
  const kills = killsByClause(readReport());
  console.log('Mutants that the tests of each clause kill:');
  console.log([...kills].map(([clause, killed]) => `${clause} ${killed}`).join(', '));
  // A part of the sources has something to kill for some of the clauses only.
  if (options.length > 0) return true;
  const idle = [...kills].filter(([, killed]) => killed === 0).map(([clause]) => clause);
  if (idle.length > 0) console.error(`The tests of these clauses kill nothing: ${idle.join(', ')}`);
  return idle.length === 0;
}
