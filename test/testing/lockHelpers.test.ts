import { of } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { ReadWriteLock, withReadLock } from 'rxjs-rwlock';
import { expectLock, formatState, occupyLock } from 'rxjs-rwlock/testing';

const check = (test: (helpers: RunHelpers, lock: ReadWriteLock) => void) =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  }).run((helpers) => test(helpers, new ReadWriteLock()));

/** What `expectLock` compares, as it stands when the scheduler compares it. */
function compared(test: (helpers: RunHelpers, lock: ReadWriteLock) => void): unknown[] {
  const values: unknown[] = [];
  const read = (messages: { notification: { value: unknown } }[]) =>
    messages.map(({ notification }) => notification.value);
  new TestScheduler((actual, expected) => {
    values.push(...(read(actual as never) as []), ...(read(expected as never) as []));
  }).run((helpers) => test(helpers, new ReadWriteLock()));
  return values;
}

describe('occupyLock', () => {
  it.each([
    ['--^---!', '------(a|)'],
    ['^', ''],
    ['3ms ^ 5ms !', '9ms (a|)'],
  ])('blocks a reader for %s', (window, result) => {
    check((helpers, lock) => {
      occupyLock(lock.writer, window, helpers);
      helpers.expectObservable(of('a').pipe(withReadLock(lock)), '-----^').toBe(result);
    });
  });

  it('stops waiting at the end of its window', () => {
    check((helpers, lock) => {
      occupyLock(lock.reader, '^----!', helpers);
      occupyLock(lock.writer, '-^-!', helpers);
      expectLock(lock, helpers).toBe('ab-a-d', { a: 'r', b: 'r/w', d: '-@0' });
    });
  });

  it('acquires and releases the lock in one frame', () => {
    check((helpers, lock) => {
      occupyLock(lock.writer, '--(^!)', helpers);
      expectLock(lock, helpers).toBe('a-b', { a: '-@0', b: '-@1' });
    });
  });

  it('can be ended early', () => {
    check((helpers, lock) => {
      const occupation = occupyLock(lock.writer, '^', helpers);
      helpers.cold('---a').subscribe(() => occupation.unsubscribe());
      expectLock(lock, helpers).toBe('w--f');
    });
  });

  it.each(['', '---', '--!', '--a', '^^'])('refuses the window "%s"', (window) => {
    check((helpers, lock) => {
      expect(() => occupyLock(lock.writer, window, helpers)).toThrow();
    });
  });
});

describe('expectLock', () => {
  it('shows the strongest mode that is held', () => {
    check((helpers, lock) => {
      occupyLock(lock.reader, '--^------!', helpers);
      occupyLock(lock.upgradable, '----^---!', helpers);
      occupyLock(lock.writer, '-----^------!', helpers);
      expectLock(lock, helpers).toBe('f-r-u---rw--f');
    });
  });

  it('is compared at the flush, so it may stand before what it expects', () => {
    check((helpers, lock) => {
      expectLock(lock, helpers).toBe('w--f');
      occupyLock(lock.writer, '^--!', helpers);
    });
  });

  it('leaves out the states that a lock only passes through in a frame', () => {
    check((helpers, lock) => {
      occupyLock(lock.writer, '^--!', helpers);
      occupyLock(lock.writer, '-^---!', helpers);
      occupyLock(lock.reader, '--^---!', helpers);
      expectLock(lock, helpers).toBe('w----rf');
    });
  });

  it('shows the end of the lock, with the last state', () => {
    check((helpers, lock) => {
      occupyLock(lock.writer, '^--!', helpers);
      helpers.cold('-a').subscribe(() => lock.complete());
      expectLock(lock, helpers).toBe('ab-(c|)', { a: 'w@0', b: 'w|', c: '-@1|' });
    });
    check((helpers, lock) => {
      helpers.cold('--a').subscribe(() => lock.error('reason'));
      expectLock(lock, helpers).toBe('f-#');
    });
  });

  it('understands longer times', () => {
    check((helpers, lock) => {
      occupyLock(lock.writer, '20ms ^ 9ms !', helpers);
      expectLock(lock, helpers).toBe('f 19ms w 9ms f');
    });
  });

  it('compares expected and actual marbles as two texts', () => {
    const values = compared((helpers, lock) => {
      occupyLock(lock.reader, '--^--!', helpers);
      expectLock(lock, helpers).toBe('f-r-f');
    });
    expect(values).toEqual([{ lock: 'f-r--f' }, { lock: 'f-r-f' }]);
  });

  it('writes out a state that has no letter', () => {
    const values = compared((helpers, lock) => {
      occupyLock(lock.reader, '--^--!', helpers);
      expectLock(lock, helpers).toBe('f-r--f', { r: 'rr' });
    });
    expect(values).toEqual([{ lock: 'f-?--f', '?': 'r@0' }, { lock: 'f-r--f' }]);
  });

  it('fails by the assertion of the scheduler', () => {
    expect(() => check((helpers, lock) => expectLock(lock, helpers).toBe('w'))).toThrow(
      /- .*"lock": "w"[^]*\+ .*"lock": "f"/,
    );
  });

  it.each([
    ['f-x', {}, 'the letter "x" in f-x has no meaning'],
    ['f-(rw)', {}, 'two states in frame 2'],
    ['a', { a: 'wr' }, "a: 'wr' does not name a state"],
    ['a', { a: 'r', b: 'r' }, 'two letters stand for one state'],
    ['a', { ab: 'r' }, "ab: 'r' does not name a state"],
  ])('refuses %s with %o', (marbles, where, message) => {
    check((helpers, lock) => {
      expect(() => expectLock(lock, helpers).toBe(marbles, where)).toThrow(message);
    });
  });
});

it('formatState leaves out the version if it is told to', () => {
  const lock = new ReadWriteLock();
  lock.reader.tryAcquire();
  expect([formatState(lock.state), formatState(lock.state, false)]).toEqual(['r@0', 'r']);
});
