// Runs one measurement in a process of its own, and puts what went wrong into words.
import { spawnSync } from 'node:child_process';

export const LIMIT = 15_000;
export const TOO_LONG = `> ${LIMIT / 1000} s`;

// Node's exit code if an awaited promise is never settled.
const NEVER_SETTLED = 13;

/** Returns the figures that the process prints, or what went wrong. */
export function outcomeOf(...measurement) {
  const { stdout, status, error, stderr } = node('one.mjs', measurement, LIMIT);
  if (error) return TOO_LONG;
  if (status === NEVER_SETTLED) return whyItNeverEnds(measurement);
  if (status !== 0) return problemIn(stderr);
  const text = stdout.trim().split('\n').at(-1);
  const figures = text.split(' ').map(Number);
  return text === '' || figures.some(Number.isNaN) ? text : figures;
}

/**
 * If a queue runs its work by recursion, RxJS can catch the stack overflow and report it to a subscriber
 * that overflows, too. Then nothing is thrown, and the rest of the queue never runs. That was the cause
 * if the work ends, or is still running, on a deeper stack.
 */
function whyItNeverEnds(measurement) {
  const { status, error } = node('moreStack.mjs', measurement, LIMIT / 5);
  return status === 0 || error ? 'silent overflow' : 'never ends';
}

function node(script, measurement, timeout) {
  const flags = ['--expose-gc', '--min-semi-space-size=64'];
  return spawnSync(process.execPath, [...flags, script, ...measurement.map(String)], {
    cwd: import.meta.dirname,
    timeout,
    encoding: 'utf8',
  });
}

function problemIn(stderr) {
  if (stderr.includes('Maximum call stack')) return 'stack overflow';
  if (stderr.includes('heap out of memory')) return 'out of memory';
  return /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? 'failed';
}
