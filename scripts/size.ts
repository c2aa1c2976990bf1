// Measures what imports add to a bundle, without rxjs and Angular.
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const ENTRY = './dist/esm/index.js';
const STATE = './dist/esm/state/index.js';
const ANGULAR = './dist/esm/angular/index.js';
/** The size that the lock should have with the read and the write operator, in bytes after brotli. */
const GOAL = 5000;
/** Its present size, rounded up a little, so that it can't grow unnoticed. */
const LIMIT = 6590;

const POLICIES = ['phaseFair', 'readersFirst', 'writersFirst'];
const LOCK = ['ReadWriteLock', 'withReadLock', 'withWriteLock'];

const FOR_ANGULAR = ['createLockToken', 'injectLockState', 'tokenRefreshInterceptor'];

interface Bundle {
  readonly minified: number;
  readonly brotli: number;
  /** How many bytes each module of this package adds. */
  readonly modules: ReadonlyMap<string, number>;
}

async function bundle(names: string, entry = ENTRY): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${names} from '${entry}';`, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    minify: true,
    external: ['rxjs', '@angular/*'],
    // The paths in tsconfig.json lead to the sources, but the build is to be measured.
    tsconfigRaw: {},
    metafile: true,
    write: false,
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const inputs = Object.values(metafile.outputs)[0]?.inputs ?? {};
  return {
    minified: code.length,
    brotli: compress(code),
    modules: new Map(
      Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput]),
    ),
  };
}

function compress(code: Uint8Array): number {
  return brotliCompressSync(code, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: code.length,
    },
  }).length;
}

/** Returns the policies whose code is in a bundle. */
function policiesIn({ modules }: Bundle): string[] {
  return POLICIES.filter((name) => modules.get(`dist/esm/core/policies/${name}.js`));
}

function report(title: string, { minified, brotli }: Bundle): void {
  console.log(`${title.padEnd(34)} ${bytes(minified)} minified ${bytes(brotli)} brotli`);
}

function bytes(count: number): string {
  return count.toLocaleString('en').padStart(7);
}

const lock = await bundle(`{ ${LOCK.join(', ')} }`);
const withPolicies = await bundle(`{ ${[...LOCK, ...POLICIES].join(', ')} }`);
report('the lock, read and write operator', lock);
report('the same with every policy', withPolicies);
report('everything', await bundle('*'));
report('a state inside its lock', await bundle('{ Guarded }', STATE));
report('all for Angular, but keyed locks', await bundle(`{ ${FOR_ANGULAR.join(', ')} }`, ANGULAR));

const wrong: string[] = [];
if (lock.brotli > LIMIT) {
  const largest = [...lock.modules].filter(([, size]) => size > 0).sort(([, a], [, b]) => b - a);
  const list = largest.map(([file, size]) => `  ${bytes(size)} ${file}`);
  const over = `the lock is ${lock.brotli - LIMIT} bytes over its limit of ${LIMIT} (brotli)`;
  wrong.push([`${over}; minified there are`, ...list].join('\n'));
}
// The second check shows that the first one can fail.
if (policiesIn(lock).length > 0)
  wrong.push(`the bundle has policies that are not imported: ${policiesIn(lock).join(', ')}`);
if (policiesIn(withPolicies).length < POLICIES.length)
  wrong.push(
    `of the imported policies the bundle has only: ${policiesIn(withPolicies).join(', ')}`,
  );

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log('no policy is in a bundle that does not use it');
if (lock.brotli > GOAL) console.log(`the goal of ${GOAL} is missed by ${lock.brotli - GOAL}`);
