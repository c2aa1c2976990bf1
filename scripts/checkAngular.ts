// Builds, runs and tests an application with the packed package in each supported version of Angular.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { AngularProject, missingFor, VERSIONS } from './package/AngularProject.js';
import { run } from './package/run.js';

/** The version in which the transfer size is measured, which takes two more builds. */
const MEASURED = '21';

const { only } = new Command('check:angular')
  .description('Tries the packed package in each supported version of Angular.')
  .option('--only <version>', `one of ${Object.keys(VERSIONS).join(', ')}`)
  .parse()
  .opts<{ only?: string }>();

const folder = mkdtempSync(join(tmpdir(), 'rwlock-angular-'));
try {
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  const tarball = join(folder, `rxjs-rwlock-${process.env['npm_package_version'] ?? ''}.tgz`);
  for (const version of Object.keys(VERSIONS).filter((each) => each === (only ?? each)))
    await tryIn(version, tarball);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryIn(version: string, tarball: string): Promise<void> {
  const missing = missingFor(version);
  if (missing !== undefined) {
    console.warn(`SKIPPED: Angular ${version}, since ${missing} can't be had from npm`);
    return;
  }
  const path = join(folder, version);
  const project = new AngularProject(path, version);
  project.install(tarball);
  project.load();
  const guarded = project.build('guarded');
  await project.show();
  if (version === MEASURED) {
    const [plain, locked] = [project.build('plain'), project.build('locked')];
    console.log(
      `the lock and two operators add ${locked - plain} bytes to the transfer size, ` +
        `with the state signal and the interceptor ${guarded - plain}`,
    );
  }
  project.test();
  // Each takes 300 MB.
  rmSync(path, { recursive: true });
}
