/**
 * Registers the matchers for locks in jest, with their types, when it is imported. They are added
 * to the global `expect` and to that of `@jest/globals`.
 *
 * @remarks
 * It needs the global `expect`. With jest's option `injectGlobals: false`, and in vitest, call
 * `expect.extend(lockMatchers)` yourself.
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

// The types of `expect` of @jest/globals. The comment is part of the declarations, too: a project with
// another test runner may lack this module.
// eslint-disable-next-line @typescript-eslint/ban-ts-comment, tsdoc/syntax
/** @ts-ignore */
declare module 'expect' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Matchers<R> extends LockMatchers<R> {}
}

export { type LockMatchers, lockMatchers };
