import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { finalize, NEVER, of, Subject } from 'rxjs';
import { allOf, KeyedReadWriteLock, type Lease, ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const ROOT = join(__dirname, '../..');

type Compiler = 'esbuild' | 'typescript';

const COMPILED = new Map<string, string>();

/** Compiles the program and the package for a runtime that has no `using`, once. */
function lowered(word: string, compiler: Compiler): string {
  const name = `${word} by ${compiler}`;
  const compiled = COMPILED.get(name) ?? compile(program(word), compiler);
  COMPILED.set(name, compiled);
  return compiled;
}

function compile(code: string, compiler: Compiler): string {
  const compilerOptions = { target: ScriptTarget.ES2022, module: ModuleKind.ESNext };
  const { outputFiles } = buildSync({
    stdin: {
      contents:
        compiler === 'typescript' ? transpileModule(code, { compilerOptions }).outputText : code,
      resolveDir: ROOT,
    },
    alias: { 'rxjs-rwlock': join(ROOT, 'src/index.ts') },
    absWorkingDir: ROOT,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

// Newer runtimes have the symbols in every context, and they can not be deleted.
const WITHOUT = `
  if (Symbol.dispose) {
    const { for: symbolFor, iterator, asyncIterator, toStringTag, hasInstance, species } = Symbol;
    const real = Symbol;
    globalThis.Symbol = Object.assign((name) => real(name), {
      for: symbolFor, iterator, asyncIterator, toStringTag, hasInstance, species,
    });
  }`;

const POLYFILL = `
  for (const name of ['dispose', 'asyncDispose'])
    Symbol[name] ??= Symbol('Symbol.' + name);`;

/** What the program leaves in \`done\`, run in a new context. */
async function run(word: string, name: string, compiler: Compiler, before = ''): Promise<unknown> {
  const globals = { name, setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask };
  const context = createContext(globals);
  runInContext(WITHOUT, context);
  expect(runInContext('Symbol.dispose ?? Symbol.asyncDispose', context)).toBeUndefined();
  runInContext(before, context);
  runInContext(lowered(word, compiler), context);
  return (context as unknown as { done: unknown }).done;
}

const NAMES = ['a lock', 'a key', 'several locks'];

const program = (word: string) => `
  import { allOf, KeyedReadWriteLock, ReadWriteLock } from 'rxjs-rwlock';
  const lock = {
    'a lock': new ReadWriteLock(),
    'a key': new KeyedReadWriteLock().for('key'),
    'several locks': { writer: allOf(new ReadWriteLock().writer, new ReadWriteLock().writer) },
  }[name];
  async function use(fail) {
    ${word} lease = await lock.writer.lease();
    if (lease.mode !== 'write' || lease.released) throw new Error('no lease');
    if (fail) throw new Error('inside');
    return lock.writer.locked;
  }
  globalThis.done = (async () => {
    const log = [];
    log.push(await use(false), lock.writer.locked);
    log.push(await use(true).catch((error) => error.message), lock.writer.locked);
    return log.join();
  })();`;

const RELEASED = 'true,false,inside,false';

describe.each(['using', 'await using'])('%s in a runtime without Symbol.dispose', (word) => {
  it.each(NAMES)(
    'D9: it releases %s, lowered by esbuild, which falls back to a symbol of its own',
    async (name) => {
      expect(await run(word, name, 'esbuild')).toBe(RELEASED);
    },
  );

  it.each(NAMES)(
    'D9: it releases %s, lowered by esbuild, with a polyfill that has been loaded first',
    async (name) => {
      expect(await run(word, name, 'esbuild', POLYFILL)).toBe(RELEASED);
    },
  );

  // TypeScript has no symbol to fall back to: it needs the polyfill.
  it.each(NAMES)(
    'D9: it releases %s, lowered by TypeScript, with a polyfill that has been loaded first',
    async (name) => {
      expect(await run(word, name, 'typescript', POLYFILL)).toBe(RELEASED);
    },
  );
});

it('D9: where the runtime has the symbols, these are used, and no others are left on a lease', () => {
  const lease = new ReadWriteLock().reader.tryAcquire() as Lease;
  expect(lease[Symbol.dispose]).toBeInstanceOf(Function);
  expect(lease[Symbol.asyncDispose]).toBeInstanceOf(Function);
  expect(Symbol.for('Symbol.dispose') in lease).toBe(
    Symbol.dispose === Symbol.for('Symbol.dispose'),
  );
});

it('D9: disposing of a lease completes the Observable that emitted it, once', async () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  for (const dispose of [
    (lease: Lease) => lease[Symbol.dispose](),
    (lease: Lease) => void lease[Symbol.asyncDispose](),
  ])
    lock.writer.acquire().subscribe({
      next(lease) {
        dispose(lease);
        dispose(lease);
        lease.release();
      },
      complete: () => log.push(`completed, ${lock.writer.locked ? 'held' : 'free'}`),
    });
  expect(log).toEqual(['completed, held', 'completed, held']);
  expect(lock.writer.locked).toBe(false);
});

/** A lease, and whether its lock is free. */
const leases: Record<string, () => { lease: Lease; isFree: () => boolean }> = {
  'of a lock'() {
    const lock = new ReadWriteLock();
    return { lease: lock.writer.tryAcquire() as Lease, isFree: () => !lock.writer.locked };
  },
  'of a key'() {
    const { writer } = new KeyedReadWriteLock<string>().for('key');
    return { lease: writer.tryAcquire() as Lease, isFree: () => !writer.locked };
  },
  'of several locks'() {
    const gate = allOf(new ReadWriteLock().writer, new ReadWriteLock().writer);
    return { lease: gate.tryAcquire() as Lease, isFree: () => !gate.locked };
  },
  'of an operator'() {
    const lock = new ReadWriteLock();
    const leases: Lease[] = [];
    of(1)
      .pipe(
        withWriteLock(lock, (_, lease) => {
          leases.push(lease);
          return NEVER;
        }),
      )
      .subscribe();
    return { lease: leases[0] as Lease, isFree: () => !lock.writer.locked };
  },
};

describe.each(Object.entries(leases))(
  'a method of a lease %s that is passed on alone',
  (_, take) => {
    const RELEASE = 'release was called without its lease: write () => lease.release()';

    it('D9, H2: promise.finally(lease.release) rejects and says what to write', async () => {
      const { lease, isFree } = take();
      // eslint-disable-next-line @typescript-eslint/unbound-method -- the fault that is tested
      await expect(Promise.resolve().finally(lease.release)).rejects.toThrow(
        new TypeError(RELEASE),
      );
      expect(isFree()).toBe(false);
      await Promise.resolve().finally(() => lease.release());
      expect(isFree()).toBe(true);
    });

    it('D9, H2: finalize(lease.release) throws and says what to write', () => {
      const { lease } = take();
      const source = new Subject<void>();
      // eslint-disable-next-line @typescript-eslint/unbound-method -- the fault that is tested
      source.pipe(finalize(lease.release)).subscribe();
      expect(() => source.complete()).toThrow(RELEASE);
    });

    it('D9, H2: release and downgrade taken out of the lease throw and say what to write', () => {
      const { lease, isFree } = take();
      // eslint-disable-next-line @typescript-eslint/unbound-method -- the fault that is tested
      const { release, downgrade } = lease as Lease & { downgrade(mode: string): void };
      expect(release).toThrow(new TypeError(RELEASE));
      expect(() => release.call({} as Lease)).toThrow(TypeError);
      expect(() => downgrade('read')).toThrow(
        new TypeError('downgrade was called without its lease: write () => lease.downgrade()'),
      );
      expect(isFree()).toBe(false);
      release.call(lease);
      expect(isFree()).toBe(true);
    });
  },
);
