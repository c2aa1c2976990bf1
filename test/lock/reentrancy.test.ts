import { finalize, NEVER, Observable, of, Subscription } from 'rxjs';
import {
  type Lease,
  type LockState,
  ReadWriteLock,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { logged } from '../support/sources.js';

/** A lock that a writer holds, and what lets that one go. */
function busyLock(): { lock: ReadWriteLock; letGo: () => void } {
  const lock = new ReadWriteLock();
  const lease = lock.writer.tryAcquire() as Lease;
  return { lock, letGo: () => lease.release() };
}

const NOBODY = { read: 0, upgradable: 0, write: 0 };

describe('asking from inside a callback', () => {
  it('A2: a request without a conflict is granted inside the grant of another', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    logged(log, 'outer', () => {
      logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
      log.push('asked');
    })
      .pipe(withReadLock(lock))
      .subscribe();
    expect(log).toEqual(['outer subscribed', 'inner subscribed', 'asked']);
  });

  it('A2: it is granted inside a grant that was delivered after a wait', () => {
    const { lock, letGo } = busyLock();
    const log: string[] = [];
    logged(log, 'outer', () => {
      logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
      log.push('asked');
    })
      .pipe(withReadLock(lock))
      .subscribe();
    letGo();
    expect(log).toEqual(['outer subscribed', 'inner subscribed', 'asked']);
  });

  it('A2: it is granted inside a release', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const other = NEVER.pipe(withReadLock(lock)).subscribe();
    const holder = NEVER.pipe(
      finalize(() => {
        logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
        log.push('asked');
      }),
      withReadLock(lock),
    ).subscribe();
    holder.unsubscribe();
    expect(log).toEqual(['inner subscribed', 'asked']);
    other.unsubscribe();
  });

  it('A2: it is granted inside a state notification', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const once = lock.subscribe(({ held }) => {
      if (held.read !== 1) return;
      logged(log, 'inner').pipe(withReadLock(lock)).subscribe();
      log.push('asked');
      once.unsubscribe();
    });
    logged(log, 'outer').pipe(withReadLock(lock)).subscribe();
    expect(log).toEqual(['inner subscribed', 'asked', 'outer subscribed']);
  });

  it('C7: a writer that asks from inside a grant waits for all that were granted with it', () => {
    const { lock, letGo } = busyLock();
    const log: string[] = [];
    const first = logged(log, 'first', () => {
      logged(log, 'writer').pipe(withWriteLock(lock)).subscribe();
      logged(log, 'late').pipe(withReadLock(lock)).subscribe();
    })
      .pipe(withReadLock(lock))
      .subscribe();
    const second = logged(log, 'second').pipe(withReadLock(lock)).subscribe();
    letGo();
    expect(log).toEqual(['first subscribed', 'second subscribed']);
    first.unsubscribe();
    second.unsubscribe();
    expect(log.slice(2)).toEqual(['first torn down', 'second torn down', 'writer subscribed']);
  });

  it('C7: requests from inside a release stand behind those that waited', () => {
    const { lock, letGo } = busyLock();
    const order: number[] = [];
    const ask = (n: number) =>
      of(n)
        .pipe(withWriteLock(lock))
        .subscribe((n) => order.push(n));
    of(1)
      .pipe(
        finalize(() => ask(4)),
        withWriteLock(lock),
      )
      .subscribe((n) => order.push(n));
    ask(2);
    ask(3);
    letGo();
    expect(order).toEqual([1, 2, 3, 4]);
  });
});

describe('cancelling from inside a callback', () => {
  it('B7: a reader that is cancelled by one granted with it never subscribes its source', () => {
    const { lock, letGo } = busyLock();
    const log: string[] = [];
    let second = Subscription.EMPTY;
    logged(log, 'first', () => second.unsubscribe())
      .pipe(withReadLock(lock))
      .subscribe();
    second = logged(log, 'second').pipe(withReadLock(lock)).subscribe();
    logged(log, 'third').pipe(withReadLock(lock)).subscribe();
    letGo();
    expect(log).toEqual(['first subscribed', 'third subscribed']);
    expect(lock.state.held).toEqual({ ...NOBODY, read: 2 });
  });

  it('B7: a request that a state observer cancels while it is granted subscribes nothing', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const consumer = new Subscription();
    lock.subscribe(({ held }) => held.write > 0 && consumer.unsubscribe());
    const source = new Observable((subscriber) => {
      consumer.add(() => subscriber.unsubscribe());
      return logged(log, 'source').pipe(withWriteLock(lock)).subscribe(subscriber);
    });
    source.subscribe();
    expect(log).toEqual([]);
    expect(lock.state.held).toEqual(NOBODY);
  });

  it('B7: what an operator with a project function has asked for is not started once it has gone', () => {
    const lock = new ReadWriteLock();
    const started: number[] = [];
    const consumer = of(1, 2, 3)
      .pipe(
        withWriteLock(lock, (value) => {
          started.push(value);
          return NEVER;
        }),
      )
      .subscribe();
    consumer.unsubscribe();
    expect(started).toEqual([1]);
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY, version: 1 });
  });

  it.each<
    [
      string,
      (cancel: () => void, lock: ReadWriteLock, letGo: () => void, consumers: () => void) => void,
    ]
  >([
    [
      'a grant',
      (cancel, lock, letGo, consumers) => {
        logged<never>([], 'granted', (observer) => {
          cancel();
          observer.complete();
        })
          .pipe(withReadLock(lock))
          .subscribe();
        consumers();
        letGo();
      },
    ],
    [
      'a release',
      (cancel, lock, letGo, consumers) => {
        lock.writer.acquire().subscribe({ next: (lease) => lease.release(), complete: cancel });
        consumers();
        letGo();
      },
    ],
    [
      'a teardown',
      (cancel, lock, letGo, consumers) => {
        of(0).pipe(finalize(cancel), withReadLock(lock)).subscribe();
        consumers();
        letGo();
      },
    ],
    [
      'a state notification',
      (cancel, lock, letGo, consumers) => {
        lock.subscribe(({ version }) => version === 1 && cancel());
        consumers();
        letGo();
      },
    ],
  ])('B8: cancelling from inside %s terminates and loses nobody', (_, play) => {
    const { lock, letGo } = busyLock();
    const served: string[] = [];
    const cancelled = new Subscription();
    const ask = (name: string) =>
      of(name)
        .pipe(withWriteLock(lock))
        .subscribe((n) => served.push(n));
    const askInVain = () => cancelled.add(NEVER.pipe(withWriteLock(lock)).subscribe());
    const consumers = () => {
      ask('first');
      askInVain();
      ask('second');
      askInVain();
    };
    play(() => cancelled.unsubscribe(), lock, letGo, consumers);
    expect(cancelled.closed).toBe(true);
    expect(served).toEqual(['first', 'second']);
    expect(lock.state).toMatchObject({ held: NOBODY, waiting: NOBODY });
  });
});

describe('what user code sees', () => {
  it('C8: every callback finds the state settled: nobody waits who could be let in', () => {
    const { lock, letGo } = busyLock();
    const seen: LockState[] = [];
    const look = () => seen.push(lock.state);
    for (let i = 0; i < 3; i++) logged([], 'reader', look).pipe(withReadLock(lock)).subscribe();
    letGo();
    expect(seen.map(({ held, waiting }) => [held.read, waiting.read])).toEqual([
      [3, 0],
      [3, 0],
      [3, 0],
    ]);
  });

  it('C8: so do consumers at the end, teardowns and state observers', () => {
    const { lock, letGo } = busyLock();
    // Under fifo somebody waits only behind a holder, or behind the first waiter, who conflicts.
    const settled = ({ held, waiting }: LockState) =>
      held.write > 0 || waiting.write === 0 ? waiting.read === 0 || held.write > 0 : held.read > 0;
    const seen: boolean[] = [];
    const look = () => seen.push(settled(lock.state));
    lock.subscribe(look);
    for (const op of [withReadLock, withReadLock, withWriteLock, withReadLock])
      of(1)
        .pipe(finalize(look), op(lock), finalize(look))
        .subscribe({ next: look, complete: look });
    letGo();
    expect(new Set(seen)).toEqual(new Set([true]));
    expect(seen.length).toBeGreaterThan(16);
  });

  it('C8: a source that is subscribed by a grant finds itself holding', () => {
    const lock = new ReadWriteLock();
    let held = 0;
    logged([], 'writer', () => (held = lock.state.held.write))
      .pipe(withWriteLock(lock))
      .subscribe();
    expect(held).toBe(1);
  });
});
