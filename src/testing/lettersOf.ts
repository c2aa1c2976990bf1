import type { LockState } from '../index.js';
import { formatState } from './formatState.js';

const BY_MODE = ['f', 'r', 'u', 'w'];

/** Matches a state as {@link formatState} writes it, with or without its version. */
export const STATE = /^(?:-|(?=[ruw])r*u*w*)(?:\/(?=[ruw])r*u*w*)?(?:@\d+)?\|?$/;

/** The letters that stand for states. */
export interface Letters {
  readonly known: ReadonlySet<string>;
  /** Returns the letter of a state, or `?` if it has none, and the state in full. */
  readonly of: (state: LockState) => { symbol: string; label: string };
}

/**
 * Names states by the letters of `where` and, if none fits, by the strongest mode that is held.
 *
 * @throws RangeError for a name of more than one letter or digit, for a value that isn't a state,
 * and for two letters of one state
 */
export function lettersOf(where: Readonly<Record<string, string>>): Letters {
  const named = Object.entries(where);
  for (const [letter, label] of named)
    if (!/^\w$/.test(letter) || !STATE.test(label))
      throw new RangeError(`${letter}: '${label}' does not name a state, as a: 'rr/w' does`);
  if (new Set(Object.values(where)).size < named.length)
    throw new RangeError('two letters stand for one state');
  return {
    known: new Set([...BY_MODE, ...Object.keys(where)]),
    of(state) {
      const name = named.find(([, label]) => label === formatState(state, label.includes('@')));
      const symbol = name?.[0] ?? strongest(state);
      // A letter that `where` gives another meaning no longer stands for a mode.
      const taken = !name && symbol in where;
      return { symbol: taken ? '?' : symbol, label: formatState(state) };
    },
  };
}

function strongest({ held }: LockState): string {
  if (held.write > 0) return 'w';
  if (held.upgradable > 0) return 'u';
  return held.read > 0 ? 'r' : 'f';
}
