import {
  type Observable,
  observeOn,
  type Observer,
  of,
  type SchedulerAction,
  type SchedulerLike,
  scheduled,
  subscribeOn,
  timer,
} from 'rxjs';
import type {
  Gate,
  KeyedReadWriteLock,
  Lease,
  LockMode,
  LockRequest,
  LockState,
  ObservableLock,
  ReadWriteLock,
} from 'rxjs-rwlock';
import { describe, expect, it } from 'tstyche';

declare const lock: ReadWriteLock;

describe('a lock', () => {
  it('is an Observable of its states', () => {
    expect<ReadWriteLock>().type.toBeAssignableTo<Observable<LockState>>();
    expect<ReadWriteLock>().type.not.toBeAssignableTo<Observable<LockRequest>>();
    lock.subscribe((state) => expect(state).type.toBe<LockState>());
    expect(lock.state).type.toBe<LockState>();
  });

  it('is an observer of requests', () => {
    expect<ReadWriteLock>().type.toBeAssignableTo<Observer<LockRequest>>();
    expect<ReadWriteLock>().type.not.toBeAssignableTo<Observer<LockState>>();
    expect<Observable<LockRequest>['subscribe']>().type.toBeCallableWith(lock);
    expect<Observable<string>['subscribe']>().type.not.toBeCallableWith(lock);
  });

  it('is not a scheduler', () => {
    expect<ReadWriteLock>().type.not.toBeAssignableTo<SchedulerLike>();
    expect(observeOn).type.not.toBeCallableWith(lock);
  });

  it('has states that are read-only', () => {
    type Counts = Readonly<Record<LockMode, number>>;
    expect<LockState>().type.toBe<{
      readonly held: Counts;
      readonly waiting: Counts;
      readonly version: number;
      readonly closed: boolean;
    }>();
  });
});

describe('the lock of a key', () => {
  it('is an Observable of its states, with the current state', () => {
    expect<KeyedReadWriteLock<string>['for']>().type.toBe<(key: string) => ObservableLock>();
    expect<ObservableLock>().type.toBeAssignableTo<Observable<LockState>>();
    expect<ObservableLock['state']>().type.toBe<LockState>();
  });

  it('takes no requests as values, and can not be closed', () => {
    expect<ObservableLock>().type.not.toHaveProperty('next');
    expect<ObservableLock>().type.not.toHaveProperty('complete');
    expect<ReadWriteLock>().type.toBeAssignableTo<ObservableLock>();
  });
});

describe('a request', () => {
  const granted = (_lease: Lease): void => undefined;

  it('has a mode and a function to call, and may have conditions', () => {
    expect<ReadWriteLock['next']>().type.toBeCallableWith({ mode: 'read', granted });
    expect<ReadWriteLock['next']>().type.toBeCallableWith({ mode: 'write', granted, priority: 1 });
    expect<ReadWriteLock['next']>().type.toBeCallableWith({
      mode: 'upgradable',
      granted,
      failed(error: unknown) {
        expect(error).type.toBe<unknown>();
      },
    });
  });

  it('is refused without these, with another mode, and with an unknown property', () => {
    expect<ReadWriteLock['next']>().type.not.toBeCallableWith({ mode: 'read' });
    expect<ReadWriteLock['next']>().type.not.toBeCallableWith({ granted });
    expect<ReadWriteLock['next']>().type.not.toBeCallableWith({ mode: 'exclusive', granted });
    expect<ReadWriteLock['next']>().type.not.toBeCallableWith({
      mode: 'read',
      granted,
      timeout: 1,
    });
  });
});

describe('a gate', () => {
  it('is a scheduler', () => {
    expect<Gate>().type.toBeAssignableTo<SchedulerLike>();
    expect<Gate<'write'>>().type.toBeAssignableTo<SchedulerLike>();
  });

  it('is accepted wherever RxJS takes a scheduler, and the values keep their type', () => {
    expect(of('a').pipe(observeOn(lock.writer))).type.toBe<Observable<string>>();
    expect(of('a').pipe(subscribeOn(lock.reader))).type.toBe<Observable<string>>();
    expect(scheduled(['a'], lock.upgradable)).type.toBe<Observable<string>>();
    expect(timer(1, lock.reader)).type.toBe<Observable<0>>();
  });

  it('knows the state that its work is given', () => {
    lock.reader.schedule<string>(
      function (state) {
        expect(state).type.toBe<string>();
        expect(this).type.toBe<SchedulerAction<string>>();
      },
      0,
      'first',
    );
  });

  it('is not an Observable', () => {
    expect<Gate>().type.not.toBeAssignableTo<Observable<unknown>>();
  });
});
