/**
 * Throws if a value is there and is of another type (a TypeError), or is a number that is NaN or
 * out of its bounds (a RangeError).
 */
export function check(
  name: string,
  value: unknown,
  type: string,
  least = 0,
  most = Infinity,
): void {
  if (value === undefined) return;
  if (typeof value !== type) throw expected(name, `a ${type}`, value);
  if (typeof value === 'number' && !(value >= least && value <= most))
    throw new RangeError(
      `${name} must be a ${least === 0 ? 'number from 0' : 'finite number'}, got ${value}`,
    );
}

/** Throws a TypeError if a value has no such method. */
export function checkMethod(name: string, value: unknown, method: string): void {
  const found = (value as Record<string, unknown> | null | undefined)?.[method];
  check(`${name}.${method}`, found ?? null, 'function');
}

/** Throws a TypeError if a value is not a plain object, of this realm or another. */
export function checkRecord(name: string, value: unknown): void {
  const prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : undefined;
  const isRecord = prototype === null || (isObject(prototype) && !Object.getPrototypeOf(prototype));
  if (!isRecord || Array.isArray(value)) throw expected(name, 'a plain object', value);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Says what was expected, and what was given. */
export function expected(name: string, what: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${what}, got ${shown(value)}`);
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `the function ${value.name}`.trim();
  if (!isObject(value)) return String(value);
  const { constructor } = value as { constructor?: { name?: string } };
  return `an object of type ${constructor?.name ?? 'Object'}`;
}
