// Makes one measurement, as one.mjs does, on a much deeper stack than programs have. See outcome.mjs.
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('one.mjs', import.meta.url), {
  argv: process.argv.slice(2),
  resourceLimits: { stackSizeMb: 256 },
});
worker.on('exit', (code) => process.exit(code));
