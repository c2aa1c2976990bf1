// Goes through all that clients of a lock can do, and compares the lock with a reference model.
import { Command, Option } from 'commander';
import { type Found, everyPath, everyState } from '../test/explore/explore.js';
import type { Alphabet } from '../test/explore/steps.js';
import type { PolicyName } from '../test/model/ReferenceLock.js';

const POLICIES: readonly PolicyName[] = ['fifo', 'phaseFair', 'writersFirst', 'readersFirst'];

interface Options {
  readonly clients: string;
  readonly policy?: PolicyName;
  readonly alphabet: Alphabet;
  readonly paths?: boolean;
}

const { clients, policy, alphabet, paths } = new Command('explore')
  .option('--clients <number>', 'how many clients there are', '4')
  .addOption(new Option('--policy <name>', 'one policy rather than all').choices(POLICIES))
  .addOption(
    new Option('--alphabet <kind>', 'what clients may do')
      .choices(['basic', 'full'])
      .default('basic'),
  )
  .option('--paths', 'walk every path, and merge no equal states')
  .parse()
  .opts<Options>();

for (const each of policy ? [policy] : POLICIES) {
  const start = performance.now();
  const found = (paths ? everyPath : everyState)({
    policy: each,
    clients: Number(clients),
    alphabet,
  });
  report(each, found, (performance.now() - start) / 1000);
}

function report(name: string, { states, transitions }: Found, seconds: number): void {
  const of = [
    `${count(states)} ${paths ? 'paths' : 'states'}`,
    `${count(transitions)} transitions`,
  ];
  console.log(`${name.padEnd(14)}${of.join(', ')}, ${seconds.toFixed(1)} s`);
}

function count(number: number): string {
  return number.toLocaleString('en').padStart(11);
}
