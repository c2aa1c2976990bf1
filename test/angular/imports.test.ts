import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(__dirname, '../..');
const manifest = jest.requireActual<{ exports: Record<string, unknown> }>('../../package.json');
const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));

/** The packages that an entry point imports, directly and through its own files. */
async function packagesOf(entry: string): Promise<string[]> {
  const { outputs } = (
    await build({
      absWorkingDir: root,
      stdin: {
        contents: `export * from '${entry.replace('.', 'rxjs-rwlock')}';`,
        resolveDir: root,
      },
      bundle: true,
      packages: 'external',
      external: ['node:*'],
      // The paths of the TypeScript settings lead to the sources.
      tsconfig: join(root, 'tsconfig.json'),
      platform: 'node',
      format: 'esm',
      metafile: true,
      write: false,
    })
  ).metafile;
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  return [...new Set(imports.map(({ path }) => path))];
}

const isAngular = (name: string) => name.startsWith('@angular/');

it('M6: the entry point for Angular imports its core and its client', async () => {
  expect((await packagesOf('./angular')).filter(isAngular).sort()).toEqual([
    '@angular/common/http',
    '@angular/core',
  ]);
});

it.each(entries.filter((entry) => entry !== './angular'))(
  'M6: %s imports nothing of Angular',
  async (entry) => {
    const packages = await packagesOf(entry);
    expect(packages).toContain('rxjs');
    expect(packages.filter(isAngular)).toEqual([]);
  },
);
