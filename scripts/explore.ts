// Takes every step that clients of a lock can take, and compares the lock with the reference.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Command, Option } from 'commander';
import { exploreCohorts } from '../test/explore/cohorts/exploreCohorts.js';
import { type Found, everyPath, everyState } from '../test/explore/explore.js';
import { Run } from '../test/explore/Run.js';
import type { Alphabet } from '../test/explore/steps.js';
import { POLICIES, type PolicyName } from '../test/model/rules.js';

interface Options {
  readonly clients: string;
  readonly policy?: PolicyName;
  readonly alphabet: Alphabet | 'remote';
  readonly depth?: string;
  readonly grants: string;
  readonly observed?: boolean;
  readonly paths?: boolean;
  readonly oneTail?: boolean;
}

const { clients, policy, alphabet, depth, grants, observed, paths, oneTail } = new Command(
  'explore',
)
  .option('--clients <number>', 'how many clients there are', '4')
  .addOption(new Option('--policy <name>', 'explore one policy instead of all').choices(POLICIES))
  .addOption(
    new Option('--alphabet <kind>', 'what clients may do')
      .choices(['basic', 'full', 'reads', 'remote'])
      .default('basic'),
  )
  .option('--depth <number>', 'how many steps are made at most; by default as many as there are')
  .option('--grants <number>', 'how many requests a lease of the engine serves (remote)', '2')
  .option('--observed', 'let somebody observe the states of the locks (remote)')
  .option('--paths', 'walk every path instead of merging equal states')
  .option(
    '--one-tail',
    'walk one of the paths that differ only after every request has been granted',
  )
  .parse()
  .opts<Options>();

if (policy) explore(policy);
else await Promise.all([eachOf(POLICIES.slice(0, 2)), eachOf(POLICIES.slice(2))]);

// Explores each policy in a process of its own.
async function eachOf(policies: readonly PolicyName[]): Promise<void> {
  for (const each of policies) {
    const child = fork(import.meta.filename, [...process.argv.slice(2), '--policy', each]);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) process.exitCode = 1;
  }
}

function explore(policy: PolicyName): void {
  const start = performance.now();
  const found = search(policy);
  report(policy, found, (performance.now() - start) / 1000);
}

function search(policy: PolicyName): Found {
  const terms = { policy, clients: Number(clients) };
  const most = depth === undefined ? Infinity : Number(depth);
  if (alphabet === 'remote')
    return exploreCohorts({ ...terms, grants: Number(grants), observed: observed ?? false }, most);
  const start = Run.from({ ...terms, alphabet });
  return paths ? everyPath(start, { oneTail: oneTail ?? false }) : everyState(start, most);
}

function report(name: string, { states, transitions, paths: of }: Found, seconds: number): void {
  const figures = [
    ...(paths ? [] : [`${count(states)} states`]),
    `${count(transitions)} transitions`,
    `${count(of)} paths`,
  ];
  console.log(`${name.padEnd(14)}${figures.join(', ')}, ${seconds.toFixed(1)} s`);
}

function count(number: number): string {
  return number.toLocaleString('en').padStart(11);
}
