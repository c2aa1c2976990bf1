import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const root = join(__dirname, '../..');

/** How a program has ended. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs node in the root of the repository. */
export function runNode(
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<Result> {
  // Without the variables that decide on colours in place of the terminal.
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...inherited } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...inherited, ...variables } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? NaN, stdout, stderr }),
    );
  });
}

/** Bundles a program, since a process that compiles it itself takes a second to start. */
export function bundle(
  entryPoint: string,
  name: string,
  alias: Record<string, string> = {},
): string {
  const outfile = join(root, `node_modules/.cache/${name}.mjs`);
  buildSync({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    alias,
  });
  return outfile;
}
