import { asapScheduler, finalize, NEVER, Observable, of } from 'rxjs';
import {
  type LockEvent,
  phaseFair,
  ReadWriteLock,
  traceLock,
  type UpgradableLease,
  withReadLock,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { logged, unhandled } from '../support/sources.js';

// What the search for small faults that no other test found has led to.

function traced(lock: ReadWriteLock): string[] {
  const log: string[] = [];
  traceLock(lock).subscribe({
    next: ({ type, id }: LockEvent) => log.push(`${type} ${id}`),
    error: () => undefined,
  });
  return log;
}

describe('a trace', () => {
  it('tells of who waits when the lock fails that the request is cancelled', () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const log = traced(lock);
    lock.reader.acquire().subscribe({ error: () => undefined });
    lock.error('down');
    expect(log).toEqual(['asked 2', 'cancelled 2', 'released 1']);
  });

  it('tells of nobody that the request is cancelled when the lock is closed', () => {
    const lock = new ReadWriteLock();
    lock.writer.tryAcquire();
    const log = traced(lock);
    lock.reader.acquire().subscribe();
    lock.complete();
    expect(log).toEqual(['asked 2']);
  });

  it('tells of an upgrade that waits for nobody that it was asked for', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    const log = traced(lock);
    lease?.writer.tryAcquire();
    expect(log).toEqual(['asked 2', 'upgraded 2']);
  });

  it('takes for an upgrade what asks to write only', () => {
    const lock = new ReadWriteLock();
    const lease = lock.upgradable.tryAcquire();
    const log = traced(lock);
    lease?.reader.tryAcquire();
    lease?.upgradable.tryAcquire();
    expect(log).toEqual(['asked 2', 'granted 2', 'asked 3', 'granted 3']);
  });

  it('goes on without the time of a clock that throws, which is reported', async () => {
    const lock = new ReadWriteLock();
    const times: number[] = [];
    const now = () => {
      throw new Error('no time');
    };
    const reported = await unhandled(() => {
      traceLock(lock, { now }).subscribe(({ time }) => times.push(time));
      lock.reader.tryAcquire();
    });
    expect(times).toEqual([NaN, NaN]);
    expect(reported.map(String)).toEqual(['Error: no time']);
  });
});

it('D1, F1: a gate tells its mode and the time of RxJS', () => {
  const { reader, upgradable, writer } = new ReadWriteLock();
  expect([reader.mode, upgradable.mode, writer.mode]).toEqual(['read', 'upgradable', 'write']);
  expect(Math.abs(reader.now() - Date.now())).toBeLessThan(1000);
});

it('A3: who may enter at once is told in the order of asking, whatever the mode', () => {
  for (const order of [['reader', 'upgradable'] as const, ['upgradable', 'reader'] as const]) {
    const lock = new ReadWriteLock();
    const holder = lock.writer.tryAcquire();
    const log: string[] = [];
    for (const side of order) lock[side].acquire().subscribe(() => log.push(side));
    holder?.release();
    expect(log).toEqual(order);
  }
});

it('A4: under phaseFair a reader who asked before a writer goes first, also before a write has ended', () => {
  const lock = new ReadWriteLock({ policy: phaseFair });
  lock.reader.tryAcquire();
  const log: string[] = [];
  const writer = lock.writer.acquire().subscribe(() => log.push('first writer'));
  lock.reader.acquire().subscribe(() => log.push('reader'));
  lock.writer.acquire().subscribe(() => log.push('second writer'));
  writer.unsubscribe();
  expect(log).toEqual(['reader']);
});

it('A7: a signal that aborts while the request is announced is not listened to', () => {
  const lock = new ReadWriteLock();
  lock.writer.tryAcquire();
  const controller = new AbortController();
  const listen = jest.spyOn(controller.signal, 'addEventListener');
  lock.subscribe(({ waiting }) => waiting.read > 0 && controller.abort('gone'));
  lock.reader.acquire({ signal: controller.signal }).subscribe({ error: () => undefined });
  expect(listen).not.toHaveBeenCalled();
});

it('B1: the source is not subscribed for a consumer that has gone before it asks', () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  new Observable((consumer) => {
    consumer.unsubscribe();
    return logged(log, 'source').pipe(withWriteLock(lock)).subscribe(consumer);
  }).subscribe();
  expect(log).toEqual([]);
  expect(lock.writer.locked).toBe(false);
});

it('C6: the stack is as deep in the last grant of many as in the second', () => {
  const lock = new ReadWriteLock();
  const holder = lock.writer.tryAcquire();
  const depths: number[] = [];
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Infinity;
  for (let i = 0; i < 20; i++)
    of(i)
      .pipe(withWriteLock(lock))
      .subscribe(() => depths.push(new Error().stack?.split('\n').length ?? 0));
  holder?.release();
  Error.stackTraceLimit = stackTraceLimit;
  expect(depths).toHaveLength(20);
  expect(depths[19]).toBe(depths[1]);
});

it('D5: a lease that is downgraded to the mode that it has stays as it is', () => {
  const lock = new ReadWriteLock();
  const lease = lock.upgradable.tryAcquire() as UpgradableLease & Pick<WriteLease, 'downgrade'>;
  const log = traced(lock);
  lease.downgrade('upgradable');
  expect([lease.mode, log]).toEqual(['upgradable', []]);
});

it('E1: what the teardown of a subscriber throws at the end is reported', async () => {
  const lock = new ReadWriteLock();
  const fault = new Error('teardown');
  const reported = await unhandled(() => {
    lock
      .pipe(
        finalize(() => {
          throw fault;
        }),
      )
      .subscribe();
    lock.complete();
  });
  expect(reported.map(String)).toEqual([expect.stringContaining('teardown')]);
});

it('E5: a lease is told from a request by a brand that all copies of the package share', () => {
  const lease = new ReadWriteLock().reader.tryAcquire();
  expect(Symbol.for('rxjs-rwlock.claim') in (lease ?? {})).toBe(true);
});

it('F3: an action that the lock refuses does not run', async () => {
  const lock = new ReadWriteLock();
  lock.complete();
  let runs = 0;
  const reported = await unhandled(() => lock.writer.schedule(() => runs++));
  expect([runs, reported.length]).toEqual([0, 1]);
});

it('A10: who was let go before the delivery keeps nobody out, and is not called back', async () => {
  const lock = new ReadWriteLock({ scheduler: asapScheduler });
  const log: string[] = [];
  const request = logged(log, 'source').pipe(withReadLock(lock)).subscribe();
  request.unsubscribe();
  NEVER.pipe(withWriteLock(lock)).subscribe();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([log, lock.writer.locked]).toEqual([[], true]);
});
