import { Command, type CommanderError, InvalidArgumentError } from 'commander';

/** What the demonstration can be told on the command line. */
export interface Options {
  readonly clients: number;
  readonly operations: number;
  readonly writes: number;
  readonly cancel: number;
  readonly accounts: number;
  readonly seed: number;
  readonly timeline: number;
}

/** Reads the arguments; ends the process after `--help` (code 0) and after a mistake (code 2). */
export function parseOptions(args: readonly string[]): Options {
  return command().parse(args, { from: 'user' }).opts<Options>();
}

function command(): Command {
  return new Command('npm start --')
    .description('Moves money between accounts in JSON files, first without a lock, then with one.')
    .option('--clients <n>', 'clients at work at once', whole(1, 2_000), 300)
    .option('--operations <n>', 'operations of each, one after the other', whole(1, 500), 4)
    .option(
      '--writes <percent>',
      'share of operations that move money; the others read',
      whole(0, 100),
      20,
    )
    .option(
      '--cancel <percent>',
      'share of operations whose client unsubscribes early',
      whole(0, 100),
      10,
    )
    .option('--accounts <n>', 'accounts, one JSON file each', whole(2, 100), 6)
    .option('--seed <n>', 'the same seed makes the same plan', whole(0, 2 ** 31 - 1), 402)
    .option(
      '--timeline <n>',
      'how many requests are drawn, with some that give up among them',
      whole(0, 200),
      24,
    )
    .addHelpText(
      'after',
      '\nExit code: 0 if the locked run kept every sum, 1 if not, 2 for a bad option.',
    )
    .configureOutput({ outputError: (text, write) => write(onOneLine(text)) })
    .exitOverride(exit);
}

function whole(least: number, most: number) {
  return (text: string) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Commander puts its suggestion for a mistyped option on a line of its own. */
function onOneLine(text: string): string {
  return `${text.trim().replaceAll('\n', ' ')}\n`;
}

function exit({ exitCode }: CommanderError): never {
  process.exit(exitCode === 0 ? 0 : 2);
}
