import { allOf, ReadWriteLock, type ReadWriteLockOptions } from 'rxjs-rwlock';

/** New locks, in the global order in which `allOf` acquires them. */
export function orderedLocks(count: number, options?: ReadWriteLockOptions): ReadWriteLock[] {
  const locks = Array.from({ length: count }, () => new ReadWriteLock(options));
  const order: ReadWriteLock[] = [];
  const watches = locks.map((lock) =>
    lock.subscribe(({ held }) => {
      if (held.write > 0) order.push(lock);
    }),
  );
  allOf(...locks.map(({ writer }) => writer))
    .tryAcquire()
    ?.release();
  for (const watch of watches) watch.unsubscribe();
  return order;
}
