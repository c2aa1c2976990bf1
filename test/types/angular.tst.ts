import type { HttpClient, HttpErrorResponse, HttpInterceptorFn } from '@angular/common/http';
import { inject, type InjectionToken, type Injector, type Signal } from '@angular/core';
import { EMPTY } from 'rxjs';
import type {
  KeyedReadWriteLock,
  Lease,
  LockLike,
  LockState,
  ObservableLock,
  ReadWriteLock,
} from 'rxjs-rwlock';
import {
  createKeyedLockToken,
  createLockToken,
  injectLockState,
  provideLock,
  tokenRefreshInterceptor,
} from 'rxjs-rwlock/angular';
import { describe, expect, it } from 'tstyche';

declare const lock: ReadWriteLock;
declare const key: ObservableLock;
declare const lease: Lease;
declare const token: InjectionToken<LockLike>;
declare const injector: Injector;

describe('a token', () => {
  it('is of its lock', () => {
    expect(inject(createLockToken('a'))).type.toBe<ReadWriteLock>();
    expect(inject(createKeyedLockToken<number>('a'))).type.toBe<KeyedReadWriteLock<number>>();
  });

  it('has the name of its lock, and takes the other options', () => {
    expect(createLockToken).type.toBeCallableWith('a', { maxWaiting: 3 });
    expect(createLockToken).type.not.toBeCallableWith('a', { name: 'b' });
    expect(createLockToken).type.not.toBeCallableWith();
  });

  it('can be provided, plain and keyed', () => {
    expect(provideLock).type.toBeCallableWith(createLockToken('a'), { maxWaiting: 3 });
    expect(provideLock).type.toBeCallableWith(createKeyedLockToken<number>('a'));
    expect(provideLock).type.not.toBeCallableWith(lock);
  });
});

describe('injectLockState', () => {
  it('returns a signal of the state, or of what is selected', () => {
    const select = (state: LockState) => state.held.write > 0;
    expect(injectLockState(lock)).type.toBe<Signal<LockState>>();
    expect(injectLockState(createLockToken('a'))).type.toBe<Signal<LockState>>();
    expect(injectLockState(() => key, { injector })).type.toBe<Signal<LockState>>();
    expect(injectLockState(key, { select })).type.toBe<Signal<boolean>>();
  });

  it('takes nothing without states', () => {
    expect(injectLockState).type.not.toBeCallableWith(lease);
  });
});

describe('tokenRefreshInterceptor', () => {
  const options = { token: () => null, refresh: (_http: HttpClient) => EMPTY };

  it('returns an interceptor', () => {
    expect(tokenRefreshInterceptor(options)).type.toBe<HttpInterceptorFn>();
    expect(tokenRefreshInterceptor).type.not.toBeCallableWith({ token: () => null });
  });

  it('takes a lock, or any token of one', () => {
    expect(tokenRefreshInterceptor).type.toBeCallableWith({ ...options, lock });
    expect(tokenRefreshInterceptor).type.toBeCallableWith({ ...options, lock: token });
    expect(tokenRefreshInterceptor).type.toBeCallableWith({
      ...options,
      lock: createLockToken('a'),
      isExpired: ({ status }: HttpErrorResponse) => status === 419,
    });
  });
});
