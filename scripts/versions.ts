// Runs the tests with another version of rxjs, on another version of Node, in a copy of the project.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';

const { rxjs, node } = new Command('versions')
  .option('--rxjs <version>', 'the version of rxjs, such as 7.2.0')
  .option('--node <version>', 'the version of Node, such as 22')
  .parse()
  .opts<{ rxjs?: string; node?: string }>();

const copy = mkdtempSync(join(tmpdir(), 'rxjs-rwlock-versions-'));
try {
  cpSync('.', copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/^(\.git|dist|coverage)(\/|$)/.test(path),
  });
  if (rxjs) run('npm', 'install', '--no-save', '--no-audit', '--no-fund', `rxjs@${rxjs}`);
  const jest = ['node_modules/jest/bin/jest.js', ...(rxjs ? ['--no-cache'] : [])];
  const nodeArgs = node ? ['-y', '-p', `node@${node}`, 'node'] : [];
  console.log(`rxjs ${rxjs ?? 'as installed'}, Node ${node ?? process.version}`);
  if (node) run('npx', ...nodeArgs, '--version');
  if (node) run('npx', ...nodeArgs, ...jest);
  else run(process.execPath, ...jest);
} catch {
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { cwd: copy, stdio: 'inherit' });
}
