import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Runs a file of this folder in a process of its own, without what jest and its compiler leave on the
 * heap, and reads the JSON that it prints.
 */
export function runAlone(name: string, flags: readonly string[] = []): unknown {
  const [bundle] = buildSync({
    entryPoints: [join(__dirname, `${name}.ts`)],
    alias: { 'rxjs-rwlock': join(__dirname, '../../src/index.ts') },
    bundle: true,
    platform: 'node',
    target: 'es2022',
    write: false,
  }).outputFiles;
  const input = bundle?.text ?? '';
  const output = execFileSync(process.execPath, [...flags, '-'], { input, encoding: 'utf8' });
  return JSON.parse(output);
}
