import { MarbleSyntaxError, type Place } from './MarbleSyntaxError.js';

/** What has a name in a block. */
export function named<T>(known: Record<string, T>, what: string, name: string, place: Place): T {
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!value) throw new MarbleSyntaxError(place, `unknown ${what} "${name}"`);
  return value;
}
