/**
 * Compares two values of any kind: the order is total and the same everywhere, also where a program
 * has loaded the package twice, so that all who take several locks take them in one order.
 */
export function globalOrder(a: unknown, b: unknown): number {
  const [left, right] = [rank(a), rank(b)];
  if (typeof left !== typeof right) return typeof left < typeof right ? -1 : 1;
  return left === right ? 0 : left < right ? -1 : 1;
}

/** What a value is compared by; objects and symbols by the moment in which they were first met. */
function rank(value: unknown): number | bigint | string {
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : value;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return met().rankOf(value);
  if (typeof value === 'function') return met().rankOf(value);
  if (typeof value === 'symbol' && Symbol.keyFor(value) === undefined)
    return met().rankOf(value as unknown as object);
  return `${typeof value} ${String(value)}`;
}

interface Met {
  rankOf(value: object): bigint;
}

const MET = Symbol.for('rxjs-rwlock.met');

function met(): Met {
  if (!(MET in globalThis)) Object.assign(globalThis, { [MET]: newMet() });
  return (globalThis as object as Record<typeof MET, Met>)[MET];
}

function newMet(): Met {
  const ranks = new WeakMap<object, bigint>();
  let last = 0n;
  return {
    rankOf(value) {
      const rank = ranks.get(value) ?? ++last;
      ranks.set(value, rank);
      return rank;
    },
  };
}
