import {
  allOf,
  drop,
  type Gate,
  type KeyedReadWriteLock,
  latest,
  type ReadWriteLock,
} from 'rxjs-rwlock';
import { describe, expect, it } from 'tstyche';

declare const lock: ReadWriteLock;
declare const docs: KeyedReadWriteLock<string>;

describe('a gate that coalesces', () => {
  it('keeps the mode of its gate', () => {
    expect(latest(lock.writer)).type.toBe<Gate<'write'>>();
    expect(drop(lock.reader)).type.toBe<Gate<'read'>>();
    expect(latest(allOf(lock.reader, docs.all.writer))).type.toBe<Gate>();
  });

  it('is made for each key by a function', () => {
    const saveOf = latest((id: string) => docs.for(id).writer);
    expect(saveOf).type.toBe<(key: string) => Gate<'write'>>();
    expect(saveOf).type.not.toBeCallableWith(1);
    expect(drop((id: string) => docs.for(id).reader)('a')).type.toBe<Gate<'read'>>();
  });

  it('is made of nothing else', () => {
    expect(latest).type.not.toBeCallableWith(lock);
    expect(drop).type.not.toBeCallableWith(() => lock);
  });
});
