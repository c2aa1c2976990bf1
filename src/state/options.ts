import type { ReadWriteLockOptions } from '../index.js';

interface Options<L> extends ReadWriteLockOptions {
  readonly lock?: L | undefined;
  readonly equal?: unknown;
}

/** The lock that is given in the options, or a new one that is made with them. */
export function lockOf<L extends object>(
  options: Options<L>,
  method: keyof L & string,
  Lock: new (options: ReadWriteLockOptions) => L,
): L {
  const { lock, equal: _, ...own } = (options as Options<L> | null) ?? {};
  if (lock === undefined) return new Lock(options);
  checkFunction(`lock.${method}`, (lock as L | null)?.[method]);
  for (const [name, value] of Object.entries(own))
    if (value !== undefined) throw new TypeError(`${name} can't be combined with lock`);
  return lock;
}

/** Throws a TypeError if a value is not a function. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(`${name} must be a function, got ${value === null ? 'null' : typeof value}`);
}
