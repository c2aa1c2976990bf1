import { cpSync } from 'node:fs';
import { install, pinned } from './install.js';
import { run } from './run.js';

/** Only this check uses them, and they bring many packages. */
const bundlers = ['vite@8.3.8', 'webpack@5.112.2'];

/** Installs the tarball into a new project at `folder`, and bundles programs that use it. */
export function tryBundlers(tarball: string, folder: string): void {
  cpSync('test/package/bundlers', folder, { recursive: true });
  install([tarball, ...bundlers, ...['rxjs', 'esbuild'].map(pinned)], folder);
  run('node', ['check.js'], folder);
}
