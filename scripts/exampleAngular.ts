import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath } from '../test/browser/support/inChromium.js';
import { run } from './package/run.js';

// Builds the Angular example upon the packed tarball of `dist/`, and serves or tests it.
const FOLDER = 'examples/angular';
process.env['NG_CLI_ANALYTICS'] = 'false';

const [command] = process.argv.slice(2);
if (command === 'serve') {
  prepare();
  build('development');
  await import(`../${FOLDER}/server/main.js`);
} else if (command === 'test') {
  if (chromiumPath === undefined) {
    console.warn(
      'WARNING: test:angular is SKIPPED, since Chromium is missing. Set CHROMIUM to it.',
    );
  } else {
    prepare();
    run('eslint', ['--no-ignore', `${FOLDER}/src`]);
    build('development');
    build('production');
    run('jest', ['--config', `${FOLDER}/test/jest.config.cjs`]);
  }
} else {
  throw new Error(`expected serve or test, got ${String(command)}`);
}

/** Installs what the lock file of the example names, and then this package as users get it. */
function prepare(): void {
  if (isInstallOld()) run('npm', ['ci', '--no-audit', '--no-fund'], FOLDER);
  const folder = mkdtempSync(join(tmpdir(), 'angular-'));
  try {
    run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
    const tarball = join(folder, readdirSync(folder)[0] ?? '');
    // Not saved: the lock file must not name a file of this machine.
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', tarball], FOLDER);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the lock file has changed since the last installation. */
function isInstallOld(): boolean {
  const installed = join(FOLDER, 'node_modules/.package-lock.json');
  const wanted = join(FOLDER, 'package-lock.json');
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs;
}

function build(configuration: string): void {
  run('npx', ['ng', 'build', '--configuration', configuration], FOLDER);
}
