// Bundles a script and runs it. tsx would be half as fast, since the code that it compiles sets the name
// of every closure when it creates one.
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';

const [script = '', ...args] = process.argv.slice(2);
const outfile = `node_modules/.cache/${script}.mjs`;
buildSync({
  entryPoints: [`scripts/${script}.ts`],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  sourcemap: 'inline',
});
const options = ['--enable-source-maps', '--stack-trace-limit=10'];
process.exitCode =
  spawnSync(process.execPath, [...options, outfile, ...args], {
    stdio: 'inherit',
  }).status ?? 1;
