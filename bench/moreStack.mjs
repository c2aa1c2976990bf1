// One measurement, as in one.mjs, on a stack as deep as no program has it. See outcome.mjs.
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('one.mjs', import.meta.url), {
  argv: process.argv.slice(2),
  resourceLimits: { stackSizeMb: 256 },
});
worker.on('exit', (code) => process.exit(code));
