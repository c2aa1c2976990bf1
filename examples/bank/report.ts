import picocolors from 'picocolors';
import { indented, text } from '../shared/report.js';
import type { Options } from './options.js';

const { bold, dim, green, red } = picocolors;

/** Says what is about to happen. */
export function drawTitle(options: Options): string {
  const { clients, operations, writes, cancel, accounts, seed } = options;
  const plan = `${text(clients)} clients × ${operations} operations · ${writes} % transfers · ${cancel} % cancelled · seed ${seed}`;
  return indented([
    '',
    `${bold('rxjs-rwlock')} at work in a bank: ${accounts} accounts, a JSON file each`,
    dim(plan),
    '',
    'The same pipelines run twice, the second time with one more operator:',
    `  audit     reads all the accounts     ${green('withReadLock(lock)')}`,
    `  transfer  moves money between two    ${red('withWriteLock(lock)')}`,
    '',
  ]);
}
