/** The name of a client; modes have other letters. */
const NAME = /(?<=^| )[a-d](?=[=? ])/g;

/** Most transitions are the same under every policy. */
const KNOWN = new Map<string, string>();

/**
 * A transition as it would be with the names of its clients exchanged, so that those in which others
 * do the same come out alike: of all ways to name them the first by the alphabet.
 */
export function asAnyone(line: string): string {
  const known = KNOWN.get(line) ?? rename(line);
  KNOWN.set(line, known);
  return known;
}

function rename(line: string): string {
  const names = [...new Set(line.match(NAME))];
  const renamed = permutationsOf(names).map((others) =>
    inOrder(line.replace(NAME, (name) => others[names.indexOf(name)] ?? name)),
  );
  return renamed.sort()[0] ?? line;
}

/** Holders are told in the order of their names. */
function inOrder(line: string): string {
  const sort = (state: string) => {
    const [holders = '', waiters = ''] = state.split('|');
    return `${holders.trim().split(' ').sort().join(' ')} |${waiters}`;
  };
  return line
    .split(' > ')
    .map((part) => (part.includes('|') ? sort(part) : part))
    .join(' > ');
}

function permutationsOf(names: readonly string[]): string[][] {
  if (names.length === 0) return [[]];
  return names.flatMap((first) =>
    permutationsOf(names.filter((name) => name !== first)).map((rest) => [first, ...rest]),
  );
}
