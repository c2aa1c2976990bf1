import {
  defer,
  distinctUntilChanged,
  exhaustMap,
  map,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  repeat,
  switchMap,
  takeUntil,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  KeyedReadWriteLock,
  type LockLike,
  type LockState,
  ReadWriteLock,
  type UpgradableLease,
  withLiveReadLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';

// Live reads as one writes them by hand, over the states of a lock, and what is wrong with them.

type ByHand = <T>(lock: LockLike, states: Observable<LockState>) => MonoTypeOperatorFunction<T>;

const versions = (states: Observable<LockState>) =>
  states.pipe(
    map(({ version }) => version),
    distinctUntilChanged(),
  );

const bySwitchMap: ByHand = (lock, states) => (source) =>
  versions(states).pipe(switchMap(() => source.pipe(withReadLock(lock))));

const byExhaustMap: ByHand = (lock, states) => (source) =>
  versions(states).pipe(exhaustMap(() => source.pipe(withReadLock(lock))));

const ours: ByHand = (lock) => withLiveReadLock(lock);

const written = (lock: LockLike) => lock.writer.tryAcquire()?.release();

describe('while two writers write all the time', () => {
  const LONG = 300;

  /** How many values there are by the end, for how many writes. */
  function run(byHand: ByHand): { values: number; writes: number } {
    let [values, writes] = [0, 0];
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const end = timer(LONG);
      timer(2)
        .pipe(byHand(lock, lock), takeUntil(end))
        .subscribe(() => values++);
      const write = timer(6).pipe(withWriteLock(lock));
      for (let i = 0; i < 2; i++)
        write.pipe(repeat(), takeUntil(end)).subscribe({ next: () => writes++ });
      flush();
    });
    return { values, writes };
  }

  it('I1: by hand with switchMap, a read starves: each write cuts off the read that waits', () => {
    const { values, writes } = run(bySwitchMap);
    expect(writes).toBeGreaterThan(40);
    expect(values).toBeLessThanOrEqual(1);
  });

  it('I1: withLiveReadLock reads again and again', () => {
    const { values, writes } = run(ours);
    expect(writes).toBeGreaterThan(30);
    expect(values).toBeGreaterThan(15);
  });
});

describe('on a lock with many keys', () => {
  function run(byHand: ByHand): number {
    const locks = new KeyedReadWriteLock<string>();
    let reads = 0;
    defer(() => of(reads++))
      .pipe(byHand(locks.for('own'), locks.all))
      .subscribe();
    for (let i = 0; i < 10; i++) written(locks.for(`other ${i}`));
    return reads - 1;
  }

  it('I1: by hand with exhaustMap over the states of the lock, a key is read for every write of another', () => {
    expect(run(byExhaustMap)).toBe(10);
  });

  it('I1: withLiveReadLock does not read a key for a write of another', () => {
    expect(run(ours)).toBe(0);
  });
});

describe('while the owner that reads ends a write', () => {
  function run(byHand: ByHand): { shown: unknown; stored: number } {
    let [shown, stored]: [unknown, number] = [undefined, 0];
    new TestScheduler(() => undefined).run(({ flush }) => {
      const lock = new ReadWriteLock();
      const lease = lock.upgradable.tryAcquire() as UpgradableLease;
      defer(() => {
        const read = stored;
        return timer(5).pipe(map(() => read));
      })
        .pipe(byHand(lease, lock))
        .subscribe((value) => (shown = value));
      timer(2)
        .pipe(withWriteLock(lease))
        .subscribe(() => stored++);
      flush();
    });
    return { shown, stored };
  }

  it('I1: by hand with exhaustMap, the write that ends during a read is never read', () => {
    expect(run(byExhaustMap)).toEqual({ shown: 0, stored: 1 });
  });

  it('I1: withLiveReadLock reads once more', () => {
    expect(run(ours)).toEqual({ shown: 1, stored: 1 });
  });
});

describe('what it costs', () => {
  /** How many objects are frozen, as three are for each state, while 100 readers read a write. */
  function run(byHand: ByHand): { frozen: number; reads: number } {
    const lock = new ReadWriteLock();
    let reads = 0;
    for (let i = 0; i < 100; i++)
      defer(() => of(reads++))
        .pipe(byHand(lock, lock))
        .subscribe();
    reads = 0;
    const freeze = jest.spyOn(Object, 'freeze');
    written(lock);
    const frozen = freeze.mock.calls.length;
    freeze.mockRestore();
    return { frozen, reads };
  }

  it('I1: by hand, every read makes new states, for every reader', () => {
    const { frozen, reads } = run(byExhaustMap);
    expect(reads).toBe(100);
    expect(frozen).toBeGreaterThanOrEqual(3 * 2 * 100);
  });

  it('I1: withLiveReadLock makes none', () => {
    expect(run(ours)).toEqual({ frozen: 0, reads: 100 });
  });
});
