import {
  config,
  EMPTY,
  finalize,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  Subscriber,
  take,
} from 'rxjs';
import { KeyedReadWriteLock, ReadWriteLock } from 'rxjs-rwlock';
import { Guarded } from 'rxjs-rwlock/state';
import { Handle, unhandled } from '../support/sources.js';
import { wordsOf } from '../support/words.js';

/* eslint-disable @typescript-eslint/no-deprecated -- what old operators and an old mode do is tested */

const set = <T>(state: Guarded<T>, value: T) => state.update(() => of(value)).subscribe();

it('I4: the stream emits the present value inside subscribe, and then every new one', () => {
  const state = new Guarded('a');
  const early = wordsOf(state);
  expect(early).toEqual(['a']);
  set(state, 'b');
  const late = wordsOf(state.pipe(map((text) => text.toUpperCase())));
  expect(late).toEqual(['B']);
  set(state, 'c');
  expect([early, late]).toEqual([
    ['a', 'b', 'c'],
    ['B', 'C'],
  ]);
});

/** What `toSignal(source, { requireSync: true })` of Angular does: it throws without a first value. */
function toSignal<T>(source: Pick<Observable<T>, 'subscribe'>): () => T {
  let read = (): T => {
    throw new Error('NG0601: no value was emitted synchronously');
  };
  source.subscribe({
    next: (value) => (read = () => value),
    error: (error) => {
      read = () => {
        throw error;
      };
    },
  });
  read();
  return () => read();
}

it('I4: the stream is enough for a signal with requireSync, also inside a notification', () => {
  const state = new Guarded(1);
  const signal = toSignal(state);
  const inside: (() => number)[] = [];
  state.subscribe(() => inside.push(toSignal(state)));
  set(state, 2);
  expect([signal(), ...inside.map((read) => read())]).toEqual([2, 2, 2]);
  expect(() => toSignal(new Subject())).toThrow('NG0601');
});

it('I4: a value that is shown already is not emitted, and equal decides which is', () => {
  const state = new Guarded({ id: 1, at: 1 }, { equal: (a, b) => a.id === b.id });
  const shown: unknown[] = [];
  state.subscribe((value) => shown.push(value));
  const before = state.value;
  set(state, { id: 1, at: 2 });
  expect(state.value).toBe(before);
  // What is committed has changed.
  expect(wordsOf(state.read(({ at }) => of(at)))).toEqual(['2', '|']);
  set(state, { id: 2, at: 3 });
  expect(shown).toEqual([
    { id: 1, at: 1 },
    { id: 2, at: 3 },
  ]);
  const numbers = new Guarded(NaN);
  const words = wordsOf(numbers);
  for (const n of [NaN, 0, -0, NaN]) set(numbers, n);
  expect(words).toEqual(['NaN', '0', '0', 'NaN']);
});

it('I4: a value that comes back before it was told is not told again', () => {
  const state = new Guarded({ id: 1 }, { equal: (a, b) => a.id === b.id });
  set(state, { id: 1 });
  const lease = state.lock.writer.tryAcquire();
  const shown = wordsOf(state.pipe(map(({ id }) => id)));
  const before = state.value;
  state
    .update(() => EMPTY, { ifAvailable: true, optimistic: () => ({ id: 2 }) })
    .subscribe({ error: () => undefined });
  expect(shown).toEqual(['1']);
  expect(state.value).toBe(before);
  lease?.release();
});

it('I4: an equal that throws is reported, and the value is emitted', async () => {
  const equal = () => {
    throw new Error('equal');
  };
  const state = new Guarded(0, { equal });
  const shown = wordsOf(state);
  const errors = await unhandled(() => set(state, 1));
  expect([shown, errors]).toEqual([['0', '1'], [new Error('equal')]]);
});

describe('a subscriber that updates', () => {
  it('I4: every subscriber sees the same values in the same order, each once', () => {
    const state = new Guarded(0);
    const seen: string[] = [];
    state.subscribe((n) => seen.push(`first ${n}`));
    state.subscribe((n) => {
      seen.push(`second ${n}`);
      if (n % 10 === 1) for (const more of [1, 2]) state.update((m) => of(m + more)).subscribe();
    });
    state.subscribe((n) => seen.push(`third ${n}`));
    set(state, 11);
    for (const name of ['first', 'second', 'third'])
      expect(seen.filter((word) => word.startsWith(name))).toEqual(
        [0, 11, 12, 14].map((n) => `${name} ${n}`),
      );
  });

  it('I4: in its first notification is told the result after that', () => {
    const state = new Guarded(0);
    const log: string[] = [];
    state.subscribe((n) => {
      log.push(`begin ${n}`);
      if (n < 2) set(state, n + 1);
      log.push(`end ${n}`);
    });
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('I4: with a patch is told the patched value after the value that it is told', () => {
    const state = new Guarded(0);
    const [before, after] = [[] as number[], [] as number[]];
    state.subscribe((n) => before.push(n));
    state.subscribe((n) => {
      if (n === 1) state.update(() => NEVER, { optimistic: (m) => m + 0.5 }).subscribe();
    });
    state.subscribe((n) => after.push(n));
    set(state, 1);
    expect([before, after]).toEqual([
      [0, 1, 1.5],
      [0, 1, 1.5],
    ]);
  });

  it('I4: a subscriber that comes meanwhile begins with the newest value, and is told it once', () => {
    const state = new Guarded(0);
    const late: number[][] = [];
    state.subscribe((n) => {
      if (n !== 1) return;
      set(state, 2);
      const seen: number[] = [];
      late.push(seen);
      state.subscribe((m) => seen.push(m));
    });
    // The lock is free when the value is told to a new subscriber, and held when it was committed.
    const lock = state.lock.reader.tryAcquire();
    const update = state.update(() => of(1), { optimistic: () => 1 }).subscribe();
    expect(late).toEqual([[1]]);
    lock?.release();
    expect(update.closed).toBe(true);
    expect(late).toEqual([[1, 2]]);
  });

  it('I4: a subscriber that comes while a newer value is on its way is told it once', () => {
    const state = new Guarded(0);
    const seen: number[] = [];
    state.subscribe((n) => {
      // Free: nothing holds the lock while a new subscriber is told its first value.
      if (n === 0) {
        set(state, 1);
        state.subscribe((m) => seen.push(m));
      }
    });
    expect(seen).toEqual([1]);
    set(state, 2);
    expect(seen).toEqual([1, 2]);
  });

  it('I4: a subscriber that comes inside a project is told the patched value once', () => {
    const state = new Guarded(0);
    const seen: number[] = [];
    state
      .update(
        () => {
          state.subscribe((n) => seen.push(n));
          return NEVER;
        },
        { optimistic: () => 1 },
      )
      .subscribe();
    expect(seen).toEqual([1]);
  });

  it('I4: may do so twenty thousand times without growing the stack', () => {
    const MANY = 20_000;
    const state = new Guarded(0);
    let last = 0;
    state.subscribe((n) => {
      last = n;
      if (n < MANY) state.update((m) => of(m + 1)).subscribe();
    });
    expect(last).toBe(MANY);
  });

  it('I4: that unsubscribes is told nothing more', () => {
    const state = new Guarded(0);
    const seen: number[] = [];
    const other = new Observable<number>((subscriber) => state.subscribe(subscriber));
    state.subscribe((n) => {
      if (n === 1) second.unsubscribe();
    });
    const second = other.subscribe((n) => seen.push(n));
    set(state, 1);
    expect([seen, wordsOf(state.pipe(take(1)))]).toEqual([[0], ['1', '|']]);
  });
});

it('I4: twenty thousand queued updates drain without growing the stack', () => {
  const MANY = 20_000;
  const state = new Guarded(0);
  let told = 0;
  state.subscribe(() => told++);
  const lease = state.lock.writer.tryAcquire();
  for (let i = 0; i < MANY; i++) state.update((n) => of(n + 1)).subscribe();
  lease?.release();
  expect([state.value, told]).toEqual([MANY, MANY + 1]);
});

describe('a subscriber that throws', () => {
  /** An operator that does not catch what it throws, as those of RxJS do. */
  class Careless extends Subscriber<number> {
    protected override _next(): void {
      throw new Error('operator');
    }
  }

  const throwing = finalize(() => {
    throw new Error('teardown');
  });

  it('I4: disturbs neither the update nor the other subscribers', async () => {
    const state = new Guarded(0);
    let words: string[][] = [];
    const errors = await unhandled(() => {
      state.subscribe(new Careless());
      state.subscribe(() => {
        throw new Error('consumer');
      });
      words = [wordsOf(state), wordsOf(state.update(() => of(1)))];
    });
    expect(words).toEqual([
      ['0', '1'],
      ['1', '|'],
    ]);
    expect(errors.map(String).sort()).toEqual(
      ['consumer', 'consumer', 'operator', 'operator'].map((name) => `Error: ${name}`),
    );
  });

  it.each([
    ['complete', '|'],
    ['error', '#gone'],
  ] as const)('I4: in its teardown keeps the %s of the lock from nobody', async (end, word) => {
    const lock = new ReadWriteLock();
    const state = new Guarded(0, { lock });
    let words: string[] = [];
    const errors = await unhandled(() => {
      state.pipe(throwing).subscribe({ error: () => undefined });
      words = wordsOf(state);
      lock[end]('gone');
    });
    expect(words).toEqual(['0', word]);
    expect(errors).toMatchObject([{ errors: [new Error('teardown')] }]);
  });

  it('I4: when its patch throws does not keep that from the next one', async () => {
    const state = new Guarded(0);
    const server = new Handle<number>();
    let words: string[] = [];
    const errors = await unhandled(() => {
      state.update(() => server.source).subscribe();
      const optimistic = (n: number) => {
        if (n > 0) throw new RangeError('patch');
        return n;
      };
      const update = state.update(() => of(2), { optimistic });
      update.pipe(throwing).subscribe({ error: () => undefined });
      words = wordsOf(update);
      server.next(1);
      server.complete();
    });
    expect(words).toEqual(['#RangeError']);
    expect(errors).toMatchObject([{ errors: [new Error('teardown')] }]);
    expect([state.value, state.lock.writer.locked]).toEqual([1, false]);
  });

  it("I4: also under RxJS's deprecated synchronous error handling", () => {
    jest.useFakeTimers();
    // It warns when the mode is set.
    jest.spyOn(console, 'warn').mockImplementation();
    config.useDeprecatedSynchronousErrorHandling = true;
    try {
      const lock = new ReadWriteLock();
      const state = new Guarded(0, { lock });
      state.pipe(throwing).subscribe();
      const words = wordsOf(state);
      lock.complete();
      expect(words).toEqual(['0', '|']);
      expect(() => jest.runAllTimers()).toThrow('teardown');
    } finally {
      config.useDeprecatedSynchronousErrorHandling = false;
      jest.useRealTimers();
      jest.restoreAllMocks();
    }
  });
});

describe('the end of the lock', () => {
  it('I4: a completed lock completes the stream after all that it has accepted', () => {
    const lock = new ReadWriteLock();
    const state = new Guarded(0, { lock });
    const shown = wordsOf(state);
    const servers = [new Handle<number>(), new Handle<number>()];
    const updates = servers.map(({ source }) => wordsOf(state.update(() => source)));
    lock.complete();
    expect(wordsOf(state.update(() => of(9)))).toEqual(['#LockClosedError']);
    for (const [i, server] of servers.entries()) {
      server.next(i + 1);
      server.complete();
    }
    expect(updates).toEqual([
      ['1', '|'],
      ['2', '|'],
    ]);
    expect(shown).toEqual(['0', '1', '2', '|']);
    expect(wordsOf(state)).toEqual(['2', '|']);
    expect(wordsOf(state)).toEqual(['2', '|']);
  });

  it('I4: a failed lock errors the stream, now and later; the value stays', () => {
    const lock = new ReadWriteLock();
    const state = new Guarded(0, { lock });
    const shown = wordsOf(state);
    lock.error('gone');
    expect([shown, wordsOf(state), state.value]).toEqual([['0', '#gone'], ['0', '#gone'], 0]);
  });

  it('I4: is told after the values that come before it', () => {
    const lock = new ReadWriteLock();
    const state = new Guarded(0, { lock });
    const shown: string[][] = [];
    state.subscribe({
      next(n) {
        if (n > 0) return;
        set(state, 1);
        lock.error('gone');
        shown.push(wordsOf(state));
      },
      error: () => shown.push(wordsOf(state)),
    });
    expect(shown).toEqual([
      ['1', '#gone'],
      ['1', '#gone'],
    ]);
  });

  it('I4: the end of a key is the end of all keys', () => {
    const locks = new KeyedReadWriteLock<string>();
    const state = new Guarded(0, { lock: locks.for('a') });
    const shown = wordsOf(state);
    set(state, 1);
    locks.all.complete();
    expect(shown).toEqual(['0', '1', '|']);
  });
});

it('I4: a state that nobody subscribes to does not subscribe to its lock', () => {
  const lock = new ReadWriteLock();
  const states = jest.spyOn(lock, 'subscribe');
  const state = new Guarded(0, { lock });
  set(state, 1);
  expect(lock.core.observing).toBe(0);
  const subscriptions = [state.subscribe(), state.subscribe()];
  expect(lock.core.observing).toBe(1);
  for (const subscription of subscriptions) subscription.unsubscribe();
  expect(lock.core.observing).toBe(0);
  expect(states).toHaveBeenCalledTimes(1);
});
