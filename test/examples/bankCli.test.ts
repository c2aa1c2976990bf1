import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = join(__dirname, '../..');
const small = ['--clients', '20', '--operations', '3', '--timeline', '7'];
// Every tenth write of a document is dropped, which not even a lock can mend.
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
  const env = { ...process.env, TMPDIR: temporary, NO_COLOR: undefined, FORCE_COLOR: undefined };

  // Bundled, as a process that compiles the example itself takes a second to start.
  const bundle = join(root, 'node_modules/.cache/bank.mjs');
  buildSync({
    absWorkingDir: root,
    entryPoints: ['examples/bank/main.ts'],
    outfile: bundle,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });

  function start(args: readonly string[], nodeArgs: readonly string[] = []): Promise<Result> {
    return run([...nodeArgs, bundle, ...args]);
  }

  function run(command: readonly string[]): Promise<Result> {
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        command,
        { cwd: root, env },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? NaN, stdout, stderr }),
      );
    });
  }

  const locked = start(small);
  const sabotaged = start(
    [...small, '--writes', '100'],
    ['--import', `data:text/javascript,${encodeURIComponent(sabotage)}`],
  );
  // As `npm start` does it.
  const help = run(['--import', 'tsx', 'examples/bank/main.ts', '--help']);

  afterAll(() => rmSync(temporary, { recursive: true }));

  it('exits with 0 when the locked run has kept every sum', async () => {
    const { code, stdout, stderr } = await locked;

    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).toContain('✔ With the lock the money is all there');
    expect(code).toBe(0);
  });

  it.each(['lost updates', 'torn reads', 'sum off by'])(
    'shows no %s in the column of the lock',
    async (label) => {
      expect((await locked).stdout).toMatch(new RegExp(`${label} +-?[\\d,]+ +0 `));
    },
  );

  it('draws as many requests as it is told', async () => {
    const { stdout } = await locked;

    expect(stdout.match(/^ +\d+ (read|write) .*[━█✕]/gm)).toHaveLength(7);
  });

  it('writes no colours where there is no terminal', async () => {
    expect((await locked).stdout).not.toContain('\u001b');
  });

  it('says on stderr, where there is no terminal, that a run begins', async () => {
    expect((await locked).stderr).toMatch(
      /warming up.*\n.*without a lock: 60 operations …\n.*lock/,
    );
  });

  it('needs no more than 80 columns', async () => {
    expect((await locked).stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('removes its folder', async () => {
    await Promise.all([locked, sabotaged]);

    expect(readdirSync(temporary).filter((name) => name.startsWith('rxjs-rwlock'))).toEqual([]);
  });

  it('exits with 1 when the locked run has lost an update', async () => {
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

    it('exits with 2 and one line that says why', async () => {
      const { code, stdout, stderr } = await refused;

      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    });
  });
});
