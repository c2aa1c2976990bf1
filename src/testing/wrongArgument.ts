/** Makes the error for an invalid argument: it says what was expected and what was given. */
export function wrongArgument(name: string, expected: string, given: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}, got ${shown(given)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value ? 'an object' : String(value);
}
