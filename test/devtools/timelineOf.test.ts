import { NEVER } from 'rxjs';
import { type LockEvent, ReadWriteLock, traceLock, withReadLock } from 'rxjs-rwlock';
import { timelineOf } from 'rxjs-rwlock/devtools';

/** A trace on a clock that goes on by a second each time that it is read. */
function traced(use: (lock: ReadWriteLock) => void): LockEvent[] {
  const lock = new ReadWriteLock();
  const events: LockEvent[] = [];
  let time = 0;
  traceLock(lock, { now: () => (time += 1_000) }).subscribe((event) => events.push(event));
  use(lock);
  return events;
}

it('makes a lane of each request, with its wait and its hold, or its cancellation', () => {
  const events = traced((lock) => {
    const lease = lock.writer.tryAcquire({ label: 'save' });
    NEVER.pipe(withReadLock(lock)).subscribe().unsubscribe();
    lease?.downgrade('read');
    lease?.release();
    lock.upgradable.tryAcquire();
  });
  expect(timelineOf('A save', events)).toEqual({
    title: 'A save',
    end: 5_001,
    lanes: [
      { label: 'save', mode: 'write', requested: 0, granted: 0, ended: 4_000, values: [] },
      {
        label: '#2',
        mode: 'read',
        requested: 1_000,
        ended: 2_000,
        outcome: 'cancelled',
        values: [],
      },
      { label: '#3', mode: 'upgradable', requested: 5_000, granted: 5_000, values: [] },
    ],
  });
});

it('leaves out requests made before the first event, and accepts an empty trace', () => {
  const events = traced((lock) => lock.reader.tryAcquire()?.release());
  expect(timelineOf('late', events.slice(1)).lanes).toEqual([]);
  expect(timelineOf('nothing', [])).toEqual({ title: 'nothing', end: 1, lanes: [] });
});
