import { reactive } from '@vue/reactivity';
import { concatMap, forkJoin, from, NEVER, of } from 'rxjs';
import { KeyedReadWriteLock, withWriteLock } from 'rxjs-rwlock';
import { Guarded, KeyedGuarded } from 'rxjs-rwlock/state';
import { collectGarbage } from '../support/collect.js';
import { IDLE } from '../support/states.js';
import { wordsOf } from '../support/words.js';

it('I4: a keyed state has one state for each key, in the lock of that key', () => {
  const initial = jest.fn((key: string) => `${key} new`);
  const todos = new KeyedGuarded(initial, { name: 'todos' });
  const [a, b] = [todos.for('a'), todos.for('b')];
  expect(todos.for('a')).toBe(a);
  a.update(() => NEVER, { optimistic: () => 'a?' }).subscribe();
  expect(wordsOf(b.update((text) => of(`${text}er`)))).toEqual(['b newer', '|']);
  expect([a.value, b.value]).toEqual(['a?', 'b newer']);
  expect(initial.mock.calls).toEqual([['a'], ['b']]);
  const refused = jest.fn<undefined, [Error]>();
  a.update(() => of(''), { ifAvailable: true }).subscribe({ error: refused });
  expect(refused.mock.calls[0]?.[0].message).toContain('todos[a]: ');
});

it('I4: keys are compared as in a Map, and undefined is refused', () => {
  const states = new KeyedGuarded((n: number) => n);
  expect(states.for(NaN)).toBe(states.for(NaN));
  expect(() => states.for(undefined as never)).toThrow('key must be defined');
});

it('I4: an initial value that throws leaves nothing behind', () => {
  let calls = 0;
  const states = new KeyedGuarded(() => {
    if (calls++ === 0) throw new Error('not yet');
    return calls;
  });
  expect(() => states.for(1)).toThrow('not yet');
  expect(states.for(1).value).toBe(2);
});

it('I4: delete forgets the value of a key, and its old state stays in the same lock', () => {
  const states = new KeyedGuarded(() => 0);
  const old = states.for('a');
  wordsOf(old.update(() => of(1)));
  expect([states.delete('a'), states.delete('a')]).toEqual([true, false]);
  const fresh = states.for('a');
  expect([fresh === old, fresh.value, old.value]).toEqual([false, 0, 1]);
  old.update(() => NEVER).subscribe();
  expect(wordsOf(fresh.update(() => of(2), { ifAvailable: true }))).toEqual([
    '#LockUnavailableError',
  ]);
});

it('I4: the owner of all keys can update any of them through its lease', () => {
  const locks = new KeyedReadWriteLock<string>();
  const states = new KeyedGuarded(() => 'old', { lock: locks });
  const reload = of({ a: 'A', b: 'B' }).pipe(
    withWriteLock(locks.all, (answer, lease) =>
      from(Object.entries(answer)).pipe(
        concatMap(([key, value]) => states.for(key).update(() => of(value), { lease })),
      ),
    ),
  );
  expect(wordsOf(reload)).toEqual(['A', 'B', '|']);
  expect([states.for('a').value, states.for('b').value]).toEqual(['A', 'B']);
  expect(locks.all.state).toMatchObject(IDLE);
});

it('I4: keeps the states of its keys until they are deleted, and its lock keeps nothing', async () => {
  const states = new KeyedGuarded((n: number) => ({ n }));
  const refs: WeakRef<object>[] = [];
  for (let n = 0; n < 1_000; n++) {
    const state = states.for(n);
    state.subscribe().unsubscribe();
    state
      .update(({ n }) => of({ n: n + 1 }), { optimistic: (value) => ({ ...value }) })
      .subscribe();
    refs.push(new WeakRef(state));
  }
  await collectGarbage();
  expect(refs.filter((ref) => ref.deref())).toHaveLength(1_000);
  for (let n = 0; n < 1_000; n++) states.delete(n);
  await collectGarbage();
  expect(refs.filter((ref) => ref.deref()).length).toBeLessThanOrEqual(3);
  expect(states.lock.all.state).toMatchObject(IDLE);
});

it('I4: nothing is kept of an ended update or subscriber, nor does a lock keep its states', async () => {
  const locks = new KeyedReadWriteLock<number>();
  const shared = new Guarded({ n: 0 }, { lock: locks.for(0) });
  const refs: WeakRef<object>[] = [];
  const keep = <T extends object>(value: T): T => {
    refs.push(new WeakRef(value));
    return value;
  };
  for (let n = 0; n < 100; n++) {
    const state = keep(new Guarded(keep({ n }), { lock: locks.for(n) }));
    keep(state.subscribe()).unsubscribe();
    const patch = keep(() => keep({ n }));
    keep(shared.update(() => NEVER, { optimistic: patch }).subscribe()).unsubscribe();
    keep(shared.update((value) => of(keep({ n: value.n + 1 })), { optimistic: patch }).subscribe());
    keep(shared.read((value) => of(value)).subscribe());
    keep(shared.subscribe()).unsubscribe();
  }
  await collectGarbage();
  // Of each kind there are a hundred, which a leak would keep. A few are kept by V8, and the committed
  // value is among them.
  expect(refs.length).toBeGreaterThan(700);
  expect(refs.filter((ref) => ref.deref()).length).toBeLessThan(40);
  expect(shared.value).toEqual({ n: 100 });
});

it('I4, H3: neither kind of state is wrapped by frameworks', () => {
  const kept = reactive({ state: new Guarded(1), states: new KeyedGuarded(() => 1) });
  expect(
    wordsOf(forkJoin([kept.state.update((n) => of(n + 1)), kept.states.for(1).read((n) => of(n))])),
  ).toEqual(['2,1', '|']);
});

it('I4: bad arguments of a keyed state throw where they are given', () => {
  const bad = (value: unknown) => value as never;
  expect(() => new KeyedGuarded(bad(0))).toThrow('initial must be a function, got number');
  expect(() => new KeyedGuarded(() => 0, bad(null))).toThrow('options must be a plain object');
  expect(() => new KeyedGuarded(() => 0, bad({ equal: 1 }))).toThrow('equal must be a function');
  expect(() => new KeyedGuarded(() => 0, bad({ lock: {} }))).toThrow('lock.for must be a function');
  const lock = new KeyedReadWriteLock();
  expect(() => new KeyedGuarded(() => 0, { lock, maxWaiting: 1 })).toThrow(
    "maxWaiting can't be combined with lock",
  );
});

it('I4: an initial value that asks for the state of its own key gets the same state', () => {
  const states: KeyedGuarded<string, number> = new KeyedGuarded<string, number>((key) => {
    if (depth++ > 0) return 0;
    states
      .for(key)
      .update(() => of(7))
      .subscribe();
    return 1;
  });
  let depth = 0;
  const outer = states.for('a');
  expect([outer.value, states.for('a').value]).toEqual([7, 7]);
});
