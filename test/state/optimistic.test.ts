import {
  BehaviorSubject,
  catchError,
  concat,
  EMPTY,
  NEVER,
  type Observable,
  of,
  type Subscription,
  tap,
  throwError,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ReadWriteLock } from 'rxjs-rwlock';
import { Guarded } from 'rxjs-rwlock/state';
import { Handle } from '../support/sources.js';
import { wordsOf } from '../support/words.js';

const inTime = (test: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

/** Text to which each update adds a letter: `a?` is shown until the server has answered `a`. */
class Edits {
  readonly state = new Guarded('', { name: 'text' });
  readonly shown: string[] = [];

  constructor() {
    this.state.subscribe((text) => this.shown.push(text));
  }

  /** Adds a letter, and returns what ends the update. */
  add(letter: string) {
    const server = new Handle<string>();
    let seen = '';
    const update = this.state.update(
      (text) => {
        seen = text;
        return server.source;
      },
      { optimistic: (text) => `${text}${letter}?` },
    );
    const words: string[] = [];
    const subscription: Subscription = update.subscribe({
      next: (text) => words.push(text),
      error: (error: unknown) => words.push(`#${String(error)}`),
      complete: () => words.push('|'),
    });
    return {
      words,
      commit: () => {
        server.next(`${seen}${letter}`);
        server.complete();
      },
      empty: () => server.complete(),
      fail: () => server.error('no'),
      cancel: () => subscription.unsubscribe(),
    };
  }
}

it('I4: patches are shown in the order of the updates, and committing one is one emission', () => {
  const edits = new Edits();
  const [a, b] = [edits.add('a'), edits.add('b')];
  a.commit();
  b.commit();
  expect(edits.shown).toEqual(['', 'a?', 'a?b?', 'ab?', 'ab']);
  expect([a.words, b.words]).toEqual([
    ['a', '|'],
    ['ab', '|'],
  ]);
});

it.each(['fail', 'empty', 'cancel'] as const)(
  'I4: an update that ends by %s removes its patch and no other',
  (end) => {
    const edits = new Edits();
    const [a, b, c] = [edits.add('a'), edits.add('b'), edits.add('c')];
    a[end]();
    expect(edits.state.value).toBe('b?c?');
    b.commit();
    c.commit();
    expect(edits.shown).toEqual(['', 'a?', 'a?b?', 'a?b?c?', 'b?c?', 'bc?', 'bc']);
  },
);

it('I4: an update that is cancelled while it waits removes its patch and no other', () => {
  const edits = new Edits();
  const [a, b, c] = [edits.add('a'), edits.add('b'), edits.add('c')];
  b.cancel();
  expect(edits.state.value).toBe('a?c?');
  a.commit();
  c.commit();
  expect(edits.state.value).toBe('ac');
});

it('I4: the diagram in the documentation', () => {
  inTime(({ cold, expectObservable }) => {
    const state = new Guarded('0');
    const upper = (letter: string) => (text: string) => `${text}${letter}`;
    const values = { 0: '0', A: '0a', B: '0ab', b: '0b', c: 'c' };
    cold('-|').subscribe({
      complete: () =>
        state
          .update(() => cold('------#'), { optimistic: upper('a') })
          .subscribe({ error: () => undefined }),
    });
    cold('----|').subscribe({
      complete: () => state.update(() => cold('---c|'), { optimistic: upper('b') }).subscribe(),
    });
    expectObservable(state).toBe('0A--B--b---c', values);
  });
});

describe('two edits, of which the first fails', () => {
  interface Todo {
    readonly title: string;
    readonly done: boolean;
  }
  const before: Todo = { title: 'mlik', done: false };
  const retitled = (todo: Todo): Todo => ({ ...todo, title: 'milk' });
  const ticked = (todo: Todo): Todo => ({ ...todo, done: true });

  it('with a snapshot that is put back the other edit is lost', () => {
    // The rollback of query caches: onMutate keeps a snapshot, onError puts it back.
    const cache = new BehaviorSubject(before);
    const edit = (patch: (todo: Todo) => Todo, server: Observable<Todo>) => {
      const snapshot = cache.value;
      cache.next(patch(cache.value));
      server.pipe(catchError(() => of(snapshot))).subscribe(cache);
    };
    const [first, second] = [new Handle<Todo>(), new Handle<Todo>()];
    edit(retitled, first.source);
    edit(ticked, second.source);
    first.error('offline');
    // It is still on its way to the server, and is not shown any more.
    expect(cache.value).toEqual({ title: 'mlik', done: false });
  });

  it('I4: with patches the failed edit takes back only itself', () => {
    const state = new Guarded(before);
    const [first, second] = [new Handle<Todo>(), new Handle<Todo>()];
    const failed = wordsOf(state.update(() => first.source, { optimistic: retitled }));
    state
      .update((todo) => second.source.pipe(tap(() => expect(todo).toBe(before))), {
        optimistic: ticked,
      })
      .subscribe();
    expect(state.value).toEqual({ title: 'milk', done: true });
    first.error('offline');
    expect(failed).toEqual(['#offline']);
    expect(state.value).toEqual({ title: 'mlik', done: true });
  });
});

describe('a patch', () => {
  it('I4: is not seen by a read, nor by the project of its own or another update', () => {
    const state = new Guarded(1);
    const lease = state.lock.writer.tryAcquire();
    const seen: number[] = [];
    const see = (n: number) => {
      seen.push(n);
      return EMPTY;
    };
    const optimistic = (n: number) => n + 100;
    state.update(see, { optimistic }).subscribe();
    state.read(see).subscribe();
    state.update(see, { optimistic }).subscribe();
    expect(state.value).toBe(201);
    lease?.release();
    expect(seen).toEqual([1, 1, 1]);
    expect(state.value).toBe(1);
  });

  it('I4: is gone before the consumer is told of an error, and before the next update runs', () => {
    const state = new Guarded('');
    const server = new Handle<string>();
    const log: string[] = [];
    const note = (what: string) => log.push(`${what}: ${state.value}`);
    state
      .update(() => server.source, { optimistic: () => 'patched' })
      .subscribe({ error: () => note('failed') });
    state
      .update(() => {
        note('next');
        return EMPTY;
      })
      .subscribe();
    server.error('no');
    expect(log).toEqual(['failed: ', 'next: ']);
  });

  it('I4: is gone before the next update runs, if its own was empty or cancelled', () => {
    for (const end of ['empty', 'cancel'] as const) {
      const edits = new Edits();
      const a = edits.add('a');
      edits.state.update((text) => of(`${text}b`)).subscribe();
      a[end]();
      expect(edits.shown).toEqual(['', 'a?', '', 'b']);
    }
  });

  it('I4: is not told of an update that is refused or that commits at once', () => {
    const lock = new ReadWriteLock();
    const state = new Guarded(0, { lock });
    const shown = wordsOf(state);
    const optimistic = () => -1;
    expect(wordsOf(state.update(() => of(1), { optimistic }))).toEqual(['1', '|']);
    const lease = lock.writer.tryAcquire();
    const refused = state.update(() => of(2), { optimistic, ifAvailable: true });
    expect(wordsOf(refused)).toEqual(['#LockUnavailableError']);
    const aborted = state.update(() => of(2), { optimistic, signal: AbortSignal.abort('gone') });
    expect(wordsOf(aborted)).toEqual(['#gone']);
    lock.complete();
    expect(wordsOf(state.update(() => of(2), { optimistic }))).toEqual(['#LockClosedError']);
    lease?.release();
    expect(shown).toEqual(['0', '1', '|']);
  });

  it('I4: leaves the same object behind when it goes, with the patches before it', () => {
    const state = new Guarded({ n: 0 });
    const lease = state.lock.writer.tryAcquire();
    const optimistic = ({ n }: { n: number }) => ({ n: n + 1 });
    const add = () => state.update(() => EMPTY, { optimistic });
    add().subscribe();
    const shown = state.value;
    const second = add().subscribe();
    expect(state.value).toEqual({ n: 2 });
    second.unsubscribe();
    expect(state.value).toBe(shown);
    lease?.release();
  });

  it('I4: that throws at once fails its update, and nothing is requested or shown', () => {
    const state = new Guarded(0);
    const shown = wordsOf(state);
    const project = jest.fn(() => of(1));
    const optimistic = () => {
      throw new TypeError('bad patch');
    };
    expect(wordsOf(state.update(project, { optimistic }))).toEqual(['#TypeError']);
    expect(project).not.toHaveBeenCalled();
    expect([shown, state.lock.state.version]).toEqual([['0'], 0]);
  });

  it('I4: that throws on a newer value fails its update, and no other', () => {
    const state = new Guarded<{ items?: string[] }>({ items: [] });
    const shown: unknown[] = [];
    state.subscribe((value) => shown.push(value));
    const first = new Handle<{ items?: string[] }>();
    const project = jest.fn(() => NEVER);
    const optimistic = jest.fn(({ items }: { items?: string[] }) => ({
      items: [...(items as string[]), 'a'],
    }));
    state.update(() => first.source).subscribe();
    const log: string[] = [];
    state.update(project, { optimistic }).subscribe({
      error: (error: Error) => {
        log.push(`${error.name} ${JSON.stringify(state.value)}`);
        state.update(() => EMPTY, { optimistic: (value) => value }).subscribe();
      },
    });
    const last = wordsOf(
      state.update(() => of({ items: ['committed'] }), { optimistic: (value) => value }),
    );
    first.next({});
    first.complete();
    expect(log).toEqual(['TypeError {}']);
    expect(project).not.toHaveBeenCalled();
    // It is not called again once it has thrown.
    expect(optimistic).toHaveBeenCalledTimes(2);
    expect(last).toEqual(['[object Object]', '|']);
    expect(shown).toEqual([{ items: [] }, { items: ['a'] }, {}, { items: ['committed'] }]);
    expect(state.lock.state.held.write).toBe(0);
  });

  it('I4: that throws while its update runs ends that', () => {
    const state = new Guarded(0);
    const log: string[] = [];
    const server = new Handle<number>(log, 'server');
    const optimistic = (n: number) => {
      if (n > 0) throw new RangeError('too much');
      return -1;
    };
    let inner: Observable<number> = EMPTY;
    const words = wordsOf(
      state.update(
        (_, lease) => {
          inner = state.update(() => of(1), { lease });
          return server.source;
        },
        { optimistic },
      ),
    );
    inner.subscribe();
    expect(words).toEqual(['#RangeError']);
    expect(log).toEqual(['server subscribed', 'server torn down']);
    expect([state.value, state.lock.writer.locked]).toEqual([1, false]);
  });

  it('I4: is called only when the value below it has changed', () => {
    const state = new Guarded(0);
    const lease = state.lock.writer.tryAcquire();
    const optimistic = jest.fn((n: number) => n + 1);
    for (let i = 0; i < 100; i++) state.update(() => EMPTY, { optimistic }).subscribe();
    expect(state.value).toBe(100);
    expect(optimistic).toHaveBeenCalledTimes(100);
    lease?.release();
  });
});

it('I4: when the lock fails, waiting and running updates fail, their patches go, the stream errors', () => {
  const lock = new ReadWriteLock();
  const state = new Guarded(0, { lock });
  const shown = wordsOf(state);
  const optimistic = (n: number) => n + 1;
  const updates = [1, 2].map(() =>
    wordsOf(state.update(() => concat(of(9), NEVER), { optimistic })),
  );
  const read = wordsOf(state.read(() => of(1)));
  lock.error('gone');
  expect([...updates, read]).toEqual([['#gone'], ['#gone'], ['#gone']]);
  expect(shown).toEqual(['0', '1', '2', '1', '0', '#gone']);
  expect(state.value).toBe(0);
  expect(wordsOf(state.update(() => throwError(() => 'no'), { optimistic }))).toEqual(['#gone']);
});
