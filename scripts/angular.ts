// Builds, runs and tests an application with the packed package in each supported version of Angular.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { AngularProject, VERSIONS } from './package/AngularProject.js';
import { run } from './package/run.js';

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
  const path = join(folder, version);
  const project = new AngularProject(path, version);
  project.install(tarball);
  const sizes = (['plain', 'locked', 'guarded'] as const).map((what) => project.build(what));
  const [plain = 0, locked = 0, guarded = 0] = sizes;
  console.log(
    `Angular ${version}: the lock and two operators add ${locked - plain} bytes to the transfer size, ` +
      `with the state signal and the interceptor ${guarded - plain}`,
  );
  await project.show();
  project.test();
  // Each takes 300 MB.
  rmSync(path, { recursive: true });
}
