// Measures what each peer adds to a bundle.
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const IMPORTS = {
  'rxjs-rwlock': `export { ReadWriteLock, withReadLock, withWriteLock } from './node_modules/.builds/0/index.js'`,
  'async-rwlock': `export * from 'async-rwlock'`,
  rwlock: `export * from 'rwlock'`,
  'readwrite-lock': `export * from 'readwrite-lock'`,
  '@esfx/async-readerwriterlock': `export * from '@esfx/async-readerwriterlock'`,
  mortice: `export { default } from 'mortice'`,
  'readers-writer-lock': `export * from 'readers-writer-lock'`,
  'async-mutex': `export { Mutex } from 'async-mutex'`,
  'async-sema': `export * from 'async-sema'`,
  'await-lock': `export { default } from 'await-lock'`,
  'async-lock': `export * from 'async-lock'`,
  'p-queue': `export { default } from 'p-queue'`,
  'effect, semaphore': `import { Effect, Semaphore } from 'effect'; export const make = () => Effect.runPromise(Semaphore.makeUnsafe(1).withPermits(1)(Effect.void))`,
  'effect, TxReentrantLock': `import { Effect, TxReentrantLock } from 'effect'; export const make = async () => Effect.runPromise(TxReentrantLock.withWriteLock(await Effect.runPromise(TxReentrantLock.make()), Effect.void))`,
};

export async function sizes(isMeasured) {
  const measured = Object.entries(IMPORTS).filter(([name]) => isMeasured(name));
  return Promise.all(measured.map(async ([name, contents]) => [name, ...(await sizeOf(contents))]));
}

async function sizeOf(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'node',
    external: ['rxjs'],
    tsconfigRaw: {},
    write: false,
  });
  const code = outputFiles[0].contents;
  return [code.length, brotliCompressSync(code).length].map((bytes) => bytes.toLocaleString('en'));
}
