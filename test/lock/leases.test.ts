import { NEVER, of, Subject, take } from 'rxjs';
import {
  type Gate,
  type Lease,
  LeaseReleasedError,
  type LockMode,
  ReadWriteLock,
  type UpgradableLease,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { busyLock, IDLE, NONE } from '../support/states.js';

const SIDES = ['reader', 'upgradable', 'writer'] as const;

describe('where leases come from', () => {
  it('D1: the gates tell their modes', () => {
    const lock = new ReadWriteLock();
    expect(SIDES.map((side) => lock[side].mode)).toEqual(['read', 'upgradable', 'write']);
  });

  it('D1: acquire() emits a lease', () => {
    const lock = new ReadWriteLock();
    const leases: Lease[] = [];
    lock.reader.acquire().subscribe((lease) => leases.push(lease));
    expect(leases.map(({ mode, released }) => [mode, released])).toEqual([['read', false]]);
  });

  it('D1: lease() requests the lock at once, and promises a lease', async () => {
    const lock = new ReadWriteLock();
    const first = await lock.writer.lease();
    const second = lock.writer.lease();
    expect(lock.state.waiting.write).toBe(1);
    first.release();
    expect((await second).mode).toBe('write');
  });

  it('D1: tryAcquire() returns a lease, or undefined if it would have to wait', () => {
    const lock = new ReadWriteLock();
    const reader = lock.reader.tryAcquire();
    expect(reader?.mode).toBe('read');
    expect(lock.writer.tryAcquire()).toBeUndefined();
    expect(lock.state).toMatchObject({ held: { ...NONE, read: 1 }, waiting: NONE });
  });

  it('A5, D1: tryAcquire() does not overtake a waiting writer', () => {
    const lock = new ReadWriteLock();
    lock.reader.tryAcquire();
    NEVER.pipe(withWriteLock(lock)).subscribe();
    expect(lock.reader.tryAcquire()).toBeUndefined();
  });

  it.each<[LockMode, typeof withReadLock]>([
    ['read', withReadLock],
    ['upgradable', withUpgradableLock],
    ['write', withWriteLock],
  ])('D1: the function of the %s operator is given a lease, and the index', (mode, operator) => {
    const lock = new ReadWriteLock();
    const calls: unknown[] = [];
    of('a', 'b')
      .pipe(
        operator(lock, (value, lease, index) => {
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

describe('acquire()', () => {
  it('D2: it is cold: without a subscription it requests nothing', () => {
    const lock = new ReadWriteLock();
    lock.writer.acquire();
    expect(lock.writer.locked).toBe(false);
  });

  it('D2: it completes before the next request is granted', () => {
    const lock = new ReadWriteLock();
    const log: unknown[] = [];
    lock.writer.acquire().subscribe({
      next: (lease) => queueMicrotask(() => lease.release()),
      complete: () => log.push(lock.writer.locked),
    });
    lock.writer.acquire().subscribe(() => log.push('next'));
    return Promise.resolve().then(() => expect(log).toEqual([true, 'next']));
  });

  it('D2: take(1) below it releases the lease at once', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    lock.writer
      .acquire()
      .pipe(take(1))
      .subscribe(({ mode }) => log.push(mode));
    expect([...log, lock.writer.locked]).toEqual(['write', false]);
  });

  it('D2: unsubscribing it cancels a waiting request', () => {
    const { lock } = busyLock();
    lock.writer.acquire().subscribe().unsubscribe();
    expect(lock.state.waiting).toEqual(NONE);
  });
});

describe('a request through a lease', () => {
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
    expect(lock.state).toMatchObject({ ...IDLE, version: 1 });
  });

  // It waited behind that writer: https://github.com/tokio-rs/tokio/issues/2849,
  // https://github.com/Amanieu/parking_lot/issues/212, https://github.com/golang/go/issues/15418
  it.each(Object.entries(POLICIES))(
    'D3: under %s a nested read does not wait for a writer that waits for the outer read',
    (_, policy) => {
      const lock = new ReadWriteLock({ policy });
      const lease = lock.reader.tryAcquire();
      const writer = lock.writer.acquire().subscribe();
      const nested = lease?.reader.tryAcquire();
      expect(nested?.mode).toBe('read');
      lease?.release();
      expect(lock.state.waiting.write).toBe(1);
      nested?.release();
      expect(lock.state).toMatchObject({ held: { write: 1 }, waiting: NONE });
      writer.unsubscribe();
    },
  );
});

describe('several leases of one owner', () => {
  it('D4: the lock is released with the last of them, in whatever order they are released', () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const { lock, lease } = busyLock();
      const leases = [lease, lease.reader.tryAcquire(), lease.writer.tryAcquire()];
      for (const i of order) {
        expect(lock.writer.tryAcquire()).toBeUndefined();
        leases[i]?.release();
      }
      expect(lock.state).toMatchObject({ ...IDLE, version: 1 });
      expect(lock.writer.tryAcquire()).toBeDefined();
    }
  });

  it('D4: unsubscribing a nested request leaves the other leases of its owner', () => {
    const { lock, lease } = busyLock();
    lease.reader.acquire().subscribe().unsubscribe();
    expect(lock.state.held).toEqual({ ...NONE, write: 1 });
  });

  it('D4: a nested lease that outlives the outer one is a lock like any other', () => {
    const { lease } = busyLock();
    const nested = lease.reader.tryAcquire();
    lease.release();
    expect(nested?.released).toBe(false);
    expect(nested?.reader.tryAcquire()?.mode).toBe('read');
  });
});

describe('a downgrade', () => {
  it('D5: it grants the waiting readers, and only the release grants the writer', () => {
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

  // It granted no reader, or released twice: https://github.com/tokio-rs/tokio/issues/2941
  it.each(Object.entries(POLICIES))(
    'D5: under %s it grants the readers, and the lease is released once',
    (_, policy) => {
      const lock = new ReadWriteLock({ policy });
      const lease = lock.writer.tryAcquire();
      const reader = NEVER.pipe(withReadLock(lock)).subscribe();
      lease?.downgrade('read');
      expect(lock.state).toMatchObject({ held: { read: 2, write: 0 }, waiting: NONE });
      lease?.release();
      lease?.release();
      expect(lock.state.held).toEqual({ ...NONE, read: 1 });
      expect(lock.writer.tryAcquire()).toBeUndefined();
      reader.unsubscribe();
      expect(lock.writer.tryAcquire()?.mode).toBe('write');
    },
  );

  it('D5: to the mode that the lease has, it changes nothing', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire() as UpgradableLease & Pick<WriteLease, 'downgrade'>;
    const { state } = lock;
    lease.downgrade('upgradable');
    expect(lease.mode).toBe('upgradable');
    expect(lock.state).toBe(state);
  });

  it('D5: to a stronger mode, or of a released lease, it is an error', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    expect(() => lease?.downgrade('write' as never)).toThrow(TypeError);
    expect(() => lease?.downgrade('x' as never)).toThrow(TypeError);
    lease?.downgrade('read');
    expect(() => lease?.downgrade('upgradable' as never)).toThrow(TypeError);
    lease?.release();
    expect(() => lease?.downgrade('read')).toThrow(LeaseReleasedError);
  });
});

describe.each(Object.entries(POLICIES))('an upgrade under %s', (_, policy) => {
  it('D6: it goes before every waiting request', () => {
    const lock = new ReadWriteLock({ policy });
    const outer = lock.upgradable.tryAcquire();
    const reader = lock.reader.tryAcquire();
    const log: string[] = [];
    of('writer')
      .pipe(withWriteLock(lock))
      .subscribe((value) => log.push(value));
    outer?.writer.acquire().subscribe((lease) => {
      log.push('upgrade');
      lease.release();
    });
    of('reader')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    reader?.release();
    expect(log[0]).toBe('upgrade');
    outer?.release();
    expect(log.slice(1).sort()).toEqual(['reader', 'writer']);
  });

  // A waiting writer wrote in between: https://github.com/awslabs/shuttle/pull/351
  it('D6: no other owner writes between the upgradable read and its write', () => {
    const lock = new ReadWriteLock({ policy });
    const reader = lock.reader.tryAcquire();
    const lease = lock.upgradable.tryAcquire();
    const log: string[] = [];
    lock.writer.acquire().subscribe(() => log.push(`writer at version ${lock.state.version}`));
    lease?.writer.acquire().subscribe((write) => {
      log.push(`upgrade at version ${lock.state.version}`);
      write.release();
    });
    reader?.release();
    expect(log).toEqual(['upgrade at version 0']);
    lease?.release();
    expect(log).toEqual(['upgrade at version 0', 'writer at version 1']);
  });

  // The second one waited for ever: https://github.com/Amanieu/parking_lot/issues/392
  it('D6: a lease is upgraded as often as its owner likes', () => {
    const lock = new ReadWriteLock({ policy });
    const lease = lock.upgradable.tryAcquire();
    for (let time = 0; time < 3; time++) {
      const write = lease?.writer.tryAcquire();
      expect(lock.reader.tryAcquire()).toBeUndefined();
      write?.release();
      const reader = lock.reader.tryAcquire();
      expect(reader?.mode).toBe('read');
      reader?.release();
    }
    lease?.release();
    expect(lock.state).toMatchObject({ ...IDLE, version: 3 });
  });
});

describe('a cancelled upgrade', () => {
  it('D7: another upgrade of the same owner waits on, and is granted', () => {
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

  it('A7, D7: one that a signal has ended leaves its owner upgradable', () => {
    const lock = new ReadWriteLock();
    const outer = lock.upgradable.tryAcquire() as Lease;
    lock.reader.tryAcquire();
    const controller = new AbortController();
    const errors: unknown[] = [];
    outer.writer
      .acquire({ signal: controller.signal })
      .subscribe({ error: (error) => errors.push(error) });
    expect(lock.reader.tryAcquire()).toBeUndefined();
    controller.abort('gone');
    expect(errors).toEqual(['gone']);
    expect(lock.state).toMatchObject({ held: { read: 1, upgradable: 1 }, waiting: NONE });
    expect(lock.reader.tryAcquire()).toBeDefined();
  });
});

describe('a request through a lease that has been released', () => {
  const requests: [string, (gate: Gate) => unknown][] = [
    ['acquire()', (gate) => errorOf((error) => gate.acquire().subscribe({ error }))],
    ['lease()', (gate) => gate.lease().catch((error: unknown) => error)],
    ['tryAcquire()', (gate) => thrownBy(() => gate.tryAcquire())],
  ];
  const operators = {
    reader: withReadLock,
    upgradable: withUpgradableLock,
    writer: withWriteLock,
  };

  it.each(requests)('D8: %s errors with LeaseReleasedError', async (_, request) => {
    const { lease } = busyLock();
    lease.release();
    for (const side of SIDES) expect(await request(lease[side])).toBeInstanceOf(LeaseReleasedError);
  });

  it.each(SIDES)('D8: the operator for the %s errors with it', (side) => {
    const { lock, lease } = busyLock();
    const piped = of(1).pipe(operators[side](lease));
    lease.release();
    const error = errorOf((error) => piped.subscribe({ error }));
    expect(error).toBeInstanceOf(LeaseReleasedError);
    expect(lock.state.held).toEqual(NONE);
  });
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

describe('release()', () => {
  it.each<[string, (lease: Lease) => void]>([
    ['release()', (lease) => lease.release()],
    ['Symbol.dispose', (lease) => lease[Symbol.dispose]()],
  ])('D9: %s completes the Observable that emitted the lease', (_, release) => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    let lease: Lease | undefined;
    lock.writer.acquire().subscribe({
      next: (given) => (lease = given),
      complete: () => log.push('complete'),
    });
    release(lease as Lease);
    expect(log).toEqual(['complete']);
    expect(lease?.released).toBe(true);
    expect(lock.writer.locked).toBe(false);
  });

  it('D9: using calls it at the end of the block, also when that throws', async () => {
    const lock = new ReadWriteLock();
    const work = async () => {
      using _lease = await lock.writer.lease();
      expect(lock.writer.locked).toBe(true);
      throw new Error('work');
    };
    await expect(work()).rejects.toThrow('work');
    expect(lock.writer.locked).toBe(false);
  });

  it('D9: await using calls it, too', async () => {
    const lock = new ReadWriteLock();
    {
      await using lease = await lock.reader.lease();
      expect(lease.released).toBe(false);
    }
    expect(lock.reader.locked).toBe(false);
  });

  it('D9: inside an operator it releases the lock, and the rest of the source runs without it', () => {
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
