import { readFileSync } from 'node:fs';

/** The part of Stryker's report that is used. */
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
  readonly testFiles: Readonly<Record<string, { readonly tests: readonly Test[] }>>;
}

interface Mutant {
  /** The tests that failed on it; unknown for a mutant that never ends. */
  readonly killedBy?: readonly string[];
}

interface Test {
  readonly id: string;
  /** Its title, preceded by the titles of the blocks around it. */
  readonly name: string;
}

export function readReport(): Report {
  return JSON.parse(readFileSync('node_modules/.cache/mutation.json', 'utf8')) as Report;
}

/** Counts the mutants that the tests of each clause kill, in the order of the clauses. */
export function killsByClause({ files, testFiles }: Report): Map<string, number> {
  const mutants = Object.values(files).flatMap((file) => file.mutants);
  const tests = Object.values(testFiles).flatMap((file) => file.tests);
  const clausesOf = new Map(tests.map(({ id, name }) => [id, clausesIn(name)]));
  const kills = new Map(tests.flatMap(({ name }) => clausesIn(name)).map((each) => [each, 0]));
  for (const { killedBy = [] } of mutants)
    for (const clause of new Set(killedBy.flatMap((id) => clausesOf.get(id) ?? [])))
      kills.set(clause, (kills.get(clause) ?? 0) + 1);
  return new Map([...kills].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

/** `A3` and `B1` of `A3, B1: a reader …`; the heading of a marble block has no colon. */
function clausesIn(name: string): string[] {
  const [head = ''] = /(?<= )[A-Z]\d+(?:, [A-Z]\d+)*(?=:? )/.exec(name) ?? [];
  return head.match(/[A-Z]\d+/g) ?? [];
}
