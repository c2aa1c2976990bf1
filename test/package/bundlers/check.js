// Development bundles have the real tools, and production bundles have nothing of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild';
import * as vite from 'vite';
import webpack from 'webpack';

const here = import.meta.dirname;

/** Each gets a file and a mode, and returns the text of the bundle. */
const bundlers = {
  async esbuild(file, mode) {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file],
      bundle: true,
      minify: mode === 'production',
      conditions: [mode],
      write: false,
    });
    return outputFiles[0].text;
  },

  async vite(file, mode) {
    process.env.NODE_ENV = mode;
    const { output } = await vite.build({
      root: here,
      mode,
      logLevel: 'warn',
      build: { write: false, rollupOptions: { input: file } },
    });
    return output[0].code;
  },

  async webpack(file, mode) {
    const path = join(here, 'dist');
    const compiler = webpack({ entry: file, mode, output: { path }, performance: false });
    await new Promise((resolve, reject) =>
      compiler.run((error, stats) => {
        if (error ?? stats.hasErrors()) reject(error ?? new Error(stats.toString()));
        else compiler.close(resolve);
      }),
    );
    return readFileSync(join(path, 'main.js'), 'utf8');
  },
};

/** Texts of the real tools, of several files, and a text of what takes their place. */
const REAL = [/deadlock:/, /blocked by/, /has waited for/, /timeStamp/, /prefers-color-scheme/];
const STUB = /devtools is left out/;

function check(name, text, mode) {
  const isProduction = mode === 'production';
  for (const real of REAL) assert.equal(real.test(text), !isProduction, `${name}: ${real}`);
  assert.equal(STUB.test(text), isProduction, `${name}: ${STUB}`);
}

for (const [name, bundle] of Object.entries(bundlers))
  for (const mode of ['development', 'production']) {
    const watched = await bundle(join(here, 'watched.js'), mode);
    const plain = await bundle(join(here, 'plain.js'), mode);
    check(`${name}, ${mode}`, watched, mode);
    const added = watched.length - plain.length;
    console.log(`${name}, ${mode}: ${added} of ${watched.length} bytes are added by the devtools`);
    if (mode === 'production') assert.ok(added < 1000, `${name}: the stub has grown`);
  }

/** What a browser gets while one develops: the server of Vite bundles nothing of the program. */
process.env.NODE_ENV = 'development';
const server = await vite.createServer({ root: here, logLevel: 'warn', server: { port: 0 } });
await server.listen();
try {
  const { port } = server.httpServer.address();
  const get = async (path) => (await fetch(new URL(path, `http://localhost:${port}`))).text();
  const program = await get('/watched.js');
  const [, path] = /from "([^"]*devtools[^"]*)"/.exec(program);
  check('the server of Vite', await get(path), 'development');
  console.log('the server of Vite: real');
} finally {
  await server.close();
}
