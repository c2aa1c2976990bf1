import { NEVER, Observable, of, type Subscription } from 'rxjs';
import { fifo, withReadLock, withUpgradableLock, withWriteLock } from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { runAlone } from '../support/runAlone.js';
import { busyLock, IDLE } from '../support/states.js';

/** Reorders in place, the same way for the same seed. */
function shuffle<T>(items: T[], seed = 1): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

describe('a long queue', () => {
  it('B1, B9: cancelling 100,000 waiting requests in random order calls the policy a constant number of times for each', () => {
    let calls = 0;
    const counting: typeof fifo = (reader, writer, turn) => {
      calls++;
      return fifo(reader, writer, turn);
    };
    const { lock, lease } = busyLock({ policy: counting });
    const waiting: Subscription[] = [];
    for (let i = 0; i < 100_000; i++)
      waiting.push(NEVER.pipe(i % 2 ? withReadLock(lock) : withWriteLock(lock)).subscribe());
    lease.release();
    calls = 0;
    for (const request of shuffle(waiting)) request.unsubscribe();
    expect(lock.state).toMatchObject(IDLE);
    expect(calls).toBeLessThanOrEqual(4 * 100_000);
  }, 20_000);

  it('C6: a million synchronous writers all run, without growing the stack', () => {
    const [run, version] = runAlone('millionWriters', ['--max-semi-space-size=64']) as number[];
    expect([run, version]).toEqual([1_000_000, 1_000_001]);
  });

  it('C6: twenty thousand readers that are granted together all run', () => {
    const { lock, lease } = busyLock();
    const source = of(1).pipe(withReadLock(lock));
    let run = 0;
    for (let i = 0; i < 20_000; i++) source.subscribe(() => run++);
    lease.release();
    expect(run).toBe(20_000);
  });

  it('C6, E1: an observer of the states is told of each change, also of twenty thousand', () => {
    const { lock, lease } = busyLock();
    const source = of(1).pipe(withReadLock(lock));
    for (let i = 0; i < 20_000; i++) source.subscribe();
    let states = 0;
    lock.subscribe(() => states++);
    lease.release();
    // The first state, that of all readers holding the lock, and one for each release.
    expect(states).toBe(1 + 1 + 20_000);
  });

  it('C6: the stack is as deep in the last of many grants as in the second', () => {
    const { lock, lease } = busyLock();
    const depths: number[] = [];
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Infinity;
    for (let i = 0; i < 20; i++)
      of(i)
        .pipe(withWriteLock(lock))
        .subscribe(() => depths.push(new Error().stack?.split('\n').length ?? 0));
    lease.release();
    Error.stackTraceLimit = stackTraceLimit;
    expect(depths).toHaveLength(20);
    expect(depths[19]).toBe(depths[1]);
  });

  it.each(Object.entries(POLICIES))(
    'C6: under %s twenty thousand synchronous sources of all modes run one after the other',
    (_, policy) => {
      const { lock, lease } = busyLock({ policy });
      let [depth, deepest, run] = [0, 0, 0];
      const source = new Observable<never>((subscriber) => {
        deepest = Math.max(deepest, ++depth);
        subscriber.complete();
        depth--;
      });
      const operators = [withReadLock, withWriteLock, withUpgradableLock];
      const pipes = operators.map((operator) => source.pipe(operator(lock)));
      for (let i = 0; i < 20_000; i++) pipes[i % 3]?.subscribe({ complete: () => run++ });
      lease.release();
      expect([run, deepest]).toEqual([20_000, 1]);
      expect(lock.state).toMatchObject(IDLE);
    },
  );
});
