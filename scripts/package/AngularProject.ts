import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { chromiumPath } from '../../test/browser/support/inChromium.js';
import { run } from './run.js';

interface Version {
  /** The packages beside those that every application needs. */
  readonly packages: readonly string[];
  readonly test: 'karma' | 'vitest';
  readonly usesZones: boolean;
  /** Another Node than the present one. If npm does not have it, this version is skipped. */
  readonly node?: string;
}

const karma = [
  'zone.js@0.15.1',
  'karma@6.4.4',
  'karma-jasmine@5.1.0',
  'karma-chrome-launcher@3.2.0',
  'jasmine-core@5.13.0',
  '@types/jasmine@5.1.15',
];

const versionsOf = (core: string, build: string, cli: string, typescript: string) => [
  ...['core', 'common', 'compiler', 'compiler-cli', 'platform-browser'].map(
    (name) => `@angular/${name}@${core}`,
  ),
  `@angular/build@${build}`,
  `@angular/cli@${cli}`,
  `typescript@${typescript}`,
];

/** The supported versions of Angular, with zones as each has them by default. */
export const VERSIONS: Readonly<Record<string, Version>> = {
  19: {
    packages: [
      ...versionsOf('19.2.25', '19.2.27', '19.2.27', '5.8.3'),
      // Its builder for Karma imports this one.
      '@angular/platform-browser-dynamic@19.2.25',
      ...karma,
    ],
    test: 'karma',
    usesZones: true,
  },
  20: {
    packages: [...versionsOf('20.3.35', '20.3.41', '20.3.43', '5.9.3'), ...karma],
    test: 'karma',
    usesZones: true,
  },
  21: {
    packages: [
      ...versionsOf('21.2.26', '21.2.27', '21.2.28', '5.9.3'),
      'vitest@4.1.12',
      'jsdom@27.4.0',
    ],
    test: 'vitest',
    usesZones: false,
  },
  22: {
    packages: [
      ...versionsOf('22.2.6', '22.2.7', '22.2.7', '6.0.3'),
      'vitest@4.1.12',
      'jsdom@27.4.0',
    ],
    test: 'vitest',
    usesZones: false,
    node: '24',
  },
};

/** The package that npm can't give, of a version that needs another Node: that Node, or Angular. */
export function missingFor(version: string): string | undefined {
  const {
    node,
    packages: [core = ''],
  } = VERSIONS[version] as Version;
  if (node === undefined) return undefined;
  const isThere = (name: string) => spawnSync('npm', ['view', name, 'version']).stdout.length > 0;
  return [`node@${node}`, core].find((name) => !isThere(name));
}

/** The application of `test/package/angular` in one version of Angular. */
export class AngularProject {
  readonly #folder: string;
  readonly #version: string;
  readonly #is: Version;

  constructor(folder: string, version: string) {
    this.#folder = folder;
    this.#version = version;
    this.#is = VERSIONS[version] as Version;
    cpSync('test/package/angular', folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    this.#configure();
  }

  install(tarball: string): void {
    const packages = [...this.#is.packages, 'rxjs@7.8.2', 'tslib@2.8.1', tarball];
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--save-exact'];
    run('npm', ['install', ...options, ...packages], this.#folder);
  }

  /** Loads the entry point in Node, in both formats. */
  load(): void {
    const print = (exports: string) => `console.log(Object.keys(${exports}))`;
    const name = `'rxjs-rwlock/angular'`;
    this.#node('--eval', `require('@angular/compiler'); ${print(`require(${name})`)}`);
    const imported = `import '@angular/compiler'; ${print(`await import(${name})`)}`;
    this.#node('--input-type=module', '--eval', imported);
  }

  /** Makes a production build, with the types of all libraries checked; returns its transfer size. */
  build(what: 'plain' | 'locked' | 'guarded'): number {
    this.#ng('build', '--configuration', what);
    const scripts = readdirSync(this.#browser).filter((file) => extname(file) === '.js');
    return scripts
      .map((file) => brotliCompressSync(readFileSync(join(this.#browser, file))).length)
      .reduce((sum, size) => sum + size, 0);
  }

  /** Runs the newest build in a browser. */
  async show(): Promise<void> {
    if (chromiumPath === undefined) {
      console.warn(`SKIPPED: the build for Angular ${this.#version} was not run: no Chromium`);
      return;
    }
    const server = createServer(({ url = '/' }, response) => {
      const file = join(this.#browser, url === '/' ? 'index.html' : url);
      const isThere = existsSync(file);
      response.setHeader('Content-Type', isThere && url !== '/' ? 'text/javascript' : 'text/html');
      response.end(isThere ? readFileSync(file) : '');
    }).listen(0);
    const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('console', (message) => problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      await page.getByText('/a /b, 1 written').waitFor();
      assert.deepEqual(problems, []);
      console.log(`the build for Angular ${this.#version} runs in Chromium`);
    } finally {
      await browser.close();
      server.close();
    }
  }

  test(): void {
    if (this.#is.test === 'karma' && chromiumPath === undefined) {
      console.warn(`SKIPPED: ng test of Angular ${this.#version} by Karma: no Chromium`);
      return;
    }
    this.#ng('test', '--watch=false');
  }

  get #browser(): string {
    return join(this.#folder, 'dist/browser');
  }

  /** Writes what differs from version to version. */
  #configure(): void {
    const { test, usesZones } = this.#is;
    const zones = usesZones
      ? `import { provideZoneChangeDetection } from '@angular/core';\nexport const zones = [provideZoneChangeDetection()];\n`
      : `export const zones = [];\n`;
    writeFileSync(join(this.#folder, 'src/zones.ts'), zones);

    const file = join(this.#folder, 'angular.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as {
      projects: {
        app: { architect: Record<'build' | 'test', { builder: string; options: object }> };
      };
    };
    const { architect } = config.projects.app;
    const polyfills = usesZones ? ['zone.js'] : [];
    architect.build.options = { ...architect.build.options, polyfills };
    const tsConfig = 'tsconfig.spec.json';
    architect.test =
      test === 'karma'
        ? {
            builder: '@angular/build:karma',
            options: {
              tsConfig,
              polyfills: [...polyfills, 'zone.js/testing'],
              karmaConfig: 'karma.conf.cjs',
            },
          }
        : {
            builder: '@angular/build:unit-test',
            options: { tsConfig, buildTarget: 'app:build', runner: 'vitest' },
          };
    writeFileSync(file, JSON.stringify(config));

    const spec = join(this.#folder, 'src/app.spec.ts');
    const text = readFileSync(spec, 'utf8');
    if (test === 'vitest')
      writeFileSync(spec, `import { describe, expect, it } from 'vitest';\n${text}`);
    const specConfig = join(this.#folder, tsConfig);
    const specs = JSON.parse(readFileSync(specConfig, 'utf8')) as { compilerOptions: object };
    const types = test === 'karma' ? ['jasmine'] : [];
    specs.compilerOptions = { ...specs.compilerOptions, types };
    writeFileSync(specConfig, JSON.stringify(specs));
  }

  #ng(...args: readonly string[]): void {
    this.#node('node_modules/@angular/cli/bin/ng.js', ...args);
  }

  #node(...args: readonly string[]): void {
    const { node } = this.#is;
    const command = node ? ['npx', '--yes', '--package', `node@${node}`, 'node'] : ['node'];
    const settings = ['NG_CLI_ANALYTICS=false', `CHROME_BIN=${chromiumPath ?? ''}`];
    run('env', [...settings, ...command, ...args], this.#folder);
  }
}
