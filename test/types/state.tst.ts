import { type Observable, of } from 'rxjs';
import {
  type KeyedReadWriteLock,
  type Lease,
  type ObservableLock,
  type ReadWriteLock,
  withReadLock,
} from 'rxjs-rwlock';
import { Guarded, KeyedGuarded, type UpdateOptions } from 'rxjs-rwlock/state';
import { describe, expect, it } from 'tstyche';

interface User {
  readonly name: string;
  readonly age?: number;
}

declare const user: Guarded<User>;
declare const lock: ReadWriteLock;

describe('a state', () => {
  it('is an Observable of its values, and has one', () => {
    expect(new Guarded({ name: 'Ann' })).type.toBe<Guarded<{ name: string }>>();
    expect<Guarded<User>>().type.toBeAssignableTo<Observable<User>>();
    expect(user.value).type.toBe<User>();
    expect(user.lock).type.toBe<ObservableLock>();
  });

  it('can not be set, and is not a lock', () => {
    expect<Guarded<User>>().type.not.toHaveProperty('next');
    expect<Guarded<User>>().type.not.toHaveProperty('writer');
    expect(withReadLock).type.not.toBeCallableWith(user);
    expect(withReadLock).type.toBeCallableWith(user.lock);
  });

  it('takes the options of a lock, or a lock', () => {
    const equal = (a: User, b: User) => a.name === b.name;
    const options = { name: 'user', maxWaiting: 3, equal };
    expect(Guarded<User>).type.toBeConstructableWith({ name: 'Ann' }, options);
    expect(Guarded<User>).type.toBeConstructableWith({ name: 'Ann' }, { lock, equal });
    expect(Guarded<User>).type.not.toBeConstructableWith({ name: 'Ann' }, lock);
    expect(Guarded<User>).type.not.toBeConstructableWith({ name: 'Ann' }, { lock: lock.writer });
  });
});

describe('an update', () => {
  it('gives its project the value and a lease, and has values of the same type', () => {
    const update = user.update((value, lease) => {
      expect(value).type.toBe<User>();
      expect(lease).type.toBe<Lease>();
      return of(value);
    });
    expect(update).type.toBe<Observable<User>>();
  });

  it('takes whatever RxJS takes as an Observable, of its own type only', () => {
    expect(user.update(async (value) => ({ ...value, age: 1 }))).type.toBe<Observable<User>>();
    expect(user.update(() => [{ name: 'Bob' }])).type.toBe<Observable<User>>();
    expect<Guarded<User>['update']>().type.not.toBeCallableWith(() => of({ nam: 'Bob' }));
    expect<Guarded<User>['update']>().type.not.toBeCallableWith(() => ({ name: 'Bob' }));
    expect<Guarded<User>['update']>().type.not.toBeCallableWith(of({ name: 'Bob' }));
  });

  it('knows the value that a patch is given, and takes conditions', () => {
    user.update((value) => of(value), {
      optimistic: (value) => {
        expect(value).type.toBe<User>();
        return { ...value, age: 2 };
      },
      waitTimeout: 20,
    });
    expect<UpdateOptions<User>>().type.not.toBeAssignableFrom({ optimistic: () => 1 });
    expect<UpdateOptions<User>>().type.not.toBeAssignableFrom({ lease: lock });
  });
});

describe('a read', () => {
  it('has the values of its project', () => {
    expect(user.read(({ name }) => of(name))).type.toBe<Observable<string>>();
    expect(user.read(async ({ age }) => age)).type.toBe<Observable<number | undefined>>();
    expect<Guarded<User>['read']>().type.not.toBeCallableWith(() => of(1), {
      optimistic: (value: User) => value,
    });
  });
});

describe('a keyed state', () => {
  const users = new KeyedGuarded((id: number): User => ({ name: String(id) }));

  it('has the type of its keys and of its values from the first value', () => {
    expect(users).type.toBe<KeyedGuarded<number, User>>();
    expect(users.for(1)).type.toBe<Guarded<User>>();
    expect(users.lock).type.toBe<KeyedReadWriteLock<number>>();
    expect<KeyedGuarded<number, User>['for']>().type.not.toBeCallableWith('1');
  });

  it('takes a keyed lock only', () => {
    const initial = (id: number): User => ({ name: String(id) });
    expect(KeyedGuarded<number, User>).type.toBeConstructableWith(initial, { lock: users.lock });
    expect(KeyedGuarded<number, User>).type.not.toBeConstructableWith(initial, { lock });
  });
});
