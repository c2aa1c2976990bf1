import { type Observable, of } from 'rxjs';
import {
  type Lease,
  type LockLike,
  type ReadWriteLock,
  type UpgradableLease,
  withLiveReadLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { describe, expect, it } from 'tstyche';

interface User {
  readonly name: string;
}

declare const lock: ReadWriteLock;
declare const readLease: Lease;
declare const writeLease: WriteLease;
declare const users$: Observable<User>;

describe('an operator without a function', () => {
  it('keeps the type of the values', () => {
    expect(users$.pipe(withReadLock(lock))).type.toBe<Observable<User>>();
    expect(users$.pipe(withLiveReadLock(lock))).type.toBe<Observable<User>>();
    expect(users$.pipe(withUpgradableLock(lock))).type.toBe<Observable<User>>();
    expect(users$.pipe(withWriteLock(lock))).type.toBe<Observable<User>>();
    expect(users$.pipe(withWriteLock(lock, { priority: 1 }))).type.toBe<Observable<User>>();
    expect(of('a', 1).pipe(withReadLock(lock))).type.toBe<Observable<string | number>>();
  });

  it('passes the types of its neighbours on', () => {
    const result = users$.pipe(
      withReadLock(lock),
      withWriteLock(lock, ({ name }) => [name.length]),
      withUpgradableLock(lock),
    );
    expect(result).type.toBe<Observable<number>>();
  });
});

describe('an operator with a function', () => {
  it('gives it the value, the lease and the index', () => {
    users$.pipe(
      withReadLock(lock, (value, lease, index) => {
        expect(value).type.toBe<User>();
        expect(lease).type.toBe<Lease>();
        expect(index).type.toBe<number>();
        return of(value);
      }),
      withLiveReadLock(lock, (value, lease, index) => {
        expect(value).type.toBe<User>();
        expect(lease).type.toBe<Lease>();
        expect(index).type.toBe<number>();
        return of(value);
      }),
      withUpgradableLock(lock, (value, lease) => {
        expect(value).type.toBe<User>();
        expect(lease).type.toBe<UpgradableLease>();
        return of(value);
      }),
      withWriteLock(lock, (value, lease) => {
        expect(value).type.toBe<User>();
        expect(lease).type.toBe<WriteLease>();
        return of(value);
      }),
    );
  });

  it('has the values of the Observable, promise or array that the function returns', () => {
    const name = ({ name }: User) => of(name);
    expect(users$.pipe(withReadLock(lock, name))).type.toBe<Observable<string>>();
    expect(users$.pipe(withLiveReadLock(lock, name))).type.toBe<Observable<string>>();
    expect(users$.pipe(withUpgradableLock(lock, name))).type.toBe<Observable<string>>();
    expect(users$.pipe(withWriteLock(lock, name))).type.toBe<Observable<string>>();
    const later = async ({ name }: User) => name.length;
    expect(users$.pipe(withWriteLock(lock, later))).type.toBe<Observable<number>>();
    const letters = ({ name }: User) => name.split('');
    expect(users$.pipe(withWriteLock(lock, letters))).type.toBe<Observable<string>>();
  });

  it('takes options behind the function', () => {
    const result = users$.pipe(withWriteLock(lock, ({ name }) => [name], { waitTimeout: 1 }));
    expect(result).type.toBe<Observable<string>>();
  });

  it('refuses a function that returns anything else', () => {
    for (const operator of [withReadLock, withLiveReadLock, withUpgradableLock, withWriteLock]) {
      expect(operator).type.not.toBeCallableWith(lock, () => 1);
      expect(operator).type.not.toBeCallableWith(lock, () => undefined);
      expect(operator).type.toBeCallableWith(lock, () => [1]);
    }
  });

  it('refuses a function for other values', () => {
    const double = (n: number) => [2 * n];
    expect<Observable<User>['pipe']>().type.not.toBeCallableWith(withReadLock(lock, double));
    expect<Observable<User>['pipe']>().type.not.toBeCallableWith(withLiveReadLock(lock, double));
    expect<Observable<User>['pipe']>().type.not.toBeCallableWith(withUpgradableLock(lock, double));
    expect<Observable<User>['pipe']>().type.not.toBeCallableWith(withWriteLock(lock, double));
    expect<Observable<number>['pipe']>().type.toBeCallableWith(withWriteLock(lock, double));
  });

  it('refuses a function for a stronger lease, and accepts one for a weaker', () => {
    const read = (_: User, lease: Lease) => [lease.mode];
    const upgradable = (_: User, lease: UpgradableLease) => [lease.mode];
    const write = (_: User, lease: WriteLease) => [lease.mode];
    expect(withReadLock).type.toBeCallableWith(lock, read);
    expect(withReadLock).type.not.toBeCallableWith(lock, upgradable);
    expect(withLiveReadLock).type.toBeCallableWith(lock, read);
    expect(withLiveReadLock).type.not.toBeCallableWith(lock, upgradable);
    expect(withReadLock).type.not.toBeCallableWith(lock, write);
    expect(withUpgradableLock).type.toBeCallableWith(lock, read);
    expect(withUpgradableLock).type.toBeCallableWith(lock, upgradable);
    expect(withUpgradableLock).type.not.toBeCallableWith(lock, write);
    expect(withWriteLock).type.toBeCallableWith(lock, read);
    expect(withWriteLock).type.toBeCallableWith(lock, upgradable);
  });
});

describe('withYieldingReadLock', () => {
  it('has the types of withReadLock, and restarts', () => {
    expect(users$.pipe(withYieldingReadLock(lock))).type.toBe<Observable<User>>();
    expect(users$.pipe(withYieldingReadLock(readLease, { restarts: 1, priority: 1 }))).type.toBe<
      Observable<User>
    >();
    const name = ({ name }: User, lease: Lease) => [name, lease.mode];
    const names = users$.pipe(withYieldingReadLock(lock, name, { restarts: Infinity }));
    expect(names).type.toBe<Observable<string>>();
    expect(withYieldingReadLock).type.not.toBeCallableWith(lock, { restarts: '1' });
    expect(withReadLock).type.not.toBeCallableWith(lock, { restarts: 1 });
  });
});

describe('the lock of an operator', () => {
  it('is a lock, or a lease on one', () => {
    expect<ReadWriteLock>().type.toBeAssignableTo<LockLike>();
    expect<Lease>().type.toBeAssignableTo<LockLike>();
    expect(withReadLock).type.toBeCallableWith(readLease);
    expect(withWriteLock).type.toBeCallableWith(writeLease);
  });

  it('is not a gate, an Observable, a name or nothing', () => {
    expect(withReadLock).type.not.toBeCallableWith(lock.reader);
    expect(withReadLock).type.not.toBeCallableWith(users$);
    expect(withUpgradableLock).type.not.toBeCallableWith('lock');
    expect(withWriteLock).type.not.toBeCallableWith(undefined);
    expect(withWriteLock).type.not.toBeCallableWith({});
    expect(withWriteLock).type.not.toBeCallableWith();
  });
});
