import type { Fault } from './list.js';

/** The faults as the table in CONTRIBUTING.md, laid out as Prettier does it. */
export function faultTable(faults: readonly Fault[]): string {
  const rows = faults.map(({ fault, clauses, test }) => [fault, clauses, `\`${test}\``]);
  const header = ['fault', 'promises', 'caught in `test/`'];
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  return [line(header), line([], '-'), ...rows.map((row) => line(row))].join('\n');
}

/** A Markdown text with the table between its two marks replaced. */
export function withTable(markdown: string, table: string): string {
  return markdown.replace(
    /(<!-- faults -->\n).*?(\n<!-- end of faults -->)/s,
    (_, begin: string, end: string) => `${begin}\n${table}\n${end}`,
  );
}
