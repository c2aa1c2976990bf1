/** What of a lock is asked for: a key, or `undefined` for all of it. */
export type Scope = unknown;

/** Whether two keys are equal, as a `Map` sees it: NaN is itself, and -0 is 0. */
export function sameKey(a: Scope, b: Scope): boolean {
  return [a].includes(b);
}

/** Whether what is asked for of one lock overlaps: a key only itself, all keys any. */
export function overlap(a: Scope, b: Scope): boolean {
  return a === undefined || b === undefined || sameKey(a, b);
}
