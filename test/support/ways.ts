import { type Observable, of } from 'rxjs';
import { type Lease, type ReadWriteLock, type RequestOptions, withWriteLock } from 'rxjs-rwlock';

/** Requests the lock for writing, and promises how that ended: `granted`, or the error. */
type Way = (lock: ReadWriteLock, options: RequestOptions) => Promise<unknown>;

/** Every way to request a lock with conditions. */
export const WAYS: [string, Way][] = [
  ['an operator', (lock, options) => outcome(of('granted').pipe(withWriteLock(lock, options)))],
  [
    'an operator with a function',
    (lock, options) => outcome(of(0).pipe(withWriteLock(lock, () => of('granted'), options))),
  ],
  ['acquire()', (lock, options) => outcome(lock.writer.acquire(options), true)],
  [
    'lease()',
    (lock, options) =>
      lock.writer.lease(options).then(
        (lease) => {
          lease.release();
          return 'granted';
        },
        (error: unknown) => error,
      ),
  ],
];

function outcome(source: Observable<unknown>, release = false): Promise<unknown> {
  return new Promise((resolve) => {
    source.subscribe({
      next: (value) => {
        resolve('granted');
        if (release) (value as Lease).release();
      },
      error: resolve,
    });
  });
}
