import { ReadWriteLock } from 'rxjs-rwlock';
import 'rxjs-rwlock/testing/jest';

describe('the matchers for jest', () => {
  it('toBeHeld passes if the lock is held, in a mode', () => {
    const lock = new ReadWriteLock();
    expect(lock).not.toBeHeld();
    lock.reader.tryAcquire();
    expect(lock).toBeHeld();
    expect(lock).toBeHeld('read');
    expect(lock).not.toBeHeld('write');
    expect(() => expect(lock).toBeHeld('write')).toThrow(
      'expected the lock to be held in mode write; held: 1 read; waiting: nothing',
    );
    expect(() => expect(lock).not.toBeHeld()).toThrow(
      'expected the lock not to be held; held: 1 read; waiting: nothing',
    );
  });

  it('toBeFree passes if the lock is not held and nothing waits for it', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    expect(lock).not.toBeFree();
    expect(() => expect(lock).toBeFree()).toThrow(
      'expected the lock to be free; held: 1 write; waiting: nothing',
    );
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
      'expected the lock to have waiting: 1 read, 1 write; held: 1 write; waiting: 2 read',
    );
  });

  it('toMatchMarbles runs the blocks of a text', () => {
    const block = '## A\n\n~~~marbles\nlock fifo\n  state  f\n  where  f=-@0\n~~~\n';
    expect(block).toMatchMarbles();
    expect(block.replace('f=-', 'f=r')).not.toMatchMarbles();
    expect(() => expect(block.replace('f=-', 'f=r')).toMatchMarbles('a.md')).toThrow(
      'a.md:5: lock',
    );
    expect(() => expect('').not.toMatchMarbles()).toThrow('the text has no marbles block');
  });

  it('refuses a value without a state', () => {
    expect(() => expect({}).toBeFree()).toThrow(
      'the value that a lock matcher checks must be a lock, got an object',
    );
  });
});
