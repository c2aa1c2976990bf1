import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const MODEL = resolve('model/rwlock.pml');
const NEEDED = { spin: '-V', gcc: '--version' };

/** How a model is made: `POLICY=FIFO` or the like. */
export type Definitions = readonly string[];

/** What spin says of a model whose states it went through. */
export interface Verdict {
  readonly states: number;
  readonly transitions: number;
  readonly output: string;
  /** What it found wrong. */
  readonly errors: readonly string[];
}

/** Has spin go through the model; its verifiers are C programs, compiled in a folder of their own. */
export class Model {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rwlock-model-'));
  readonly #verifiers = new Map<string, Promise<string>>();
  readonly #transitions = new Map<string, Promise<string[]>>();

  /** The programs that are needed and not there. */
  static get missing(): string[] {
    return Object.entries(NEEDED)
      .filter(([program, version]) => spawnSync(program, [version]).status !== 0)
      .map(([program]) => program);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Looks for what breaks an assertion, and for a state in which nobody can go on. */
  async checkStates(definitions: Definitions): Promise<Verdict> {
    const compiled = await this.#compile(definitions, ['-DSAFETY', '-DNOCLAIM']);
    return verify(compiled, []);
  }

  /** Looks for a way to go on for ever that breaks a claim, where everybody gets their turns. */
  async checkClaim(definitions: Definitions, claim: string): Promise<Verdict> {
    const compiled = await this.#compile([...definitions, 'FINITE_HOLDS'], []);
    return verify(compiled, ['-a', '-f', '-N', claim]);
  }

  /** Every transition there is, each as a line of a trace with the state before it. */
  transitions(definitions: Definitions): Promise<string[]> {
    const key = definitions.join(' ');
    const transitions = this.#transitions.get(key) ?? this.#listTransitions(definitions);
    this.#transitions.set(key, transitions);
    return transitions;
  }

  async #listTransitions(definitions: Definitions): Promise<string[]> {
    const options = ['-DSAFETY', '-DNOCLAIM', '-DPRINTF'];
    const compiled = await this.#compile([...definitions, 'TRACE'], options);
    const { output, errors } = await verify(compiled, []);
    if (errors.length > 0) throw new Error(errors.join('\n'));
    return [...new Set(linesOf(output))].sort();
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
    // Without -O: to optimise takes longer than it saves.
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
    // Also that it came to limits of its own, so that the search is not whole.
    errors: stdout.split('\n').filter((line) => /^pan:\d+:|^error:|not completed/.test(line)),
  };
}

function linesOf(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.split(' > ').length === 3)
    .map((line) => line.trim());
}
