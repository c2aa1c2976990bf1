import { of, Subject } from 'rxjs';
import {
  LeaseReleasedError,
  LockClosedError,
  LockError,
  LockQueueFullError,
  LockTimeoutError,
  LockUnavailableError,
  LockUpgradeError,
  ReadWriteLock,
  type RequestOptions,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { TestScheduler } from 'rxjs/testing';

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('errors of a lock', () => {
  const closed = () => {
    const lock = new ReadWriteLock({ name: 'accounts' });
    lock.complete();
    return thrownBy(() => lock.writer.tryAcquire());
  };
  const released = () => {
    const lease = new ReadWriteLock({ name: 'accounts' }).reader.tryAcquire();
    lease?.release();
    return thrownBy(() => lease?.writer.tryAcquire());
  };
  const upgrade = () => {
    const lease = new ReadWriteLock({ name: 'accounts' }).reader.tryAcquire();
    return thrownBy(() => lease?.writer.tryAcquire());
  };

  const refused = (options: RequestOptions) => {
    const lock = new ReadWriteLock({ name: 'accounts', maxWaiting: 0 });
    lock.reader.tryAcquire();
    let refusal: unknown;
    lock.writer.acquire(options).subscribe({ error: (error: unknown) => (refusal = error) });
    return refusal as Error;
  };

  const late = () => {
    let error: unknown;
    new TestScheduler(() => undefined).run(() => {
      const lock = new ReadWriteLock({ name: 'accounts' });
      lock.reader.tryAcquire();
      lock.writer
        .acquire({ waitTimeout: 1 })
        .subscribe({ error: (late: unknown) => (error = late) });
    });
    return error as Error;
  };

  it.each([
    [LockClosedError, 'LockClosedError', closed],
    [LeaseReleasedError, 'LeaseReleasedError', released],
    [LockUpgradeError, 'LockUpgradeError', upgrade],
    [LockUnavailableError, 'LockUnavailableError', () => refused({ ifAvailable: true })],
    [LockQueueFullError, 'LockQueueFullError', () => refused({})],
    [LockTimeoutError, 'LockTimeoutError', late],
  ])('H1: %p names itself, the lock and the mode, and is new each time', (type, name, make) => {
    const [first, second] = [make(), make()];
    expect(first).toBeInstanceOf(type);
    expect(first).toBeInstanceOf(LockError);
    expect(first.name).toBe(name);
    expect(first.message).toContain('accounts');
    expect(first.message).toContain('write');
    expect(first.stack).toContain('errors.test.ts');
    expect(second).not.toBe(first);
  });
});

describe('bad arguments', () => {
  it.each([undefined, null, 1, {}, { reader: {} }, new Subject()])(
    'H2: an operator refuses %p as a lock, when it is called',
    (bad) => {
      expect(() => withReadLock(bad as never)).toThrow(TypeError);
      expect(() => withWriteLock(bad as never)).toThrow(TypeError);
    },
  );

  it.each([null, 1, 'text'])('H2: an operator refuses %p as a function or options', (bad) => {
    expect(() => withWriteLock(new ReadWriteLock(), bad as never)).toThrow(TypeError);
    expect(() => withWriteLock(new ReadWriteLock(), () => [], bad as never)).toThrow(TypeError);
  });

  it.each<[object, ErrorConstructor]>([
    [{ waitTimeout: -1 }, RangeError],
    [{ waitTimeout: NaN }, RangeError],
    [{ waitTimeout: '1' }, TypeError],
    [{ priority: NaN }, RangeError],
    [{ priority: '1' }, TypeError],
    [{ signal: {} }, TypeError],
    [{ ifAvailable: 1 }, TypeError],
    [{ label: 1 }, TypeError],
  ])('A6, H2: the options %p are refused where they are given', (options, type) => {
    const lock = new ReadWriteLock();
    for (const call of [
      () => withReadLock(lock, options),
      () => withWriteLock(lock, () => [], options),
      () => lock.reader.acquire(options),
      () => lock.reader.lease(options),
      () => lock.reader.tryAcquire(options),
    ])
      expect(call).toThrow(type);
    expect(lock.reader.locked).toBe(false);
  });

  it.each<[object, ErrorConstructor]>([
    [{ maxWaiting: -1 }, RangeError],
    [{ maxWaiting: NaN }, RangeError],
    [{ maxWaiting: '1' }, TypeError],
    [{ scheduler: {} }, TypeError],
  ])('H2: a lock refuses the options %p', (options, type) => {
    expect(() => new ReadWriteLock(options)).toThrow(type);
  });

  it('H2: a lock refuses a policy that is no function and a name that is no string', () => {
    expect(() => new ReadWriteLock({ policy: 'fifo' as never })).toThrow(TypeError);
    expect(() => new ReadWriteLock({ name: 1 as never })).toThrow(TypeError);
  });

  it.each<unknown>([
    undefined,
    null,
    1,
    {},
    { mode: 'wirte', granted: () => undefined },
    { mode: 'write' },
    { mode: 'read', granted: () => undefined, failed: 1 },
  ])('H2: next refuses %p as a request', (bad) => {
    const lock = new ReadWriteLock();
    expect(() => lock.next(bad as never)).toThrow(TypeError);
    expect(lock.state.held.write + lock.state.waiting.write).toBe(0);
  });

  it('H2: next refuses a lease as a request, and the lease stays what it is', () => {
    const lock = new ReadWriteLock();
    const lease = lock.reader.tryAcquire();
    expect(() => lock.next(lease as never)).toThrow(TypeError);
    expect(lock.state.held.read).toBe(1);
    lease?.release();
    expect(lock.state.held.read).toBe(0);
  });

  it('H2: a bad request is named, and nothing is lost by it', () => {
    const lock = new ReadWriteLock();
    const granted: string[] = [];
    expect(() => lock.next({ mode: 'none' } as never)).toThrow('none is not a mode of a lock');
    of(1)
      .pipe(withWriteLock(lock))
      .subscribe(() => granted.push('write'));
    expect(granted).toEqual(['write']);
  });
});
