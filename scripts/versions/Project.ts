import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const LEFT_OUT = ['.git', 'coverage', 'dist', 'node_modules'];

/** The versions that differ from the installed ones. */
export interface Versions {
  readonly rxjs?: string | undefined;
  /** A version that npm has, as in `22` or `22.11.0`. */
  readonly node?: string | undefined;
}

/** A copy of the checkout that uses other versions of rxjs and Node. */
export class Project {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rwlock-versions-'));
  readonly #node: string | undefined;

  constructor({ rxjs, node }: Versions) {
    this.#node = node;
    for (const name of readdirSync('.').filter((name) => !LEFT_OUT.includes(name)))
      cpSync(name, join(this.#folder, name), { recursive: true });
    this.#linkPackages();
    if (rxjs) this.#replaceRxjs(rxjs);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Compiles the sources, the tests and the examples of the docs. */
  checkTypes(): boolean {
    const project = 'scripts/versions/tsconfig.json';
    const examples = ['node_modules/tsx/dist/cli.mjs', 'scripts/checkExamples.ts', project];
    return (
      this.#run('node', ['node_modules/typescript/bin/tsc', '-p', project]) &&
      this.#run('node', examples)
    );
  }

  /** Prints the versions and runs the tests. */
  test(args: readonly string[]): boolean {
    const versions = `'rxjs', require('rxjs/package.json').version, 'on Node', process.version`;
    return (
      this.#run('node', ['-e', `console.log(${versions})`]) &&
      this.#run('node', ['node_modules/jest/bin/jest.js', ...args])
    );
  }

  // Links every package by itself, so that rxjs can be replaced.
  #linkPackages(): void {
    const packages = join(this.#folder, 'node_modules');
    mkdirSync(packages);
    for (const name of readdirSync('node_modules'))
      symlinkSync(resolve('node_modules', name), join(packages, name));
  }

  #replaceRxjs(version: string): void {
    const folder = join(this.#folder, 'node_modules/rxjs');
    rmSync(folder);
    mkdirSync(folder);
    const packed = ['pack', `rxjs@${version}`, '--silent', '--pack-destination', this.#folder];
    const unpacked = ['-xzf', `rxjs-${version}.tgz`, '--strip-components=1', '-C', folder];
    if (!this.#spawn('npm', packed) || !this.#spawn('tar', unpacked))
      throw new Error(`could not download rxjs ${version}`);
    this.#showTypes(folder);
  }

  // Older releases don't name their types in `exports`, where TypeScript looks for them.
  #showTypes(folder: string): void {
    const file = join(folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { exports: Record<string, object> };
    for (const name of ['.', './operators', './testing']) {
      const types = `./${join('dist/types', name, 'index.d.ts')}`;
      manifest.exports[name] = { types, ...manifest.exports[name] };
    }
    writeFileSync(file, JSON.stringify(manifest));
  }

  #run(command: string, args: readonly string[]): boolean {
    if (!this.#node) return this.#spawn(command, args);
    return this.#spawn('npx', ['--yes', '--package', `node@${this.#node}`, command, ...args]);
  }

  #spawn(command: string, args: readonly string[]): boolean {
    const { status } = spawnSync(command, args, { cwd: this.#folder, stdio: 'inherit' });
    return status === 0;
  }
}
