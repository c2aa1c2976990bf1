import { config, type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { allOf, KeyedReadWriteLock, ReadWriteLock } from 'rxjs-rwlock';
import { slowLocks, type SlowLock, type SlowLocksOptions } from 'rxjs-rwlock/devtools';

type Limits = Omit<SlowLocksOptions, 'locks' | 'scheduler'>;

/** What is told of a lock, each with its time, while steps are taken at some times. */
function told(
  limits: Limits,
  steps: (at: (time: number, step: () => void) => void, lock: ReadWriteLock) => void,
): [number, string][] {
  const scheduler = new VirtualTimeScheduler();
  const lock = new ReadWriteLock({ name: 'lock' });
  const warnings: [number, string][] = [];
  slowLocks({ locks: [lock], scheduler, ...limits }).subscribe(({ message }) => {
    warnings.push([scheduler.now(), message]);
  });
  steps((time, step) => scheduler.schedule(step, time), lock);
  scheduler.flush();
  return warnings;
}

it('N5: a hold longer than the limit is told once', () => {
  const warnings = told({ heldFor: 100 }, (at, lock) => {
    const save = lock.writer.tryAcquire({ label: 'save' });
    at(50, () => save?.release());
    const leases: { release(): void }[] = [];
    at(60, () => lock.reader.acquire({ label: 'a' }).subscribe((lease) => leases.push(lease)));
    at(80, () => lock.reader.acquire({ label: 'b' }).subscribe((lease) => leases.push(lease)));
    at(500, () => leases.forEach((lease) => lease.release()));
    // A hold that is shorter than the limit.
    at(600, () => lock.reader.acquire().subscribe((lease) => at(99, () => lease.release())));
  });
  expect(warnings).toEqual([
    [160, 'lock: read "a" has been held for 100 ms'],
    [180, 'lock: read "b" has been held for 100 ms'],
  ]);
});

it('N5: a wait longer than the limit is told once, with what is in the way', () => {
  const warnings = told({ waitedFor: 100 }, (at, lock) => {
    const save = lock.writer.tryAcquire({ label: 'save' });
    at(10, () => lock.writer.acquire({ label: 'late' }).subscribe());
    const cancelled = lock.writer.acquire().subscribe();
    at(50, () => cancelled.unsubscribe());
    at(300, () => save?.release());
  });
  expect(warnings).toEqual([
    [110, 'lock: write "late" has waited for 100 ms; held by write "save"'],
  ]);
});

it('N5: the time of a hold begins at the grant', () => {
  const warnings = told({ heldFor: 100, waitedFor: 100 }, (at, lock) => {
    const save = lock.writer.tryAcquire();
    lock.reader.acquire({ label: 'read' }).subscribe();
    at(90, () => save?.release());
  });
  expect(warnings).toEqual([[190, 'lock: read "read" has been held for 100 ms']]);
});

it('N5: a queue longer than the limit is told once, and again when it has been shorter', () => {
  const warnings = told({ queue: 2 }, (at, lock) => {
    lock.writer.tryAcquire();
    const wait = () => lock.writer.acquire().subscribe();
    const waiting = [wait(), wait()];
    at(10, wait);
    at(20, wait);
    at(30, () => waiting.forEach((one) => one.unsubscribe()));
    at(40, wait);
  });
  expect(warnings).toEqual([
    [10, 'lock: 3 requests wait, which is more than 2'],
    [40, 'lock: 3 requests wait, which is more than 2'],
  ]);
});

it('N5: what holds or waits at the subscription counts from then on', () => {
  const scheduler = new VirtualTimeScheduler();
  const lock = new ReadWriteLock();
  lock.writer.tryAcquire();
  lock.reader.acquire().subscribe();
  const warnings: [number, string][] = [];
  scheduler.schedule(() => {
    slowLocks({ locks: [lock], heldFor: 5, waitedFor: 7, queue: 0, scheduler }).subscribe(
      ({ type }) => warnings.push([scheduler.now(), type]),
    );
  }, 100);
  scheduler.flush();
  expect(warnings).toEqual([
    [100, 'queue'],
    [105, 'held'],
    [107, 'waited'],
  ]);
});

it('N5: a warning names the lock, the key and the request', () => {
  const scheduler = new VirtualTimeScheduler();
  const accounts = new KeyedReadWriteLock<string>({ name: 'accounts' });
  const warnings: SlowLock[] = [];
  slowLocks({ locks: [accounts, accounts.for('ann')], heldFor: 1, scheduler }).subscribe(
    (warning) => warnings.push(warning),
  );
  allOf(accounts.for('ann').writer, accounts.for('bob').reader).tryAcquire({ label: 'transfer' });
  scheduler.flush();
  expect(warnings).toEqual([
    {
      type: 'held',
      lock: 'accounts[ann, bob]',
      id: 1,
      label: 'transfer',
      message: 'accounts[ann, bob]: write "transfer" has been held for 1 ms',
    },
  ]);
});

it('N5: it runs in the virtual time of a TestScheduler without a scheduler of its own', () => {
  const test = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  test.run(({ expectObservable }) => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    expectObservable(slowLocks({ locks: [lock], heldFor: 3 }), '^-----!').toBe('---a', {
      a: expect.objectContaining({ type: 'held' }) as unknown,
    });
  });
  expect(test.frame).toBeGreaterThan(0);
});

it('N5: one timer serves all holds, and there is none while nothing is held or watched', () => {
  let timers = 0;
  const virtual = new VirtualTimeScheduler();
  const counting: SchedulerLike = {
    now: () => virtual.now(),
    schedule: (work, delay) => {
      timers++;
      const action = virtual.schedule(work as () => void, delay);
      action.add(() => timers--);
      return action;
    },
  };
  const lock = new ReadWriteLock();
  const watch = slowLocks({ locks: [lock], heldFor: 10, scheduler: counting }).subscribe();
  expect(timers).toBe(0);
  const leases = [1, 2, 3].map(() => lock.reader.tryAcquire());
  expect(timers).toBe(1);
  leases.forEach((lease) => lease?.release());
  expect(timers).toBe(0);
  lock.reader.tryAcquire();
  expect(timers).toBe(1);
  watch.unsubscribe();
  expect(timers).toBe(0);
  expect(lock.core.observing).toBe(0);
});

it('N5: a subscriber that throws does not keep the lock, or later warnings', () => {
  const errors: unknown[] = [];
  config.onUnhandledError = (error) => errors.push(error);
  const scheduler = new VirtualTimeScheduler();
  const lock = new ReadWriteLock();
  let calls = 0;
  slowLocks({ locks: [lock], queue: 0, heldFor: 5, scheduler }).subscribe(() => {
    calls++;
    throw new Error('from the subscriber');
  });
  const lease = lock.writer.tryAcquire();
  lock.reader.acquire().subscribe();
  scheduler.schedule(() => lease?.release(), 7);
  scheduler.flush();
  expect(calls).toBe(3);
  expect(lock.reader.locked).toBe(true);
  return new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
    config.onUnhandledError = null;
    expect(errors).toHaveLength(3);
  });
});

it.each([
  ['heldFor', { locks: [], heldFor: -1 }, 'heldFor must be a number from 0, got -1'],
  ['waitedFor', { locks: [], waitedFor: NaN }, 'waitedFor must be a number from 0, got NaN'],
  ['queue', { locks: [], queue: -1 }, 'queue must be a number from 0, got -1'],
  ['a scheduler', { locks: [], scheduler: {} }, 'scheduler.schedule must be a function, got null'],
  ['locks', { locks: {} }, 'locks must be an array of locks, got an object of type Object'],
])('N5: wrong %s throw', (_what, options, message) => {
  expect(() => slowLocks(options as never)).toThrow(message);
});
