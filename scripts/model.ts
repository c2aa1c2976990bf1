// Has spin check the formal model of the lock, and does to the real lock what the model does.
// `--traces` only writes the walks that the tests take.
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { replay } from '../test/model/replay.js';
import { POLICY_NAMES } from '../test/model/trace.js';
import { type Check, faults, promises } from './model/checks.js';
import { Model, type Verdict } from './model/Model.js';
import { everyTransition, staleTraces, TRACED, writeTraces } from './model/traces.js';

const { clients, traces } = new Command('model')
  .option('--clients <number>', 'how many clients there are where a promise is checked', '4')
  .option('--traces', 'write the traces that the tests replay')
  .parse()
  .opts<{ clients: string; traces?: boolean }>();

const wrong: string[] = [];
const { missing } = Model;
if (missing.length > 0) {
  console.warn(
    `SKIPPED: the formal model is NOT checked: ${missing.join(' and ')} can't be run here\n` +
      '(on Debian: apt-get install spin gcc libc6-dev)',
  );
} else {
  const model = new Model();
  try {
    await (traces ? writeTraces(model) : checkAll(model));
  } finally {
    model.remove();
  }
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

async function checkAll(model: Model): Promise<void> {
  console.log(`What must hold, of ${clients} clients:`);
  await share(promises(Number(clients)), (check) => verify(model, check));
  console.log('\nWhat must be found wrong:');
  await share(faults, (check) => verify(model, check));
  console.log(`\nEvery transition of ${TRACED} clients, done to the real lock:`);
  await replayAll(model);
  for (const file of await staleTraces(model))
    wrong.push(`${file} is stale: npm run model -- --traces`);
}

async function verify(model: Model, check: Check): Promise<void> {
  const start = performance.now();
  const { definitions, claim, title } = check;
  const verdict = await (claim === undefined
    ? model.checkStates(definitions)
    : model.checkClaim(definitions, claim));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const problem = problemOf(check, verdict);
  if (problem !== undefined) wrong.push(`${title}: ${problem}`);
  console.log(
    `${problem === undefined ? 'ok   ' : 'WRONG'} ${counts(verdict)} ${seconds} s  ${title}`,
  );
}

function problemOf({ finds, claim }: Check, { errors, output }: Verdict): string | undefined {
  const found = errors.join('; ');
  if (finds !== undefined)
    return found.includes(finds) ? undefined : `"${finds}" is not found, but "${found}"`;
  if (found) return found;
  // What is never done shows nothing.
  const isWhole = claim !== undefined || /proctype Client\n\s+\(0 of/.test(output);
  return isWhole ? undefined : 'clients never take some of their steps';
}

function counts({ states, transitions }: Pick<Verdict, 'states' | 'transitions'>): string {
  return `${count(states)} states ${count(transitions)} transitions`;
}

async function replayAll(model: Model): Promise<void> {
  await share(POLICY_NAMES, async (policy) => {
    const walks = await everyTransition(model, policy);
    for (const walk of walks) replay(policy, walk);
    console.log(`ok    ${count(walks.flat().length)} steps in ${walks.length} walks  ${policy}`);
  });
}

/** Each processor takes the next that is left. */
async function share<T>(all: readonly T[], use: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const work = async () => {
    for (let one; (one = left.shift());) await use(one);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

function count(number: number): string {
  return number.toLocaleString('en').padStart(9);
}
