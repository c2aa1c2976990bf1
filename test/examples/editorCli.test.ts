import { stripVTControlCharacters } from 'node:util';
import { bundle, type Result, runNode } from '../support/programs.js';

const MAIN = 'examples/editor/main.ts';

// Several processes start at once, next to the other tests.
jest.setTimeout(30_000);

describe('npm run example:editor', () => {
  const program = bundle(MAIN, 'editor');
  const piped = runNode([program]);
  const narrow = inTerminal(60);
  const wide = inTerminal(120);
  const broken = bundle(MAIN, 'editor-broken', {
    'rxjs-rwlock': './test/support/lockThatGrantsAll.ts',
    'rxjs-rwlock/devtools': './src/devtools/index.ts',
  });
  const sabotaged = runNode([broken]);

  function inTerminal(columns: number): Promise<Result> {
    const script = `process.stdout.columns = ${columns}`;
    return runNode(['--import', `data:text/javascript,${script}`, program], { FORCE_COLOR: '1' });
  }

  it('exits with 0 if the lock has kept its promise', async () => {
    const { code, stdout, stderr } = await piped;

    expect(stderr).toBe('');
    expect(stdout).toContain('✔ With the lock no save is cut off');
    expect(stdout).toContain('latest        "One writer at a time"');
    expect(code).toBe(0);
  });

  it.each(['saves cut off', 'overlapping saves', 'reads cut off', 'keys missing', 'stale views'])(
    'shows no %s in the column of latest',
    async (label) => {
      expect((await piped).stdout).toMatch(new RegExp(`${label} +\\d+ +\\d+ +0 `));
    },
  );

  it('writes no colours without a terminal', async () => {
    expect((await piped).stdout).not.toContain('\u001b');
    expect((await wide).stdout).toContain('\u001b');
  });

  it.each([
    ['a pipe', piped, 80],
    ['a wide terminal', wide, 100],
    ['a narrow terminal', narrow, 60],
  ])('draws on the columns of %s', async (_where, result, columns) => {
    const lines = stripVTControlCharacters((await result).stdout).split('\n');
    const rows = lines.filter((line) => /^ {2}(save|view) \d/.test(line));

    expect(rows).toHaveLength(22);
    const longest = Math.max(...rows.map(({ length }) => length));
    expect(longest).toBeLessThanOrEqual(columns);
    expect(longest).toBeGreaterThanOrEqual(columns - 2);
    expect(lines.filter(({ length }) => length > Math.max(columns, 80))).toEqual([]);
  });

  it('exits with 1 if saves overlap', async () => {
    const { code, stdout } = await sabotaged;

    expect(stdout).toMatch(/✘ With the lock: .*overlapping saves: \d+/);
    expect(code).toBe(1);
  });
});
