import { NEVER, of, Subject, take } from 'rxjs';
import {
  type Gate,
  type Lease,
  LeaseReleasedError,
  type LockMode,
  ReadWriteLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';

const NOBODY = { read: 0, upgradable: 0, write: 0 };

describe('where leases come from', () => {
  it('D1: acquire() emits one', () => {
    const lock = new ReadWriteLock();
    const leases: Lease[] = [];
    lock.reader.acquire().subscribe((lease) => leases.push(lease));
    expect(leases.map(({ mode, released }) => [mode, released])).toEqual([['read', false]]);
  });

  it('D1: lease() promises one, in the order of asking', async () => {
    const lock = new ReadWriteLock();
    const first = await lock.writer.lease();
    const second = lock.writer.lease();
    expect(lock.state.waiting.write).toBe(1);
    first.release();
    expect((await second).mode).toBe('write');
  });

  it('D1: tryAcquire() returns one, or undefined where it would have to wait', () => {
    const lock = new ReadWriteLock();
    const reader = lock.reader.tryAcquire();
    expect(reader?.mode).toBe('read');
    expect(lock.writer.tryAcquire()).toBeUndefined();
    expect(lock.state).toMatchObject({ held: { ...NOBODY, read: 1 }, waiting: NOBODY });
  });

  it('D1: tryAcquire() does not overtake a waiting writer', () => {
    const lock = new ReadWriteLock();
    lock.reader.tryAcquire();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    expect(lock.reader.tryAcquire()).toBeUndefined();
  });

  it.each<[LockMode, typeof withReadLock]>([
    ['read', withReadLock],
    ['upgradable', withUpgradableLock],
    ['write', withWriteLock],
  ])('D1: a project function of the %s operator is given one, and the index', (mode, op) => {
    const lock = new ReadWriteLock();
    const calls: unknown[] = [];
    of('a', 'b')
      .pipe(
        op(lock, (value, lease, index) => {
          calls.push([value, lease.mode, index]);
          return [value];
        }),
      )
      .subscribe();
    expect(calls).toEqual([
      ['a', mode, 0],
      ['b', mode, 1],
    ]);
  });
});

describe('letting go', () => {
  it('C5: releasing twice is a no-op', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire() as Lease;
    lease.release();
    lease.release();
    expect(lock.state).toMatchObject({ held: NOBODY, version: 1 });
  });

  it('C5: a stale lease never releases that of the next holder', () => {
    const lock = new ReadWriteLock();
    const stale = lock.writer.tryAcquire() as Lease;
    lock.writer.acquire().subscribe();
    stale.release();
    stale.release();
    expect(lock.state.held.write).toBe(1);
  });

  it('C5: a released reader does not count against the readers that are left', () => {
    const lock = new ReadWriteLock();
    const [first, second] = [lock.reader.tryAcquire(), lock.reader.tryAcquire()];
    first?.release();
    first?.release();
    expect(lock.writer.tryAcquire()).toBeUndefined();
    second?.release();
    expect(lock.writer.tryAcquire()).toBeDefined();
  });

  it('D2: acquire() is cold: without a subscription it asks nothing', () => {
    const lock = new ReadWriteLock();
    lock.writer.acquire();
    expect(lock.writer.locked).toBe(false);
  });

  it('D2: the consumer is told of the completion before the lock is free', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    lock.writer.acquire().subscribe({
      next: (lease) => queueMicrotask(() => lease.release()),
      complete: () => log.push(lock.writer.locked),
    });
    lock.writer.acquire().subscribe(() => log.push('next'));
    return Promise.resolve().then(() => expect(log).toEqual([true, 'next']));
  });

  it('D2: take(1) below acquire() releases the lease at once, and a wait is withdrawn', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    lock.writer
      .acquire()
      .pipe(take(1))
      .subscribe(({ mode }) => log.push(mode));
    expect([...log, lock.writer.locked]).toEqual(['write', false]);
    lock.writer.tryAcquire();
    lock.writer.acquire().subscribe().unsubscribe();
    expect(lock.state.waiting).toEqual(NOBODY);
  });

  it('D9: Symbol.dispose completes the Observable that emitted the lease, too', () => {
    const log: string[] = [];
    new ReadWriteLock().writer.acquire().subscribe({
      next: (lease) => lease[Symbol.dispose](),
      complete: () => log.push('complete'),
    });
    expect(log).toEqual(['complete']);
  });

  it('D9: release() completes the Observable that emitted the lease', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    let lease: Lease | undefined;
    lock.writer.acquire().subscribe({
      next: (given) => (lease = given),
      complete: () => log.push('complete'),
    });
    lease?.release();
    expect(log).toEqual(['complete']);
    expect(lease?.released).toBe(true);
    expect(lock.writer.locked).toBe(false);
  });

  it('D9: using releases at the end of the block, also when it throws', async () => {
    const lock = new ReadWriteLock();
    const work = async () => {
      using _lease = await lock.writer.lease();
      expect(lock.writer.locked).toBe(true);
      throw new Error('work');
    };
    await expect(work()).rejects.toThrow('work');
    expect(lock.writer.locked).toBe(false);
  });

  it('D9: await using releases as well', async () => {
    const lock = new ReadWriteLock();
    {
      await using lease = await lock.reader.lease();
      expect(lease.released).toBe(false);
    }
    expect(lock.reader.locked).toBe(false);
  });

  it('D9: releasing early lets the lock go, and the rest of the inner Observable runs on', () => {
    const lock = new ReadWriteLock();
    const rest = new Subject<number>();
    const values: number[] = [];
    of(0)
      .pipe(
        withWriteLock(lock, (_, lease) => {
          lease.release();
          return rest;
        }),
      )
      .subscribe((value) => values.push(value));
    expect(lock.writer.locked).toBe(false);
    rest.next(1);
    expect(values).toEqual([1]);
  });
});

describe('asking through a lease that has been released', () => {
  const asks: [string, (gate: Gate) => unknown][] = [
    ['acquire()', (gate) => errorOf((error) => gate.acquire().subscribe({ error }))],
    ['lease()', (gate) => gate.lease().catch((error: unknown) => error)],
    ['tryAcquire()', (gate) => thrownBy(() => gate.tryAcquire())],
  ];
  const operators = {
    reader: withReadLock,
    upgradable: withUpgradableLock,
    writer: withWriteLock,
  };

  it.each(asks)('D8: %s errors with LeaseReleasedError', async (_, ask) => {
    const lease = new ReadWriteLock().writer.tryAcquire() as Lease;
    lease.release();
    for (const side of ['reader', 'upgradable', 'writer'] as const)
      expect(await ask(lease[side])).toBeInstanceOf(LeaseReleasedError);
  });

  it.each(['reader', 'upgradable', 'writer'] as const)(
    'D8: the operator for the %s errors with it',
    (side) => {
      const lock = new ReadWriteLock();
      const lease = lock.writer.tryAcquire() as Lease;
      const piped = of(1).pipe(operators[side](lease));
      lease.release();
      const error = errorOf((error) => piped.subscribe({ error }));
      expect(error).toBeInstanceOf(LeaseReleasedError);
      expect(lock.state.held).toEqual(NOBODY);
    },
  );
});

function errorOf(run: (error: (reason: unknown) => void) => void): unknown {
  let caught: unknown;
  run((reason) => (caught = reason));
  return caught;
}

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('leases of one holder', () => {
  it('D4: the lock is let go with the last lease of a holder, in whatever order they are released', () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const lock = new ReadWriteLock();
      const outer = lock.writer.tryAcquire() as Lease;
      const leases = [outer, outer.reader.tryAcquire(), outer.writer.tryAcquire()];
      for (const i of order) {
        expect(lock.writer.tryAcquire()).toBeUndefined();
        leases[i]?.release();
      }
      expect(lock.state).toMatchObject({ held: NOBODY, version: 1 });
      expect(lock.writer.tryAcquire()).toBeDefined();
    }
  });

  it('D4: a nested lease of a released one is a full lease: it can be asked through', () => {
    const lock = new ReadWriteLock();
    const outer = lock.writer.tryAcquire();
    const nested = outer?.reader.tryAcquire();
    outer?.release();
    expect(nested?.released).toBe(false);
    expect(nested?.reader.tryAcquire()?.mode).toBe('read');
  });

  it('D5: a downgrade lets in readers, and a later release of it the writers', () => {
    const lock = new ReadWriteLock();
    const lease = lock.writer.tryAcquire();
    const log: string[] = [];
    of('r')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    of('w')
      .pipe(withWriteLock(lock))
      .subscribe((value) => log.push(value));
    lease?.downgrade('read');
    expect([lease?.mode, ...log]).toEqual(['read', 'r']);
    expect(lock.state).toMatchObject({ held: { read: 1, write: 0 }, version: 1 });
    lease?.release();
    expect(log).toEqual(['r', 'w']);
  });

  it('D5: downgrading to the mode it has changes nothing; upwards or after the release is an error', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    lease?.downgrade('upgradable' as never);
    expect(lease?.mode).toBe('upgradable');
    expect(() => lease?.downgrade('write' as never)).toThrow(TypeError);
    expect(() => lease?.downgrade('x' as never)).toThrow(TypeError);
    lease?.downgrade('read');
    expect(() => lease?.downgrade('upgradable' as never)).toThrow(TypeError);
    lease?.release();
    expect(() => lease?.downgrade('read')).toThrow(LeaseReleasedError);
  });

  it('D3: an upgrade is an operator inside an operator', () => {
    const lock = new ReadWriteLock();
    const reader = lock.reader.tryAcquire();
    const log: string[] = [];
    of('key')
      .pipe(
        withUpgradableLock(lock, (key, lease) => of(`${key} written`).pipe(withWriteLock(lease))),
      )
      .subscribe({ next: (value) => log.push(value), complete: () => log.push('completed') });
    expect(log).toEqual([]);
    reader?.release();
    expect(log).toEqual(['key written', 'completed']);
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY, version: 1 });
  });

  it('D6: nobody writes between the upgradable read and its write', () => {
    const lock = new ReadWriteLock();
    const outer = lock.upgradable.tryAcquire() as Lease;
    const reader = lock.reader.tryAcquire();
    const versions: number[] = [];
    of(0)
      .pipe(withWriteLock(lock))
      .subscribe(() => versions.push(lock.state.version));
    outer.writer.acquire().subscribe((lease) => {
      versions.push(lock.state.version);
      lease.release();
    });
    reader?.release();
    expect(versions).toEqual([0]);
    outer.release();
    expect(versions).toEqual([0, 1]);
  });

  it('D6: two upgrades of one holder are both granted, and D7 cancelling the first keeps the second', () => {
    const lock = new ReadWriteLock();
    const outer = lock.upgradable.tryAcquire() as Lease;
    const reader = lock.reader.tryAcquire();
    const log: number[] = [];
    const first = outer.writer.acquire().subscribe(() => log.push(1));
    outer.writer.acquire().subscribe(() => log.push(2));
    outer.writer.acquire().subscribe(() => log.push(3));
    first.unsubscribe();
    expect(lock.reader.tryAcquire()).toBeUndefined();
    reader?.release();
    expect(log).toEqual([2, 3]);
  });

  it('D7: a nested request that is cancelled leaves the others of its holder alone', () => {
    const lock = new ReadWriteLock();
    const outer = lock.writer.tryAcquire() as Lease;
    outer.reader.acquire().subscribe().unsubscribe();
    expect(lock.state.held).toEqual({ ...NOBODY, write: 1 });
  });

  it('E4: failing the lock revokes nested leases and fails a waiting upgrade', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const outer = lock.upgradable.tryAcquire() as Lease;
    lock.reader.tryAcquire();
    const nested = outer.reader.tryAcquire();
    outer.writer.acquire().subscribe({ error: (reason) => log.push(`upgrade ${reason}`) });
    lock.error('down');
    expect(log).toEqual(['upgrade down']);
    expect([outer.released, nested?.released]).toEqual([true, true]);
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
  });
});
