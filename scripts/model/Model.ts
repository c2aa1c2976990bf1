import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseTransition, type Transition } from './Transition.js';

const execute = promisify(execFile);
const MODEL = resolve('model/rwlock.pml');
const NEEDED = { spin: '-V', gcc: '--version' };

/** How the model is compiled: `POLICY=FIFO` and the like. */
export type Definitions = readonly string[];

/** The result of a search by Spin. */
export interface Verdict {
  readonly states: number;
  readonly transitions: number;
  readonly output: string;
  /** What Spin has found wrong. */
  readonly errors: readonly string[];
}

/** The formal model. Spin generates C programs from it, which search its states. */
export class Model {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rwlock-model-'));
  readonly #verifiers = new Map<string, Promise<string>>();

  /** The required programs that are missing. */
  static get missing(): string[] {
    return Object.entries(NEEDED)
      .filter(([program, version]) => spawnSync(program, [version]).status !== 0)
      .map(([program]) => program);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Searches for a failed assertion, and for a state in which no client can go on. */
  async checkStates(definitions: Definitions): Promise<Verdict> {
    const compiled = await this.#compile(definitions, ['-DSAFETY', '-DNOCLAIM']);
    return verify(compiled, []);
  }

  /** Searches for an endless run that breaks a claim although each client gets its turns. */
  async checkClaim(definitions: Definitions, claim: string): Promise<Verdict> {
    const compiled = await this.#compile([...definitions, 'FINITE_HOLDS'], []);
    return verify(compiled, ['-a', '-f', '-N', claim]);
  }

  /** Returns every transition of the model. */
  async transitions(definitions: Definitions): Promise<Transition[]> {
    const options = ['-DSAFETY', '-DNOCLAIM', '-DPRINTF'];
    const compiled = await this.#compile([...definitions, 'TRACE'], options);
    const { output, errors } = await verify(compiled, []);
    if (errors.length > 0) throw new Error(errors.join('\n'));
    return [...new Set(linesOf(output))].sort().map(parseTransition);
  }

  #compile(definitions: Definitions, options: readonly string[]): Promise<string> {
    const key = [...definitions, ...options].join(' ');
    const compiled = this.#verifiers.get(key) ?? this.#make(definitions, options);
    this.#verifiers.set(key, compiled);
    return compiled;
  }

  async #make(definitions: Definitions, options: readonly string[]): Promise<string> {
    const cwd = mkdtempSync(join(this.#folder, 'pan-'));
    await execute('spin', [...definitions.map((each) => `-D${each}`), '-a', MODEL], { cwd });
    // Without -O, since optimising takes longer than it saves.
    await execute('gcc', ['-DNOREDUCE', ...options, '-o', 'pan', 'pan.c'], { cwd });
    return join(cwd, 'pan');
  }
}

async function verify(verifier: string, args: readonly string[]): Promise<Verdict> {
  const { stdout } = await execute(verifier, ['-m1000000', '-w22', ...args], {
    cwd: join(verifier, '..'),
    maxBuffer: 2 ** 30,
  });
  const number = (what: RegExp) => Number(what.exec(stdout)?.[1] ?? Number.NaN);
  return {
    states: number(/(\d+) states, stored/),
    transitions: number(/(\d+) transitions/),
    output: stdout,
    // A search that stopped at a limit is incomplete, so it is an error, too.
    errors: stdout.split('\n').filter((line) => /^pan:\d+:|^error:|not completed/.test(line)),
  };
}

/** Returns the lines that the model prints, without those of Spin. */
function linesOf(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.split(' > ').length === 3)
    .map((line) => line.trim());
}
