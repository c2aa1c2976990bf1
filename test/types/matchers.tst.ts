import type { expect as importedExpect } from '@jest/globals';
import type { ReadWriteLock } from 'rxjs-rwlock';
import { type LockMatchers, lockMatchers } from 'rxjs-rwlock/testing';
import type {} from 'rxjs-rwlock/testing/jest';
import { describe, expect, it } from 'tstyche';

declare const lock: ReadWriteLock;
declare const ofGlobals: typeof importedExpect;
declare const global: jest.Expect;

describe('the matchers', () => {
  it('are typed on the global expect of jest', () => {
    expect(global(lock)).type.toBeAssignableTo<LockMatchers>();
    expect(global(lock).not).type.toBeAssignableTo<LockMatchers>();
    expect<jest.Expect['extend']>().type.toBeCallableWith(lockMatchers);
  });

  it('are typed on the expect of @jest/globals', () => {
    expect(ofGlobals(lock)).type.toBeAssignableTo<LockMatchers>();
    expect(ofGlobals(lock).not).type.toBeAssignableTo<LockMatchers>();
    expect(ofGlobals(Promise.resolve(lock)).resolves).type.toBeAssignableTo<
      LockMatchers<Promise<void>>
    >();
    expect<typeof importedExpect.extend>().type.toBeCallableWith(lockMatchers);
  });

  it('take a mode, and numbers by mode', () => {
    expect<LockMatchers['toBeHeld']>().type.toBeCallableWith('write');
    expect<LockMatchers['toBeHeld']>().type.not.toBeCallableWith('writer');
    expect<LockMatchers['toHaveWaiting']>().type.toBeCallableWith({ read: 1 });
    expect<LockMatchers['toHaveWaiting']>().type.not.toBeCallableWith({ reader: 1 });
  });
});
