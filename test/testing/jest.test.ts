import { ReadWriteLock } from 'rxjs-rwlock';
import 'rxjs-rwlock/testing/jest';

describe('the matchers for jest', () => {
  it('toBeHeld tells whether the lock is held, in a mode', () => {
    const lock = new ReadWriteLock();
    expect(lock).not.toBeHeld();
    lock.reader.tryAcquire();
    expect(lock).toBeHeld();
    expect(lock).toBeHeld('read');
    expect(lock).not.toBeHeld('write');
    expect(() => expect(lock).toBeHeld('write')).toThrow(
      'expected a lock that is held in mode write and it is r@0',
    );
    expect(() => expect(lock).not.toBeHeld()).toThrow('expected no lock that is held');
  });

  it('toBeFree tells whether the lock is neither held nor waited for', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    expect(lock).not.toBeFree();
    expect(() => expect(lock).toBeFree()).toThrow('expected a lock that is free and it is w@0');
    lease?.release();
    expect(lock).toBeFree();
  });

  it('toHaveWaiting counts the waiting requests, none for a mode that is left out', () => {
    const lock = new ReadWriteLock();
    expect(lock).toHaveWaiting({});
    lock.writer.tryAcquire();
    lock.reader.acquire().subscribe();
    lock.reader.acquire().subscribe();
    expect(lock).toHaveWaiting({ read: 2 });
    expect(lock).toHaveWaiting({ read: 2, write: 0 });
    expect(lock).not.toHaveWaiting({});
    expect(() => expect(lock).toHaveWaiting({ read: 1, write: 1 })).toThrow(
      'expected a lock with 1 read, 1 write waiting and it is w/rr@0',
    );
  });

  it('toMatchMarbles runs the blocks of a text', () => {
    const block = '## A\n\n~~~marbles\nlock fifo\n  state  f\n  where  f=-@0\n~~~\n';
    expect(block).toMatchMarbles();
    expect(block.replace('f=-', 'f=r')).not.toMatchMarbles();
    expect(() => expect(block.replace('f=-', 'f=r')).toMatchMarbles('a.md')).toThrow(
      'a.md:5: lock',
    );
    expect(() => expect('').not.toMatchMarbles()).toThrow('there is no block');
  });

  it('refuses a value without a state', () => {
    expect(() => expect({}).toBeFree()).toThrow('has no state of a lock');
  });
});
