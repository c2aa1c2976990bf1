import { concat, defer, EMPTY, finalize, NEVER, Observable, of, take, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Lease, ReadWriteLock, withReadLock, type WriteLease } from 'rxjs-rwlock';
import { Guarded } from 'rxjs-rwlock/state';
import { POLICIES } from '../support/policies.js';
import { Handle, logged, unhandled } from '../support/sources.js';
import { wordsOf } from '../support/words.js';

// The notation of marbles/ has no values of states; what can be seen in time is shown in RxJS's own
// marbles here.

const inTime = (test: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

describe('an update', () => {
  it('I4: is cold: without a subscriber nothing is requested, and each subscriber is an update', () => {
    const state = new Guarded('');
    const update = state.update((text) => of(`${text}a`), { optimistic: (text) => `${text}?` });
    expect([state.value, state.lock.state.version]).toEqual(['', 0]);
    update.subscribe();
    update.subscribe();
    expect([state.value, state.lock.state.version]).toEqual(['aa', 2]);
  });

  it('I4: commits its last value when it completes, and emits that value only', () => {
    inTime(({ cold, expectObservable }) => {
      const lock = new ReadWriteLock();
      const state = new Guarded('o', { lock });
      cold('---|').pipe(withReadLock(lock)).subscribe();
      const update = state.update(() => cold('--x--y|'));
      expectObservable(state).toBe('o--------y');
      expectObservable(update).toBe('---------(y|)');
    });
  });

  it('I4: sees what the update before it has committed, not what is shown', () => {
    inTime(({ cold, expectObservable }) => {
      const state = new Guarded('');
      const add = (letter: string) =>
        state.update((text) => cold('--a|', { a: `${text}${letter}` }), {
          optimistic: (text) => `${text}${letter.toUpperCase()}`,
        });
      expectObservable(add('a')).toBe('---(a|)', { a: 'a' });
      expectObservable(add('b')).toBe('------(b|)', { b: 'ab' });
    });
  });

  it('I4: takes a promise, an array, or whatever RxJS takes', async () => {
    const state = new Guarded(1);
    state.update(async (n) => n + 1).subscribe();
    state.update((n) => [0, n * 10]).subscribe();
    await new Promise((resolve) =>
      state.lock.subscribe(({ held }) => held.write || setTimeout(resolve)),
    );
    expect(state.value).toBe(20);
  });

  it('I4: gives its project a lease that the project can lock through', () => {
    const state = new Guarded(1);
    const update = state.update((n, lease) => of(n + 1).pipe(withReadLock(lease)));
    expect(wordsOf(update)).toEqual(['2', '|']);
  });
});

describe.each(Object.entries(POLICIES))(
  'under %s, nothing is committed and the lock is free after',
  (_, policy) => {
    const stateOf = () => new Guarded('old', { policy });
    const check = (state: Guarded<string>) => {
      expect([state.value, state.lock.state.held.write]).toEqual(['old', 0]);
      expect(wordsOf(state.update((text) => of(`${text}er`)))).toEqual(['older', '|']);
    };

    it.each([
      ['is empty', () => EMPTY, ['|']],
      [
        'errors after a value',
        () =>
          concat(
            of('new'),
            throwError(() => 'no'),
          ),
        ['#no'],
      ],
      [
        'throws',
        () => {
          throw new RangeError('no');
        },
        ['#RangeError'],
      ],
      ['returns nothing', () => undefined as never, ['#TypeError']],
    ] as const)('I4: a project that %s', (_, project, words) => {
      const state = stateOf();
      expect(wordsOf(state.update(project))).toEqual(words);
      check(state);
    });

    it('I4: an update that is unsubscribed while it runs', () => {
      const state = stateOf();
      const update = state.update(() => concat(of('new'), NEVER)).subscribe();
      expect(state.lock.writer.locked).toBe(true);
      update.unsubscribe();
      check(state);
    });

    it('I4: an update that is unsubscribed while it waits', () => {
      const state = stateOf();
      const lease = state.lock.writer.tryAcquire();
      const project = jest.fn(() => of('new'));
      state.update(project).subscribe().unsubscribe();
      lease?.release();
      expect(project).not.toHaveBeenCalled();
      check(state);
    });

    it('I4: an update that is unsubscribed by its own project', () => {
      const state = stateOf();
      const update = state.update(() =>
        defer(() => {
          queue.unsubscribe();
          return of('new');
        }),
      );
      const lease = state.lock.writer.tryAcquire();
      const queue = update.subscribe();
      lease?.release();
      check(state);
    });
  },
);

it('I4: a project that never ends holds the lock, and shows nothing', () => {
  const state = new Guarded('old');
  state.update(() => concat(of('new'), NEVER)).subscribe();
  expect([state.value, state.lock.writer.locked]).toEqual(['old', true]);
});

it('I4: an update commits once, also if its consumer has enough then', () => {
  const state = new Guarded(0);
  expect(wordsOf(state.update((n) => of(n + 1)).pipe(take(1)))).toEqual(['1', '|']);
  expect([state.value, state.lock.writer.locked]).toEqual([1, false]);
});

it('I4: the teardown of the project runs after the commit and before the next update', () => {
  const log: string[] = [];
  const state = new Guarded(0);
  const source = new Handle<number>(log, 'first');
  state.subscribe((n) => log.push(`shown ${n}`));
  state.update(() => source.source).subscribe();
  state.update((n) => logged(log, `second with ${n}`)).subscribe();
  source.next(1);
  source.complete();
  expect(log).toEqual([
    'shown 0',
    'first subscribed',
    'shown 1',
    'first torn down',
    'second with 1 subscribed',
  ]);
});

it('I4: a consumer or a teardown that throws keeps neither the commit nor the lock', async () => {
  const state = new Guarded(0);
  const source = new Handle<number>();
  const project = () =>
    source.source.pipe(
      finalize(() => {
        throw new Error('teardown');
      }),
    );
  const errors = await unhandled(() => {
    state.update(project).subscribe(() => {
      throw new Error('consumer');
    });
    source.next(1);
    // RxJS does not report a teardown that throws while its source completes.
    source.complete();
  });
  expect(errors).toEqual([new Error('consumer')]);
  expect([state.value, state.lock.writer.locked]).toEqual([1, false]);
});

it('I4: an update whose lease was released cannot commit any more', () => {
  const state = new Guarded(0, { name: 'count' });
  const words = wordsOf(
    state.update((n, lease) =>
      defer(() => {
        lease.release();
        return of(n + 1);
      }),
    ),
  );
  expect(words).toEqual(['#LeaseReleasedError']);
  expect(state.value).toBe(0);
});

describe('a read', () => {
  it('I4: sees the committed value, and no update commits until it has ended', () => {
    inTime(({ cold, expectObservable }) => {
      const state = new Guarded('o');
      const optimistic = (text: string) => text.toUpperCase();
      expectObservable(state.read((text) => cold('a--a|', { a: text }))).toBe('a--a|', { a: 'o' });
      expectObservable(state.update(() => cold('-n|'), { optimistic })).toBe('------(n|)');
      expectObservable(state.read((text) => cold('a|', { a: text }))).toBe('------a|', { a: 'n' });
      expectObservable(state).toBe('(O)---n');
    });
  });

  it('I4: overlaps with other reads, is cold, and ends with its consumer', () => {
    const state = new Guarded(7);
    const read = state.read((n, lease) => concat(of(`${n} ${lease.mode}`), NEVER));
    expect(state.lock.state.held.read).toBe(0);
    const words = [wordsOf(read), wordsOf(read.pipe(take(1)))];
    expect(words).toEqual([['7 read'], ['7 read', '|']]);
    expect(state.lock.state.held.read).toBe(1);
  });

  it('I4: passes the errors of its project on, and releases the lock', () => {
    const state = new Guarded(7);
    const fail = () => {
      throw new RangeError('no');
    };
    expect(wordsOf(state.read(fail))).toEqual(['#RangeError']);
    expect(wordsOf(state.read(() => throwError(() => 'no')))).toEqual(['#no']);
    expect(state.lock.reader.locked).toBe(false);
  });
});

describe('conditions', () => {
  it('I4: an update and a read take every condition of a request', () => {
    inTime(({ cold, expectObservable }) => {
      const state = new Guarded('o', { name: 'text' });
      const abort = new AbortController();
      cold('--|').subscribe({ complete: () => abort.abort('aborted') });
      state.update(() => cold('----n|')).subscribe();
      const errors = { a: 'LockUnavailableError', b: 'aborted', c: 'LockTimeoutError' };
      const names = (source: Observable<unknown>) =>
        new Observable((subscriber) =>
          source.subscribe({
            error: (error) => {
              subscriber.next(error instanceof Error ? error.name : error);
              subscriber.complete();
            },
          }),
        );
      for (const request of [
        (options: object) => state.update(() => of('n'), options),
        (options: object) => state.read(() => of('n'), options),
      ]) {
        expectObservable(names(request({ ifAvailable: true }))).toBe('(a|)', errors);
        expectObservable(names(request({ signal: abort.signal }))).toBe('--(b|)', errors);
        expectObservable(names(request({ waitTimeout: 3 }))).toBe('---(c|)', errors);
      }
      expectObservable(state.read((text) => of(text), { priority: 1 })).toBe('-----(n|)');
    });
  });
});

describe('a lease', () => {
  it('I4: lets code that holds the lock update and read without waiting for itself', () => {
    const a = new Guarded(10);
    const b = new Guarded(5, { lock: a.lock });
    const move = a.update((from, lease) =>
      concat(
        b.update((to) => of(to + 3), { lease }),
        of(from - 3),
      ),
    );
    const log: string[] = [];
    a.subscribe((n) => log.push(`a ${n}`));
    b.subscribe((n) => log.push(`b ${n}`));
    expect(wordsOf(move)).toEqual(['7', '|']);
    expect(log).toEqual(['a 10', 'b 5', 'b 8', 'a 7']);
    expect(wordsOf(a.update((n, lease) => a.read((seen) => of(n - seen), { lease })))).toEqual([
      '0',
      '|',
    ]);
  });

  it('I4: does not let a read update', () => {
    const state = new Guarded(0);
    const update = state.read((_, lease: Lease) => state.update(() => of(1), { lease }));
    expect(wordsOf(update)).toEqual(['#LockUpgradeError']);
    expect(state.value).toBe(0);
  });
});

it('I4: bad arguments throw where they are given', () => {
  const state = new Guarded(0);
  const bad = (value: unknown) => value as never;
  expect(() => state.update(bad(1))).toThrow('project must be a function, got number');
  expect(() => state.read(bad(null))).toThrow('project must be a function, got null');
  expect(() => state.update(() => of(1), bad({ optimistic: 1 }))).toThrow(
    'optimistic must be a function',
  );
  expect(() => state.update(() => of(1), bad(null))).toThrow(
    'options must be a plain object, got null',
  );
  expect(() => state.update(() => of(1), bad({ waitTimeout: -1 }))).toThrow(RangeError);
  expect(() => state.read(() => of(1), bad([]))).toThrow('options must be a plain object');
  expect(() => state.read(() => of(1), bad({ lease: {} }))).toThrow('must be a lock or a lease');
  expect(() => new Guarded(0, bad(null))).toThrow('options must be a plain object, got null');
  expect(() => new Guarded(0, bad({ equal: true }))).toThrow('equal must be a function');
  expect(() => new Guarded(0, bad({ name: 1 }))).toThrow('name must be a string');
  expect(() => new Guarded(0, bad({ lock: null }))).toThrow('lock.pipe must be a function');
  expect(() => new Guarded(0, { lock: new ReadWriteLock(), name: 'n' })).toThrow(
    "name can't be combined with lock",
  );
});

it('I4: an update whose lease has been downgraded commits nothing', () => {
  const state = new Guarded(1);
  const errors: unknown[] = [];
  state
    .update((value, lease) => {
      (lease as WriteLease).downgrade('read');
      return of(value + 1);
    })
    .subscribe({ error: (error: unknown) => errors.push(error) });
  expect(errors).toEqual([new TypeError('the lease of an update can not be downgraded')]);
  expect([state.value, state.lock.reader.locked]).toEqual([1, false]);
});
