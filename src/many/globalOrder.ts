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
