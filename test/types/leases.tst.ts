import type { Observable } from 'rxjs';
import type {
  Gate,
  Lease,
  LeaseOf,
  LockMode,
  ReadWriteLock,
  UpgradableLease,
  WriteLease,
} from 'rxjs-rwlock';
import { describe, expect, it } from 'tstyche';

declare const lock: ReadWriteLock;

describe('a gate', () => {
  it('gives a lease of its own mode', () => {
    expect(lock.reader.acquire()).type.toBe<Observable<Lease>>();
    expect(lock.reader.lease()).type.toBe<Promise<Lease>>();
    expect(lock.upgradable.acquire()).type.toBe<Observable<UpgradableLease>>();
    expect(lock.upgradable.lease()).type.toBe<Promise<UpgradableLease>>();
    expect(lock.writer.acquire()).type.toBe<Observable<WriteLease>>();
    expect(lock.writer.lease()).type.toBe<Promise<WriteLease>>();
  });

  it('may have no lease that needs no waiting', () => {
    expect(lock.reader.tryAcquire()).type.toBe<Lease | undefined>();
    expect(lock.upgradable.tryAcquire()).type.toBe<UpgradableLease | undefined>();
    expect(lock.writer.tryAcquire()).type.toBe<WriteLease | undefined>();
  });

  it('has a mode, which the type tells', () => {
    expect(lock.reader.mode).type.toBe<'read'>();
    expect(lock.writer.mode).type.toBe<'write'>();
    expect<LeaseOf[LockMode]>().type.toBe<Lease | UpgradableLease | WriteLease>();
  });

  it('of one mode is not a gate of another, and all are gates', () => {
    expect<Gate<'read'>>().type.not.toBeAssignableTo<Gate<'write'>>();
    expect<Gate<'read'>>().type.toBeAssignableTo<Gate>();
    expect<Gate<'write'>>().type.toBeAssignableTo<Gate>();
  });
});

describe('a lease', () => {
  it('for reading has nothing to be downgraded to', () => {
    expect<Lease>().type.not.toHaveProperty('downgrade');
    expect<UpgradableLease>().type.toHaveProperty('downgrade');
    expect<WriteLease>().type.toHaveProperty('downgrade');
  });

  it('that is upgradable may become a read', () => {
    expect<UpgradableLease['downgrade']>().type.toBe<(mode: 'read') => void>();
    expect<UpgradableLease['downgrade']>().type.toBeCallableWith('read');
    expect<UpgradableLease['downgrade']>().type.not.toBeCallableWith('upgradable');
    expect<UpgradableLease['downgrade']>().type.not.toBeCallableWith('write');
  });

  it('for writing may become a read or upgradable', () => {
    expect<WriteLease['downgrade']>().type.toBeCallableWith('read');
    expect<WriteLease['downgrade']>().type.toBeCallableWith('upgradable');
    expect<WriteLease['downgrade']>().type.not.toBeCallableWith('write');
    expect<WriteLease['downgrade']>().type.not.toBeCallableWith();
  });

  it('that is stronger is accepted in place of a weaker one, and not the other way round', () => {
    expect<WriteLease>().type.toBeAssignableTo<UpgradableLease>();
    expect<UpgradableLease>().type.toBeAssignableTo<Lease>();
    expect<Lease>().type.not.toBeAssignableTo<UpgradableLease>();
    expect<UpgradableLease>().type.not.toBeAssignableTo<WriteLease>();
    expect<Lease>().type.not.toBeAssignableTo<WriteLease>();
  });

  it('is a lock: each of its gates gives a lease of its mode', () => {
    expect<Lease['writer']>().type.toBe<Gate<'write'>>();
    expect<WriteLease['reader']>().type.toBe<Gate<'read'>>();
  });

  it('can be used with using and with await using', () => {
    expect<Lease>().type.toBeAssignableTo<Disposable & AsyncDisposable>();
  });
});
