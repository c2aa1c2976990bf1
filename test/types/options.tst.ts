import { AsyncLocalStorage } from 'node:async_hooks';
import { asapScheduler } from 'rxjs';
import {
  fifo,
  type Gate,
  type LockPolicy,
  phaseFair,
  readersFirst,
  ReadWriteLock,
  type RequestOptions,
  type WaitingRequest,
  withReadLock,
  withWriteLock,
  writersFirst,
} from 'rxjs-rwlock';
import { describe, expect, it } from 'tstyche';

declare const lock: ReadWriteLock;
const { signal } = new AbortController();

describe('the options of a request', () => {
  it('are the same on operators and gates', () => {
    expect(withReadLock).type.toBeCallableWith(lock, { signal, waitTimeout: 1, priority: -1 });
    expect(withReadLock).type.toBeCallableWith(lock, () => [1], { ifAvailable: true });
    expect<Gate['acquire']>().type.toBeCallableWith({ ifAvailable: true, label: 'a' });
    expect<Gate['lease']>().type.toBeCallableWith({ waitTimeout: 1 });
  });

  it('may be undefined, one by one', () => {
    expect(withReadLock).type.toBeCallableWith(lock, { waitTimeout: undefined });
    expect<Gate['acquire']>().type.toBeCallableWith({ signal: undefined });
  });

  it('refuse an unknown key', () => {
    expect(withReadLock).type.not.toBeCallableWith(lock, { timeout: 1 });
    expect(withReadLock).type.not.toBeCallableWith(lock, () => [1], { timeout: 1 });
    expect(withWriteLock).type.not.toBeCallableWith(lock, { waitTimeout: 1, holdTimeout: 1 });
    expect<Gate['acquire']>().type.not.toBeCallableWith({ timeout: 1 });
    expect<Gate['lease']>().type.not.toBeCallableWith({ available: true });
  });

  it('refuse a value of the wrong type', () => {
    expect(withReadLock).type.not.toBeCallableWith(lock, { waitTimeout: '1s' });
    expect(withReadLock).type.not.toBeCallableWith(lock, { ifAvailable: 1 });
    expect(withReadLock).type.not.toBeCallableWith(lock, { priority: 'high' });
    expect(withReadLock).type.not.toBeCallableWith(lock, { signal: new AbortController() });
    expect<Gate['lease']>().type.not.toBeCallableWith({ label: Symbol('a') });
    expect<RequestOptions>().type.not.toBeAssignableFrom<{ waitTimeout: bigint }>();
  });

  it('that limit the wait are not for tryAcquire()', () => {
    expect<Gate['tryAcquire']>().type.toBeCallableWith({ priority: 1, label: 'a' });
    expect<Gate['tryAcquire']>().type.not.toBeCallableWith({ waitTimeout: 1 });
    expect<Gate['tryAcquire']>().type.not.toBeCallableWith({ signal });
  });
});

describe('the options of a lock', () => {
  it('are a policy, a name, a limit, a scheduler and a context', () => {
    expect(ReadWriteLock).type.toBeConstructableWith();
    expect(ReadWriteLock).type.toBeConstructableWith({
      policy: phaseFair,
      name: 'settings',
      maxWaiting: 10,
      scheduler: asapScheduler,
      context: () => AsyncLocalStorage.snapshot(),
    });
  });

  it('take the gate of another lock as the scheduler', () => {
    expect(ReadWriteLock).type.toBeConstructableWith({ scheduler: lock.writer });
  });

  it('refuse an unknown key', () => {
    expect(ReadWriteLock).type.not.toBeConstructableWith({ fair: true });
    expect(ReadWriteLock).type.not.toBeConstructableWith({ name: 'settings', max: 1 });
  });

  it('refuse a value of the wrong type', () => {
    expect(ReadWriteLock).type.not.toBeConstructableWith({ policy: 'fifo' });
    expect(ReadWriteLock).type.not.toBeConstructableWith({ name: 1 });
    expect(ReadWriteLock).type.not.toBeConstructableWith({ maxWaiting: '10' });
    expect(ReadWriteLock).type.not.toBeConstructableWith({ scheduler: 'asap' });
    expect(ReadWriteLock).type.not.toBeConstructableWith({ context: (run: () => void) => run() });
    expect(ReadWriteLock).type.not.toBeConstructableWith('settings');
  });
});

describe('a policy', () => {
  it('that comes with the package is one', () => {
    for (const policy of [fifo, phaseFair, readersFirst, writersFirst])
      expect(policy).type.toBe<LockPolicy>();
  });

  it('that is an arrow function needs no types', () => {
    const policy: LockPolicy = (reader, writer, turn) => {
      expect(reader).type.toBe<WaitingRequest>();
      expect(writer).type.toBe<WaitingRequest>();
      expect(turn).type.toBe<number>();
      return reader.order < writer.order;
    };
    expect(ReadWriteLock).type.toBeConstructableWith({ policy });
  });

  it('that is an arrow function in the options needs none either', () => {
    new ReadWriteLock({
      policy: (reader, writer, turn) => {
        expect(reader).type.toBe<WaitingRequest>();
        expect(writer).type.toBe<WaitingRequest>();
        expect(turn).type.toBe<number>();
        return true;
      },
    });
  });

  it('answers yes or no', () => {
    expect<() => boolean>().type.toBeAssignableTo<LockPolicy>();
    expect<() => number>().type.not.toBeAssignableTo<LockPolicy>();
    expect<() => Promise<boolean>>().type.not.toBeAssignableTo<LockPolicy>();
  });

  it('reads waiting requests, and may not change them', () => {
    expect<WaitingRequest>().type.toBe<{
      readonly mode: 'read' | 'upgradable' | 'write';
      readonly order: number;
      readonly priority: number;
    }>();
  });
});
