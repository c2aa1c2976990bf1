import { finalize, type Observable, of, take } from 'rxjs';
import { ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import { Handle, logged } from '../support/sources.js';

/** What ends a hold: told to its source, or to the subscription of its consumer. */
const ends: [string, (source: Handle<number>, consumer: { unsubscribe(): void }) => void][] = [
  ['completes', (source) => source.complete()],
  ['errors', (source) => source.error('x')],
  ['emits the one value that is taken', (source) => source.next(1)],
  ['is unsubscribed', (_, consumer) => consumer.unsubscribe()],
];

/** The same operator with and without a function. */
const ways: [string, (lock: ReadWriteLock, source: Observable<number>) => Observable<number>][] = [
  ['an operator', (lock, source) => source.pipe(withWriteLock(lock))],
  ['an operator with a function', (lock, source) => of(0).pipe(withWriteLock(lock, () => source))],
];

/** Ends a hold above a `finalize`, with somebody waiting for it; tells in what order all happens. */
function endOf(
  way: (typeof ways)[number][1],
  end: (typeof ends)[number][1],
  busy: boolean,
): string[] {
  const log: string[] = [];
  const lock = new ReadWriteLock();
  const lease = busy ? lock.writer.tryAcquire() : undefined;
  const source = new Handle<number>(log, 'source');
  const consumer = way(lock, source.source)
    .pipe(
      finalize(() => log.push('finalize below')),
      take(1),
    )
    .subscribe({ error: () => undefined });
  logged(log, 'next').pipe(withReadLock(lock)).subscribe();
  lease?.release();
  end(source, consumer);
  return log;
}

const ORDER = ['source subscribed', 'source torn down', 'next subscribed', 'finalize below'];

describe.each(ways)('a finalize below %s', (_, way) => {
  it.each(ends)('C2: it runs after the release where the source %s', (_, end) => {
    expect(endOf(way, end, false)).toEqual(ORDER);
  });

  it.each(ends)(
    'C2: it runs after the release, also after a wait, where the source %s',
    (_, end) => {
      expect(endOf(way, end, true)).toEqual(ORDER);
    },
  );
});
