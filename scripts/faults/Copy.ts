import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Fault } from './list.js';

const LEFT_OUT = ['.git', 'coverage', 'dist', 'node_modules'];
const LONGEST = 120_000;

/** What jest tells of a run. */
interface Results {
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** A copy of the checkout, in which faults are tried, so that the checkout itself has none. */
export class Copy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rwlock-faults-'));

  constructor() {
    for (const name of readdirSync('.').filter((name) => !LEFT_OUT.includes(name)))
      cpSync(name, join(this.#folder, name), { recursive: true });
    symlinkSync(resolve('node_modules'), join(this.#folder, 'node_modules'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Says what is wrong with a fault, or nothing where its test catches it. */
  async try(fault: Fault): Promise<string | undefined> {
    const file = join(this.#folder, 'src', fault.file);
    const good = readFileSync(file, 'utf8');
    if (good.split(fault.find).length !== 2) return 'its text is not in the file exactly once';
    writeFileSync(
      file,
      good.replace(fault.find, () => fault.replace),
    );
    try {
      const results = await this.run([fault]);
      if (!results) return 'its test never ends';
      // A file that does not even load has no failed tests: that shows nothing.
      return results.numFailedTests > 0 ? undefined : 'it survives';
    } finally {
      writeFileSync(file, good);
    }
  }

  /** Runs the tests of some faults; `undefined` where they never end. */
  async run(faults: readonly Fault[]): Promise<Results | undefined> {
    const titles = faults.map(({ title }) => title.replace(/[^\w\s]/g, '\\$&'));
    const files = new Set(faults.map(({ test }) => join(this.#folder, 'test', test)));
    const output = join(this.#folder, 'results.json');
    rmSync(output, { force: true });
    const args = ['--runInBand', '--json', `--outputFile=${output}`, '-t', titles.join('|')];
    await this.#jest([...args, '--runTestsByPath', ...files]);
    try {
      return JSON.parse(readFileSync(output, 'utf8')) as Results;
    } catch {
      return undefined;
    }
  }

  #jest(args: readonly string[]): Promise<unknown> {
    const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
      cwd: this.#folder,
      stdio: 'ignore',
      timeout: LONGEST,
      killSignal: 'SIGKILL',
    });
    return new Promise((resolve) => jest.once('close', resolve));
  }
}
