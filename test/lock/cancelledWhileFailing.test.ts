import {
  config,
  NEVER,
  type Observable,
  observeOn,
  of,
  Subject,
  Subscription,
  subscribeOn,
} from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  ReadWriteLock,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { unhandled } from '../support/sources.js';
import { IDLE } from '../support/states.js';

// Whoever has cancelled is told nothing more: not by its observer, not by a report of an error that
// nobody has handled, and not by a notification of a subscriber that has stopped.

let stopped: unknown[] = [];

beforeEach(() => {
  stopped = [];
  config.onStoppedNotification = (notification) => stopped.push(notification);
});

afterEach(() => {
  config.onStoppedNotification = null;
});

/** Requests that handle no error: what they are told is reported. */
const ways: Record<string, (lock: LockLike) => { unsubscribe(): void }> = {
  'an operator': (lock) => of(1).pipe(withWriteLock(lock)).subscribe(),
  'an operator with a function': (lock) =>
    of(1)
      .pipe(withWriteLock(lock, () => of(1)))
      .subscribe(),
  'acquire()': (lock) => lock.writer.acquire().subscribe(),
  'a scheduled action': (lock) => lock.writer.schedule(() => undefined),
  'observeOn(gate)': (lock) => {
    const source = new Subject<number>();
    const subscription = source.pipe(observeOn(lock.writer)).subscribe();
    source.next(1);
    return subscription;
  },
  'subscribeOn(gate)': (lock) => of(1).pipe(subscribeOn(lock.writer)).subscribe(),
  'allOf, with another lock': (lock) =>
    allOf(lock.writer, new ReadWriteLock().writer).acquire().subscribe(),
  'an operator at allOf': (lock) =>
    of(1)
      .pipe(withGate(allOf(new ReadWriteLock().reader, lock.writer)))
      .subscribe(),
};

/** Where requests are made, and what fails. */
const places: Record<string, () => { lock: LockLike; whole: ReadWriteLock }> = {
  'a lock'() {
    const lock = new ReadWriteLock();
    return { lock, whole: lock };
  },
  'a key'() {
    const locks = new KeyedReadWriteLock<string>();
    return { lock: locks.for('a'), whole: locks.all };
  },
};

describe.each(Object.entries(places))('at %s that fails', (_, place) => {
  describe.each(Object.entries(ways))('%s', (__, way) => {
    it('B8: it is told, while nobody cancels it', async () => {
      const { lock, whole } = place();
      lock.writer.tryAcquire();
      const errors = await unhandled(() => {
        way(lock);
        whole.error('gone');
      });
      expect(errors).toEqual(['gone']);
    });

    it('B8: cancelled by the error of a request ahead of it, it is told nothing', async () => {
      const { lock, whole } = place();
      lock.writer.tryAcquire();
      const waiting = new Subscription();
      const errors = await unhandled(() => {
        lock.writer.acquire().subscribe({ error: () => waiting.unsubscribe() });
        waiting.add(way(lock));
        whole.error('gone');
      });
      expect([errors, stopped]).toEqual([[], []]);
      expect(whole.state).toMatchObject(IDLE);
    });

    it('B8: cancelled by a state, it is told nothing', async () => {
      const { lock, whole } = place();
      lock.writer.tryAcquire();
      const waiting = new Subscription();
      whole.subscribe({
        next: ({ closed }) => closed && waiting.unsubscribe(),
        error: () => undefined,
      });
      const errors = await unhandled(() => {
        waiting.add(way(lock));
        whole.error('gone');
      });
      expect([errors, stopped]).toEqual([[], []]);
    });

    it('B8: cancelled by the failing of a lock that it causes itself, it is told nothing', async () => {
      const { lock, whole } = place();
      const holder = lock.writer.tryAcquire() as Lease;
      const waiting = new Subscription();
      const errors = await unhandled(() => {
        lock.writer.acquire().subscribe({
          next() {
            waiting.unsubscribe();
            whole.error('gone');
          },
          error: () => undefined,
        });
        waiting.add(way(lock));
        holder.release();
      });
      expect([errors, stopped]).toEqual([[], []]);
      expect(whole.state).toMatchObject(IDLE);
    });
  });

  it('B8: a request behind, cancelled by the report of one ahead, is told nothing', async () => {
    const { lock, whole } = place();
    lock.writer.tryAcquire();
    const told: string[] = [];
    const subscriptions: Subscription[] = [];
    for (let i = 0; i < 5; i++)
      subscriptions.push(
        NEVER.pipe(withWriteLock(lock)).subscribe({
          error() {
            told.push(String(i));
            for (const other of subscriptions.slice(i + 1, i + 3)) other.unsubscribe();
          },
        }),
      );
    whole.error('gone');
    expect(told).toEqual(['0', '3']);
  });

  it('B8: a holder that leaves by the error of a waiting request is told nothing', async () => {
    for (const hold of [
      (lock: LockLike) => lock.writer.acquire(),
      (lock: LockLike) => NEVER.pipe(withWriteLock(lock)),
      (lock: LockLike) => of(1).pipe(withWriteLock(lock, () => NEVER)),
    ]) {
      const { lock, whole } = place();
      const errors = await unhandled(() => {
        const holder = (hold(lock) as Observable<unknown>).subscribe();
        lock.writer.acquire().subscribe({ error: () => holder.unsubscribe() });
        whole.error('gone');
      });
      expect([errors, stopped]).toEqual([[], []]);
      expect(whole.state).toMatchObject(IDLE);
    }
  });

  it('B8: a holder that leaves by the error of another holder is told nothing', async () => {
    const { lock, whole } = place();
    const second = new Subscription();
    const errors = await unhandled(() => {
      lock.reader.acquire().subscribe({ error: () => second.unsubscribe() });
      second.add(NEVER.pipe(withReadLock(lock)).subscribe());
      whole.error('gone');
    });
    expect([errors, stopped]).toEqual([[], []]);
  });

  it('B8: a lease that is released meanwhile completes, and does not error', () => {
    const { lock, whole } = place();
    const log: string[] = [];
    let lease: Lease | undefined;
    lock.writer.acquire().subscribe({
      next: (granted) => (lease = granted),
      error: () => log.push('error'),
      complete: () => log.push('complete'),
    });
    lock.writer.acquire().subscribe({ error: () => lease?.release() });
    whole.error('gone');
    expect(log).toEqual(['complete']);
  });
});

it('B8, G3: a request for several locks, cancelled by one of them, is told nothing by the other', async () => {
  const [a, b] = [new ReadWriteLock(), new ReadWriteLock()];
  for (const lock of [a, b]) lock.writer.tryAcquire();
  const both = new Subscription();
  const errors = await unhandled(() => {
    for (const lock of [a, b]) lock.writer.acquire().subscribe({ error: () => both.unsubscribe() });
    both.add(allOf(a.writer, b.writer).acquire().subscribe());
    a.error('gone');
    b.error('gone, too');
  });
  expect([errors, stopped]).toEqual([[], []]);
  expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
});

it('B8, E4: both locks of a request fail, and it is told once', async () => {
  const [a, b] = [new ReadWriteLock(), new ReadWriteLock()];
  for (const lock of [a, b]) lock.writer.tryAcquire();
  const told: unknown[] = [];
  const gate: Gate = allOf(a.writer, b.writer);
  gate.acquire().subscribe({
    error(error) {
      told.push(error);
      a.error('a');
      b.error('b');
    },
  });
  b.error('b');
  // It is told of a subscriber that has stopped in a later turn.
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect([told, stopped]).toEqual([['b'], []]);
});
