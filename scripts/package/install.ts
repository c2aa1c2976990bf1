import { readFileSync } from 'node:fs';
import { run } from './run.js';

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>;
};

/** Returns a package in the version that is used here. */
export function pinned(name: string): string {
  const version = devDependencies[name];
  if (version === undefined) throw new Error(`${name} is not a devDependency`);
  return `${name}@${version}`;
}

/** Installs packages into the project at `folder`. */
export function install(packages: string[], folder: string): void {
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], folder);
}
