/** Writes a number as people do, without what is behind the point. */
export function text(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Writes how many there are of something: `1 client`, `2,000 clients`. */
export function counted(count: number, what: string): string {
  return `${text(count)} ${what}${count === 1 ? '' : 's'}`;
}
