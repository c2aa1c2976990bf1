import { spawnSync } from 'node:child_process';

/** Prints a command and runs it. Throws if it fails. */
export function run(command: string, args: string[], cwd = process.cwd()): void {
  const line = [command, ...args].join(' ');
  console.log(`\n$ ${line}`);
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`failed: ${line}`);
}
