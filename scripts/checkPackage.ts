import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkContents } from './package/checkContents.js';
import { run } from './package/run.js';
import { tryBundlers } from './package/tryBundlers.js';
import { tryInEmptyProject } from './package/tryInEmptyProject.js';

// Checks the packed tarball, since a linked folder would hide packaging faults.
const folder = mkdtempSync(join(tmpdir(), 'package-'));
try {
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  run('tar', ['-xzf', tarball(), '-C', folder]);
  checkContents(join(folder, 'package'));
  run('publint', ['--strict', tarball()]);
  run('attw', [tarball()]);
  tryInEmptyProject(tarball(), join(folder, 'project'));
  tryBundlers(tarball(), join(folder, 'bundlers'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tarball(): string {
  return join(folder, `rxjs-rwlock-${process.env['npm_package_version'] ?? ''}.tgz`);
}
