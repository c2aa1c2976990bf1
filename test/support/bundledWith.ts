import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(__dirname, '../..');

/** What a module exports once a text in a source file has been replaced by another one. */
export async function bundledWith(
  entry: string,
  { file, sound, faulty }: { file: string; sound: string; faulty: string },
): Promise<unknown> {
  let times = 0;
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    write: false,
    plugins: [
      {
        name: 'fault',
        setup(build) {
          build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            if (path !== join(root, file)) return undefined;
            const source = await readFile(path, 'utf8');
            times = source.split(sound).length - 1;
            return { contents: source.replace(sound, faulty), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (times !== 1) throw new Error(`${file} has ${times} times the text to replace: ${sound}`);
  const module = { exports: {} };
  const text = outputFiles[0]?.text ?? '';
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the bundle was made here
  const load = new Function('module', 'exports', 'require', text) as (...args: unknown[]) => void;
  load(module, module.exports, require);
  return module.exports;
}
