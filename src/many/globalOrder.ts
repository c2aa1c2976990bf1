const ORDER = Symbol.for('rxjs-rwlock.order');

interface Order {
  readonly numbers: WeakMap<object, number>;
  last: number;
}

/**
 * The number of a lock in the global order in which several locks are acquired. It is the same for
 * all copies of this package that a program may have loaded.
 */
export function globalOrder(lock: object): number {
  const shared = globalThis as object as Record<symbol, Order | undefined>;
  const order = (shared[ORDER] ??= { numbers: new WeakMap(), last: 0 });
  const number = order.numbers.get(lock) ?? ++order.last;
  order.numbers.set(lock, number);
  return number;
}

/**
 * Compares two locks in the global order. Locks of an engine that have a name stand behind the
 * others, in the order of these names, which is the same in every process.
 */
export function inGlobalOrder(a: object, b: object): number {
  const [nameA, nameB] = [engineNameOf(a), engineNameOf(b)];
  if (nameA === nameB) return globalOrder(a) - globalOrder(b);
  if (nameA === undefined || nameB === undefined) return nameA === undefined ? -1 : 1;
  return nameA < nameB ? -1 : 1;
}

function engineNameOf(lock: object): string | undefined {
  return (lock as { engineName?: string }).engineName;
}
