// Runs Stryker, which makes one small change to the lock at a time (a mutant) and runs the tests on it.
// With `--disableBail` it runs all tests on each mutant, which takes hours, and then prints for each
// clause how many mutants its tests kill.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killsByClause, readReport } from './mutation/killsByClause.js';

// Not a dependency, since it is as large as all the others together and seldom used.
const STRYKER = '@stryker-mutator/core@9.6.1';
const CONFIG = 'scripts/mutation/stryker.config.json';

const options = process.argv.slice(2);
const isLookedInto = options.includes('--disableBail');
process.exitCode = runStryker() && (!isLookedInto || everyClauseKills()) ? 0 : 1;

/** Returns whether enough mutants are killed. The configuration sets the share (`thresholds`). */
function runStryker(): boolean {
  // Not in the checkout, where jest would find every package twice, and not in node_modules, where it
  // would not compile TypeScript.
  const folder = mkdtempSync(join(tmpdir(), 'rwlock-mutation-'));
  try {
    const args = ['-p', STRYKER, 'stryker', 'run', CONFIG, '--tempDirName', folder, ...options];
    return spawnSync('npx', ['-y', ...args], { stdio: 'inherit' }).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function everyClauseKills(): boolean {
  const kills = killsByClause(readReport());
  console.log('Mutants that the tests of each clause kill:');
  console.log([...kills].map(([clause, killed]) => `${clause} ${killed}`).join(', '));
  // If only a part of the sources is changed, the tests of some clauses have nothing to kill.
  if (options.length > 0) return true;
  const idle = [...kills].filter(([, killed]) => killed === 0).map(([clause]) => clause);
  if (idle.length > 0)
    console.error(`The tests of these clauses kill no mutant: ${idle.join(', ')}`);
  return idle.length === 0;
}
