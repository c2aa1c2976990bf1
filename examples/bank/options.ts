import { Command, InvalidArgumentError } from 'commander';

/** The options of `npm start`. */
export interface Options {
  readonly clients: number;
  readonly operations: number;
  readonly writes: number;
  readonly cancel: number;
  readonly accounts: number;
  readonly seed: number;
  readonly timeline: number;
}

/** Reads the arguments. Ends the process after `--help` (code 0) and after a mistake (code 2). */
export function parseOptions(args: readonly string[]): Options {
  return new Command('npm start --')
    .description('Moves money between accounts in JSON files, first without a lock, then with one.')
    .option('--clients <n>', 'clients that work at the same time', whole(1, 2_000), 300)
    .option('--operations <n>', 'operations of each client, one after the other', whole(1, 500), 4)
    .option('--writes <percent>', 'operations that move money; the others read', whole(0, 100), 20)
    .option('--cancel <percent>', 'operations that are cancelled early', whole(0, 100), 10)
    .option('--accounts <n>', 'accounts, one JSON file each', whole(2, 100), 6)
    .option('--seed <n>', 'the same seed makes the same plan', whole(0, 2 ** 31 - 1), 402)
    .option('--timeline <n>', 'requests that are drawn; 0 draws none', whole(0, 200), 24)
    .addHelpText(
      'after',
      '\nExit code: 0 if the lock kept its promise, 1 if not, 2 for a bad option.',
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
    .parse(args, { from: 'user' })
    .opts<Options>();
}

function whole(least: number, most: number) {
  return (text: string) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
