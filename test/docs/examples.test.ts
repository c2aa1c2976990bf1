import '../support/zoneFlags.js';
import '@angular/compiler';
import * as angularHttp from '@angular/common/http';
import * as angular from '@angular/core';
import * as angularInterop from '@angular/core/rxjs-interop';
import * as signals from '@ngrx/signals';
import * as signalsInterop from '@ngrx/signals/rxjs-interop';
import * as asyncHooks from 'node:async_hooks';
import * as diagnosticsChannel from 'node:diagnostics_channel';
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
import { FakeLockManager } from '../web-locks/FakeLockManager.js';
import { runnable, usesZones } from './examples.js';

// Every example is run, and what it prints is compared with the comment behind each console.log.
// `npm run types` compiles them.

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
