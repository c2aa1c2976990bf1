import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, type Result, runNode } from '../support/programs.js';

const small = ['--clients', '20', '--operations', '3', '--timeline', '7'];
// Drops every tenth write of a document, which no lock can prevent.
const sabotage = `
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const { writeFile } = fs;
  let calls = 0;
  fs.writeFile = async (...args) => ++calls % 10 === 0 || writeFile(...args);
  syncBuiltinESMExports();`;

// Several processes start at once, next to the other tests.
jest.setTimeout(30_000);

describe('npm start', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'bank-test-'));
  const program = bundle('examples/bank/main.ts', 'bank');

  function start(args: readonly string[], nodeArgs: readonly string[] = []): Promise<Result> {
    return run([...nodeArgs, program, ...args]);
  }

  function run(command: readonly string[]): Promise<Result> {
    return runNode(command, { TMPDIR: temporary });
  }

  const locked = start(small);
  const sabotaged = start(
    [...small, '--writes', '100'],
    ['--import', `data:text/javascript,${encodeURIComponent(sabotage)}`],
  );
  // As `npm start` does it.
  const help = run(['--import', 'tsx', 'examples/bank/main.ts', '--help']);

  afterAll(() => rmSync(temporary, { recursive: true }));

  it('exits with 0 if the lock has kept its promise', async () => {
    const { code, stdout, stderr } = await locked;

    expect(stderr).toBe('');
    expect(stdout).toContain('✔ With the lock no money is lost');
    expect(code).toBe(0);
  });

  it.each(['lost updates', 'torn reads', 'wrong sums', 'sum off by', 'left behind'])(
    'shows no %s in the column of the lock',
    async (label) => {
      expect((await locked).stdout).toMatch(new RegExp(`${label} +-?[\\d,]+ +0 `));
    },
  );

  it('shows one writer at a time in the column of the lock', async () => {
    expect((await locked).stdout).toMatch(/writers at once +\d+ +1 /);
  });

  it('draws the given number of requests', async () => {
    const { stdout } = await locked;

    expect(stdout.match(/^ +\d+ (read|write) .*[━█✕]/gm)).toHaveLength(7);
  });

  it('writes no colours without a terminal', async () => {
    expect((await locked).stdout).not.toContain('\u001b');
  });

  it('needs no more than 80 columns', async () => {
    expect((await locked).stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('removes its folder', async () => {
    await Promise.all([locked, sabotaged]);

    expect(readdirSync(temporary).filter((name) => name.startsWith('rxjs-rwlock'))).toEqual([]);
  });

  it('exits with 1 if an update is lost under the lock', async () => {
    const { code, stdout } = await sabotaged;

    expect(stdout).toMatch(/✘ With the lock: lost updates: \d+/);
    expect(code).toBe(1);
  });

  it('lists every option in its help', async () => {
    const { code, stdout } = await help;

    for (const name of [
      'clients',
      'operations',
      'writes',
      'cancel',
      'accounts',
      'seed',
      'timeline',
    ])
      expect(stdout).toContain(`--${name} <`);
    expect(code).toBe(0);
  });

  describe.each([
    ['an unknown option', ['--clinets', '3'], "unknown option '--clinets'"],
    ['a value out of range', ['--writes', '101'], 'a whole number from 0 to 100'],
    ['an excess argument', ['now'], 'too many arguments'],
  ])('with %s', (_what, args, message) => {
    const refused = start(args);

    it('exits with 2 and says why', async () => {
      const { code, stdout, stderr } = await refused;

      expect(stderr).toContain(message);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    });
  });
});
