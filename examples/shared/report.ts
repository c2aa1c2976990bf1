import picocolors from 'picocolors';

const { bold, dim, green, red } = picocolors;

/** A row of the table of runs. */
export type Figure<Run> = readonly [label: string, of: (run: Run) => number, note: string];

/** Writes a whole number as people do. */
export function text(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Sets the runs side by side, under their names: what a lock must keep at zero, and the rest. */
export function drawTable<Run>(
  runs: Readonly<Record<string, Run>>,
  harms: readonly Figure<Run>[],
  works: readonly Figure<Run>[],
): string {
  const columns = Object.entries(runs);
  const rows = (
    figures: readonly Figure<Run>[],
    paint: (text: string, value: number) => string = String,
  ) =>
    figures.map(([label, of, note]) => {
      const cells = columns.map(([name, run]) =>
        paint(text(of(run)).padStart(name.length + 2), of(run)),
      );
      return `${label.padEnd(20)}${cells.join('')}   ${dim(note)}`;
    });
  return indented([
    bold(`${' '.repeat(20)}${columns.map(([name]) => `  ${name}`).join('')}`),
    dim('─'.repeat(76)),
    ...rows(harms, (text, value) => (value === 0 ? green : red)(text)),
    '',
    ...rows(works),
  ]);
}

/** What went wrong in a run; empty if the lock kept its promise. */
export function faultsIn<Run>(run: Run, harms: readonly Figure<Run>[]): string[] {
  return harms.flatMap(([label, of]) => (of(run) === 0 ? [] : [`${label}: ${of(run)}`]));
}

/** Says whether the lock has kept its promise. */
export function drawVerdict(faults: readonly string[], promise: string): string {
  const verdict =
    faults.length === 0
      ? green(`✔ With the lock ${promise}.`)
      : red(`✘ With the lock: ${faults.join('; ')}.`);
  return indented(['', bold(verdict), '']);
}

export function indented(lines: readonly string[]): string {
  return lines.map((line) => line && `  ${line}`.trimEnd()).join('\n');
}
