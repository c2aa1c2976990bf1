/** What of the report of Stryker is looked at. */
export interface Report {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>
  >;
}

interface Mutant {
  readonly replacement: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** A mutant that no test tells from the lock as it is. */
export interface Survivor {
  /** The file below `src/`. */
  readonly file: string;
  /** The line of the source, without indentation, and what part of it becomes what. */
  readonly line: string;
  readonly mutant: string;
  readonly reason: string;
}

const FOUND = ['Killed', 'Timeout'];
const COUNTED = [...FOUND, 'Survived', 'NoCoverage'];

/** Compares those who survived with the list of them. */
export function unexplained({ files }: Report, survivors: readonly Survivor[]) {
  const mutants = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => COUNTED.includes(status))
      .map((mutant) => ({ status: mutant.status, ...describe(file, source, mutant) })),
  );
  const alive = mutants.filter(({ status }) => !FOUND.includes(status));
  const same = (a: Omit<Survivor, 'reason'>, b: Omit<Survivor, 'reason'>) =>
    a.file === b.file && a.line === b.line && a.mutant === b.mutant;
  const unknown = alive.filter((one) => !survivors.some((known) => same(known, one)));
  const looked = (known: Survivor) => mutants.some(({ file }) => file === known.file);
  const stale = survivors.filter(
    (known) => looked(known) && !alive.some((one) => same(known, one)),
  );
  return {
    all: mutants.length,
    found: mutants.length - alive.length,
    problems: [
      ...unknown.map(({ file, line, mutant }) => `survives: ${file} | ${line} | ${mutant}`),
      ...stale.map(({ file, line, mutant }) => `is found now: ${file} | ${line} | ${mutant}`),
    ],
  };
}

function describe(file: string, source: string, { location, replacement }: Mutant) {
  const { start, end } = location;
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  const from = lines
    .map((line, i) =>
      line.slice(i === 0 ? start.column - 1 : 0, i === last ? end.column - 1 : undefined),
    )
    .join(' ');
  const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 60);
  return {
    file: file.replace(/^src\//, ''),
    line: (lines[0] ?? '').trim(),
    mutant: `${short(from)} → ${short(replacement)}`,
  };
}
