// Shows that the checks can fail: puts one fault after the other into a copy of the sources, and
// runs the test that must catch it. `--table` only writes the list into CONTRIBUTING.md; words
// behind it choose the faults that have them in their text or among their promises.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Copy } from './faults/Copy.js';
import { type Fault, faults } from './faults/list.js';
import { faultTable, withTable } from './faults/table.js';

const args = process.argv.slice(2);
if (args.includes('--table')) {
  const markdown = readFileSync('CONTRIBUTING.md', 'utf8');
  writeFileSync('CONTRIBUTING.md', withTable(markdown, faultTable(faults)));
} else {
  const chosen = faults.filter(
    ({ fault, clauses }) =>
      args.length === 0 ||
      args.some((word) => fault.includes(word) || clauses.split(', ').includes(word)),
  );
  process.exitCode = (await tryAll(chosen)) ? 0 : 1;
}

async function tryAll(chosen: readonly Fault[]): Promise<boolean> {
  const copies = Array.from({ length: Math.min(4, availableParallelism()) }, () => new Copy());
  try {
    const wrong: string[] = [];
    const tests = [...new Set(chosen.map(({ test }) => test))];
    await share(copies, tests, async (copy, test) => {
      const ofTest = chosen.filter((fault) => fault.test === test);
      wrong.push(...(await withoutFault(copy, ofTest)));
    });
    await share(copies, chosen, async (copy, fault) => {
      const problem = await copy.try(fault);
      const caught = `${fault.test}: ${fault.title}`;
      console.log(`${fault.fault} | ${fault.clauses} | ${problem ?? caught}`);
      if (problem) wrong.push(`${fault.fault}: ${problem}`);
    });
    console.log(`\n${chosen.length} faults, ${wrong.length} of them wrong`);
    for (const line of wrong) console.error(line);
    return wrong.length === 0;
  } finally {
    for (const copy of copies) copy.remove();
  }
}

/** Each copy takes the next that is left. */
async function share<T>(
  copies: readonly Copy[],
  all: readonly T[],
  use: (copy: Copy, one: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const work = async (copy: Copy) => {
    for (let one; (one = left.shift());) await use(copy, one);
  };
  await Promise.all(copies.map(work));
}

/** A test that fails anyway, or that there is none of, catches nothing. */
async function withoutFault(copy: Copy, chosen: readonly Fault[]): Promise<string[]> {
  const results = (await copy.run(chosen))?.testResults ?? [];
  return chosen.flatMap(({ fault, title }) => {
    const tests = results
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ fullName }) => fullName.includes(title));
    if (tests.length === 0) return [`${fault}: there is no test "${title}"`];
    return tests.every(({ status }) => status === 'passed')
      ? []
      : [`${fault}: its test fails without it as well`];
  });
}
