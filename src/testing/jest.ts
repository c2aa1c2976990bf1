/**
 * Registers the matchers with the `expect` that is global, that of jest or vitest: it is enough to
 * import this.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import 'rxjs-rwlock/testing/jest';
 *
 * const lock = new ReadWriteLock();
 * lock.writer.tryAcquire();
 * expect(lock).toBeHeld('write');
 * ```
 *
 * @see {@link lockMatchers}
 *
 * @packageDocumentation
 */
import { type LockMatchers, lockMatchers } from './lockMatchers.js';

const { expect } = globalThis as { expect?: { extend?: (matchers: object) => void } };
if (!expect?.extend)
  throw new TypeError('there is no global expect: call expect.extend(lockMatchers) of your own');
expect.extend(lockMatchers);

declare global {
  // The namespace that @types/jest declares, and that vitest takes matchers from, too.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars
    interface Matchers<R, T> extends LockMatchers<R> {}
  }
}

export { type LockMatchers, lockMatchers };
