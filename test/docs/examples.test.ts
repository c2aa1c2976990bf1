import '../support/zoneFlags.js';
import '@angular/compiler';
import * as angularHttp from '@angular/common/http';
import * as angular from '@angular/core';
import * as angularInterop from '@angular/core/rxjs-interop';
import * as signals from '@ngrx/signals';
import * as signalsInterop from '@ngrx/signals/rxjs-interop';
import * as asyncHooks from 'node:async_hooks';
import * as diagnosticsChannel from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { compileFunction } from 'node:vm';
import { transform } from 'esbuild';
import * as pg from 'pg';
import * as rxjs from 'rxjs';
import * as rxjsTesting from 'rxjs/testing';
import * as rwlock from 'rxjs-rwlock';
import * as rwlockAngular from 'rxjs-rwlock/angular';
import * as devtools from 'rxjs-rwlock/devtools';
import * as postgres from 'rxjs-rwlock/postgres';
import * as remote from 'rxjs-rwlock/remote';
import * as state from 'rxjs-rwlock/state';
import * as testing from 'rxjs-rwlock/testing';
import * as jestMatchers from 'rxjs-rwlock/testing/jest';
import * as webLocks from 'rxjs-rwlock/web-locks';
import * as ts from 'typescript';
import { codeBlocks } from '../../scripts/codeBlocks.js';
import { FakeLockManager } from '../web-locks/FakeLockManager.js';

// Every example in the README, in the guides and in the doc comments of the sources is compiled with
// the project's own strict settings, and run; what it prints is compared with the comment behind each
// console.log.

const root = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Example {
  readonly title: string;
  readonly code: string;
}

function inMarkdown(file: string): Example[] {
  return codeBlocks(read(file), 'ts').map((code, i) => ({ title: `${file} ${i + 1}`, code }));
}

function inSources(folder: string): Example[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => inSource(join(folder, file)));
}

function inSource(file: string): Example[] {
  const comments = read(file).match(/\/\*\*[^]*?\*\//g) ?? [];
  const texts = comments.map((comment) => comment.replace(/^ *\* ?/gm, ''));
  const codes = texts.flatMap((text) => codeBlocks(text, 'ts'));
  return codes.map((code, i) => ({ title: `${relative('', file)} ${i + 1}`, code }));
}

const guides = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));
const usesZones = (code: string) => code.includes("'zone.js'");
// The examples with zones come last: zone.js changes timers and promises for all that follows.
const examples = [
  ...inMarkdown('README.md'),
  ...guides.flatMap((file) => inMarkdown(join('docs', file))),
  ...inSources('src'),
].sort((a, b) => Number(usesZones(a.code)) - Number(usesZones(b.code)));
const fileOf = (i: number) => join(root, 'test/docs', `example${i}.ts`);

const manifest = JSON.parse(readFileSync('node_modules/rxjs/package.json', 'utf8')) as {
  readonly version: string;
};

/** Whether the installed rxjs has what an example says that it needs, and Angular. */
function isRunnable({ title, code }: (typeof examples)[number]): boolean {
  const needed = code.includes("'@angular/") ? 4 : (/needs rxjs 7\.(\d+)/.exec(code)?.[1] ?? 0);
  const isNewEnough = Number(manifest.version.split('.')[1]) >= Number(needed);
  if (!isNewEnough) console.warn(`SKIPPED: ${title} needs rxjs 7.${needed}`);
  return isNewEnough;
}

const runnable = examples.filter(isRunnable);

it('every example compiles, with strict settings', () => {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
    .config as object;
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  const texts = new Map(runnable.map(({ code }, i) => [fileOf(i), `${code}\nexport {};\n`]));
  host.getSourceFile = (file, version, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? getSourceFile(file, version, ...rest)
      : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...texts.keys()], { ...options, noEmit: true }, host);
  // An example may show a lease or a function that it does not use.
  const problems = [...texts.keys()].flatMap((file, i) => {
    const source = program.getSourceFile(file);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found
      .filter(({ code }) => code !== 6133)
      .map(({ messageText }) => [
        runnable[i]?.title,
        ts.flattenDiagnosticMessageText(messageText, '\n'),
      ]);
  });
  expect(problems).toEqual([]);
}, 30_000);

/** How long an example runs, in milliseconds. */
const DURATION = 3_000;

const modules: Record<string, unknown> = {
  '@angular/common/http': angularHttp,
  '@angular/core': angular,
  '@angular/core/rxjs-interop': angularInterop,
  '@ngrx/signals': signals,
  '@ngrx/signals/rxjs-interop': signalsInterop,
  'node:async_hooks': asyncHooks,
  'node:diagnostics_channel': diagnosticsChannel,
  pg,
  rxjs,
  'rxjs-rwlock': rwlock,
  'rxjs-rwlock/angular': rwlockAngular,
  'rxjs-rwlock/devtools': devtools,
  'rxjs-rwlock/postgres': postgres,
  'rxjs-rwlock/remote': remote,
  'rxjs-rwlock/state': state,
  'rxjs-rwlock/testing': testing,
  'rxjs-rwlock/testing/jest': jestMatchers,
  'rxjs-rwlock/web-locks': webLocks,
  'rxjs/testing': rxjsTesting,
  'zone.js': {},
};

// The examples about tabs need what a browser has.
Object.defineProperty(globalThis, 'navigator', {
  value: { locks: new FakeLockManager() },
  configurable: true,
});

/**
 * What an example prints. Its timers run in virtual time: one that is due 5 ms before another runs
 * first on the slowest machine, too.
 */
async function run(code: string): Promise<string[]> {
  // zone.js keeps the timers that it finds.
  if (usesZones(code)) await import('zone.js');
  else jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask'] });
  const compiled = await transform(code, { loader: 'ts', format: 'cjs', target: 'es2022' });
  const example = compileFunction(compiled.code, [
    'require',
    'module',
    'console',
    'expect',
    'Zone',
    'setTimeout',
  ]) as (
    require: (name: string) => unknown,
    module: { exports: object },
    console: { log(...parts: unknown[]): void },
    expect: jest.Expect,
    zone: unknown,
    timeout: typeof setTimeout,
  ) => void;
  const printed: string[] = [];
  const log = (...parts: unknown[]) => printed.push(parts.join(' '));
  const { Zone } = globalThis as { Zone?: unknown };
  example((name) => modules[name], { exports: {} }, { log }, expect, Zone, setTimeout);
  if (usesZones(code)) await wait(DURATION / 10);
  else await jest.advanceTimersByTimeAsync(DURATION);
  return printed;
}

afterEach(() => {
  jest.useRealTimers();
});

/** What an example says that it prints: the comments behind `console.log`, and those that begin with `prints`. */
function promised(code: string): string[] {
  const comments = code.matchAll(/(?:console\.log\(.*\/\/|^ *\/\/ prints) (.*)$/gm);
  return [...comments].flatMap(([, text = '']) => text.split(', '));
}

it.each(runnable.filter(({ code }) => promised(code).length > 0))(
  '$title prints what it says',
  async ({ code }) => {
    expect((await run(code)).sort()).toEqual(promised(code).sort());
  },
);

it.each(runnable.filter(({ code }) => promised(code).length === 0))(
  '$title runs',
  async ({ code }) => {
    await expect(run(code)).resolves.toBeDefined();
  },
);
