/**
 * Registers the matchers for locks with the global `expect` of jest or vitest when it is imported.
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
  throw new TypeError(
    'rxjs-rwlock/testing/jest needs a global expect; without one, call expect.extend(lockMatchers)',
  );
expect.extend(lockMatchers);

declare global {
  // The namespace of @types/jest.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars
    interface Matchers<R, T> extends LockMatchers<R> {}
  }
}

export { type LockMatchers, lockMatchers };
