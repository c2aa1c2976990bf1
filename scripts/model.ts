// Checks the formal model of the lock with Spin, and replays every transition of it on the real lock.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { POLICIES, type PolicyName } from '../test/model/rules.js';
import { type Check, faults, policyIs, promises } from './model/checks.js';
import { Model, type Verdict } from './model/Model.js';
import { replay } from './model/replay.js';
import { parseWalk, tourOf, type Walk } from './model/tour.js';

const { clients } = new Command('model')
  .option('--clients <number>', 'how many clients the model has when the promises are checked', '4')
  .parse()
  .opts<{ clients: string }>();
/** How many clients the model has when its transitions are replayed on the real lock. */
const REPLAYED = 3;

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
    await checkAll(model);
  } finally {
    model.remove();
  }
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

async function checkAll(model: Model): Promise<void> {
  console.log(`Promises that must hold, with ${clients} clients:`);
  await share(promises(Number(clients)), (check) => verify(model, check));
  console.log('\nFaults that must be found:');
  await share(faults, (check) => verify(model, check));
  console.log(`\nEvery transition of ${REPLAYED} clients, on the real lock:`);
  await share(POLICIES, (policy) => replayAll(model, policy));
  replayExample();
}

async function verify(model: Model, check: Check): Promise<void> {
  const start = performance.now();
  const { definitions, claim, title } = check;
  const verdict = await (claim === undefined
    ? model.checkStates(definitions)
    : model.checkClaim(definitions, claim));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const problem = problemOf(check, verdict);
  const { states, transitions } = verdict;
  const size = `${count(states)} states ${count(transitions)} transitions ${seconds} s`;
  tell(title, size, problem);
}

function problemOf({ finds, claim }: Check, { errors, output }: Verdict): string | undefined {
  const found = errors.join('; ');
  if (finds !== undefined)
    return found.includes(finds) ? undefined : `must find "${finds}", but found "${found}"`;
  if (found) return found;
  // A step that no client ever takes shows nothing.
  const isWhole = claim !== undefined || /proctype Client\n\s+\(0 of/.test(output);
  return isWhole ? undefined : 'clients never take some of their steps';
}

async function replayAll(model: Model, policy: PolicyName): Promise<void> {
  const transitions = await model.transitions([policyIs(policy), `CLIENTS=${REPLAYED}`]);
  const walks = tourOf(transitions);
  const size = `${count(transitions.length)} transitions in ${count(walks.flat().length)} steps`;
  const others = POLICIES.filter((other) => other !== policy);
  const alike = others.find((other) => failureOf(other, walks) === undefined);
  // A replay that can't fail shows nothing: a lock with another policy must fail it.
  const problem = alike && `a lock with the policy ${alike} passes as well`;
  tell(policy, size, failureOf(policy, walks) ?? problem);
}

/** Replays the walk that the README shows, which is one under fifo. */
function replayExample(): void {
  const [, example = ''] =
    /```text\n(.*?)\n```/s.exec(readFileSync('model/README.md', 'utf8')) ?? [];
  const walk = parseWalk(example);
  const size = `${count(walk.length)} transitions`;
  tell('the example in model/README.md', size, failureOf('fifo', [walk]));
}

/** Returns how a real lock with this policy differs from the model, if it does. */
function failureOf(policy: PolicyName, walks: readonly Walk[]): string | undefined {
  try {
    for (const walk of walks) replay(policy, walk);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function tell(title: string, size: string, problem: string | undefined): void {
  if (problem !== undefined) wrong.push(`${title}: ${problem}`);
  console.log(`${problem === undefined ? 'ok   ' : 'WRONG'} ${size}  ${title}`);
}

/** Processes as many items at the same time as there are processors. */
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
